// The state of the analyses: never, running, current, stale, failed. Asked again while one runs.
import { config, layers } from "./config.js";
import { h } from "./dom.js";
import { ask, forget } from "./fetching.js";
import { reload } from "./map.js";
import { _, number, when } from "./strings.js";

const PAUSE = 4000;
const LAYERS = { check: ["findings"], isolation: ["isolation", "gate_proposals"], grids: ["grids"], leaders: ["grids"], plans: ["regions"], reach: ["reach", "reach_gaps", "reach_sites"] };
const NAMES = {
  check: () => _("Check of the data"),
  isolation: () => _("Isolation"),
  grids: () => _("Grids"),
  leaders: () => _("Leaders"),
  plans: () => _("Plans"),
  reach: () => _("Services within reach"),
};
const listeners = new Set();
let all = new Map((config.analyses ?? []).map((one) => [one.analysis, one]));

export function analysis(name) {
  return all.get(name) ?? { analysis: name, status: "never" };
}

export function analysisName(name) {
  return NAMES[name]();
}

export function onAnalyses(listener) {
  listeners.add(listener);
}

function running() {
  return [...all.values()].some((one) => one.status === "running") || (config.analyses ?? []).some((one) => analysis(one.analysis).status === "never");
}

async function poll() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      // the server is away for a moment: the next round asks again, what is shown stays
    }
  }
  if (running()) setTimeout(poll, PAUSE);
}

// What the page shows of them, whatever the order in which the server named it.
function said(known) {
  return JSON.stringify([...known].map(([name, one]) => [name, one.status, one.data_version, one.finished_at, one.progress, one.doing, one.error]));
}

async function refresh() {
  const found = await ask("/api/analyses");
  const next = new Map((found.analyses ?? found).map((one) => [one.analysis, one]));
  const made = [...next.values()].filter((one) => one.finished_at && one.finished_at !== analysis(one.analysis).finished_at);
  const changed = said(next) !== said(all);
  all = next;
  for (const one of made) {
    for (const layer of LAYERS[one.analysis] ?? []) {
      forget(layer);
      if (layers.has(layer)) reload(layer, Date.parse(one.finished_at));
    }
  }
  if (changed) for (const listener of listeners) listener();
}

export function startAnalyses() {
  if (running()) setTimeout(poll, PAUSE);
}

// What stands between the user and a current result, in words; null where nothing does.
export function stateNotice(name) {
  const one = analysis(name);
  if (one.status === "current") return null;
  if (one.status === "running") {
    const share = typeof one.progress === "number" ? ` ${number(one.progress * 100)}%` : "";
    return h("p", { class: "notice" }, _("Being computed.") + share, h("span", { class: "quiet small" }, _("The result appears here by itself.")));
  }
  if (one.status === "stale") {
    return h(
      "div",
      { class: "notice caution" },
      h("p", {}, _("Made from data version {version}; the data have changed since (now {current}).", { version: one.data_version ?? "?", current: config.version ?? "?" })),
      h("p", { class: "small" }, _("To renew it, run: {command}", { command: `gridmap ${name === "plans" ? "propose" : name}` })),
    );
  }
  if (one.status === "failed") {
    return h("div", { class: "notice bad" }, h("p", {}, _("The computation failed.")), one.error ? h("p", { class: "small" }, one.error) : null);
  }
  return h("div", { class: "notice" }, h("p", {}, _("Not computed yet.")), h("p", { class: "small quiet" }, _("To compute it, run: {command}", { command: `gridmap ${name === "plans" ? "propose" : name}` })));
}

export function madeWhen(name) {
  const one = analysis(name);
  return one.finished_at ? _("Computed {when} from data version {version}", { when: when(one.finished_at), version: one.data_version ?? "?" }) : null;
}
