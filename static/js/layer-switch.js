// The switch of layers, top right.
import { config, layers } from "./config.js";
import { change, onChange, state } from "./address.js";
import { byId, h } from "./dom.js";
import { shownGroups } from "./style.js";
import { _ } from "./strings.js";

const GROUPS = [
  { title: () => _("Results"), ids: ["isolation", "gate_proposals", "grids", "regions", "reach_gaps", "reach_sites", "findings"] },
  { title: () => _("Places"), ids: ["streets", "communities", "compounds", "buildings", "stairwells", "centres", "facilities"] },
  { title: () => _("Ground"), ids: ["gates", "barriers", "ways", "ground", "labels"] },
];

function nameOf(id) {
  return id === "labels" ? _("Names") : (layers.get(id)?.name ?? id);
}

function toggle(id, on) {
  const start = shownGroups({ ...state, shown: [], hidden: [] }).has(id);
  const without = (list) => list.filter((name) => name !== id);
  change({
    shown: on && !start ? [...without(state.shown), id] : without(state.shown),
    hidden: !on && start ? [...without(state.hidden), id] : without(state.hidden),
  });
}

function render() {
  const groups = shownGroups(state);
  const there = (id) => id === "labels" || (layers.get(id)?.tilejson && (layers.get(id).result || layers.get(id).count));
  const parts = GROUPS.map(({ title, ids }) => {
    const present = ids.filter(there);
    if (!present.length) return null;
    return h(
      "fieldset",
      { class: "plain" },
      h("legend", { class: "quiet small" }, title()),
      present.map((id) => h("label", { class: "choice" }, h("input", { type: "checkbox", name: "layer", value: id, checked: groups.has(id), onchange: (event) => toggle(id, event.target.checked) }), h("span", {}, nameOf(id)))),
    );
  });
  const back = state.shown.length || state.hidden.length ? h("button", { type: "button", class: "button", onclick: () => change({ shown: [], hidden: [] }) }, _("As the task has it")) : null;
  const focused = document.activeElement?.value;
  byId("layers").replaceChildren(...[...parts, back].filter(Boolean));
  if (focused) byId("layers").querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
}

export function startLayerSwitch() {
  const button = byId("layers-button");
  const show = (shown) => {
    byId("layers").hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  button.addEventListener("click", () => show(byId("layers").hidden));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("layers").hidden) {
      event.preventDefault();
      show(false);
      button.focus();
    }
  }, true);
  addEventListener("pointerdown", (event) => {
    if (!byId("layers").hidden && !event.target.closest(".top-right")) show(false);
  });
  onChange(["task", "shown", "hidden"], render);
  if (config.layers.length) render();
}
