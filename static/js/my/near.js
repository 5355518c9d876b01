// The nearest buildings: how far, in which direction, and whether they are one's own.
import { byId, h, svg } from "../dom.js";
import { _ } from "../strings.js";
import { accuracyWords, mapOnDemand, start } from "./start.js";

function arrow(bearing) {
  if (bearing === null) return null;
  return svg("svg", { class: "arrow", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: "M12 3l7 17-7-4-7 4z", fill: "currentColor", transform: `rotate(${bearing} 12 12)` }));
}

function row(building) {
  const context = [building.compound, building.address === building.name ? null : building.address, building.words].filter(Boolean).join(" · ");
  return h(
    "li",
    {},
    h(
      "a",
      { class: "item", href: `/my/${encodeURIComponent(building.code)}` },
      arrow(building.bearing),
      h("span", { class: "what" }, h("span", { class: "name" }, building.name, " ", building.mine ? h("span", { class: "badge good" }, _("mine")) : null), h("span", { class: "context" }, context)),
    ),
  );
}

function answered(answer, { accuracy }) {
  const list = answer.buildings.length
    ? h("ul", { class: "list" }, answer.buildings.map(row))
    : h("p", { class: "notice" }, _("No building stands within 500 m."));
  return [h("h2", {}, _("Near me")), h("p", { class: "quiet" }, accuracyWords(accuracy)), list, mapOnDemand({ from: answer.point, accuracy })];
}

const button = byId("near");
button.hidden = false;
button.addEventListener("click", () => {
  const place = byId("near-answer");
  place.hidden = false;
  start(place, "/api/nearby", {}, answered);
});
