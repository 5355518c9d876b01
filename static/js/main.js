// Starts the page's parts, each in a module of its own.
import { state, written } from "./address.js";
import { startAnalyses } from "./analyses.js";
import { isEmpty } from "./config.js";
import { byId, h, icon } from "./dom.js";
import { startLayerSwitch } from "./layer-switch.js";
import { startLegend } from "./legend.js";
import { startLocateMe } from "./locate-me.js";
import { startMap } from "./map.js";
import { startPlace } from "./place.js";
import { startSearch } from "./search.js";
import { setHeight, startSheet } from "./sheet.js";
import { _ } from "./strings.js";
import { startTable } from "./table.js";
import { startTasks } from "./tasks.js";
import { switchTheme } from "./theme.js";
import { hush, say } from "./toast.js";

function withoutMap(error) {
  console.warn(error);
  document.body.classList.remove("is-loading");
  byId("map").replaceChildren(
    h(
      "div",
      { class: "no-map" },
      icon("triangle-alert"),
      h("p", {}, _("The map can't be drawn: this browser has no WebGL, or it is switched off.")),
      h("p", { class: "quiet" }, _("Search, lists, tables and cards work without it. A newer browser, or hardware acceleration switched on, brings the map back.")),
    ),
  );
  for (const part of document.querySelectorAll(".zoom, #layers-button, #scale")) part.hidden = true;
  setHeight("half");
}

startSheet();
startTasks();
try {
  startMap();
} catch (error) {
  withoutMap(error);
}
startPlace();
startSearch();
startLayerSwitch();
startLegend();
startLocateMe();
startTable();
startAnalyses();
if (isEmpty) setHeight("half");

for (const button of document.querySelectorAll("[data-theme-switch]")) button.addEventListener("click", switchTheme);
// The other language keeps task, place and view.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-language]");
  if (link) link.hash = written(state);
});
addEventListener("offline", () => say(_("No network: what is on the screen stays, nothing new can be loaded.")));
addEventListener("online", hush);
document.body.dataset.ready = "true";
