// The six tasks: the panel shows the one that the address names.
import { config, isEmpty } from "./config.js";
import { onChange, state } from "./address.js";
import { onAnalyses } from "./analyses.js";
import { byId, h } from "./dom.js";
import { raise } from "./sheet.js";
import { _ } from "./strings.js";
import { onTheme } from "./theme.js";
import { renderData } from "./tasks/data.js";
import { renderGrids } from "./tasks/grids.js";
import { renderIsolation } from "./tasks/isolation.js";
import { renderLook } from "./tasks/look.js";
import { renderPlans } from "./tasks/plans.js";
import { renderReach } from "./tasks/reach.js";

const TASKS = {
  look: { title: () => config.district ?? _("District map"), render: renderLook },
  isolation: { title: () => _("Isolated compounds"), render: renderIsolation },
  grids: { title: () => _("Grids and leaders"), render: renderGrids },
  plans: { title: () => _("Plans of mega-communities"), render: renderPlans },
  reach: { title: () => _("Services within reach"), render: renderReach },
  data: { title: () => _("Data"), render: renderData },
};

function empty(place) {
  place.append(
    h(
      "div",
      { class: "notice" },
      h("p", {}, _("There is no district here yet.")),
      h("p", {}, _("Load one from a file:")),
      h("code", { class: "command" }, "gridmap import FILE"),
      h("p", {}, _("or an illustrative one to try things out:")),
      h("code", { class: "command" }, "gridmap sample sample.gpkg && gridmap import sample.gpkg"),
    ),
  );
}

function render() {
  const { title, render: fill } = TASKS[state.task];
  const place = h("div", { class: "stack" }, h("div", { class: "title-line" }, h("h1", {}, title()), config.illustrative ? h("span", { class: "badge" }, _("Illustrative data")) : null));
  if (isEmpty && state.task !== "data") empty(place);
  else fill(place);
  byId("task").replaceChildren(place);
  for (const tab of document.querySelectorAll(".tab[data-task]")) {
    if (tab.dataset.task === state.task) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  document.body.dataset.task = state.task;
}

const REST = 1000;
let waiting = false;

// Nobody's typing or choosing is cut off: what came meanwhile is shown a moment after the field is left.
function renderAtRest() {
  if (waiting) return;
  const field = document.activeElement?.closest("#task :is(input,select,textarea)");
  if (!field) {
    render();
    return;
  }
  waiting = true;
  field.addEventListener("blur", () => setTimeout(() => {
    waiting = false;
    renderAtRest();
  }, REST), { once: true });
}

export function startTasks() {
  onChange(["task"], () => {
    render();
    byId("task").scrollTop = 0;
    raise();
  });
  onAnalyses(renderAtRest);
  onTheme(render);
  for (const tab of document.querySelectorAll(".tab[data-task]")) tab.addEventListener("click", () => tab.dataset.task === state.task && raise());
  render();
}
