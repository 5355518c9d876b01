// The state that the address holds: task, place, theme, layers, view. One store; whoever shows it listens.
const TASKS = ["look", "isolation", "grids", "plans", "reach", "data"];
const START = { task: "look", place: null, theme: null, plan: null, service: null, shown: [], hidden: [], view: null };

function list(text) {
  return text ? text.split(",").filter(Boolean) : [];
}

export function read(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const task = params.get("task");
  const view = (params.get("view") ?? "").split("/").map(Number);
  const [zoom, lat, lon] = view;
  const holds = view.length === 3 && view.every(Number.isFinite) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22;
  return {
    task: TASKS.includes(task) ? task : START.task,
    place: params.get("place") || null,
    theme: params.get("theme") || null,
    plan: /^\d{1,15}$/.test(params.get("plan") ?? "") ? params.get("plan") : null,
    service: /^[a-z_]+\.(5|10|15)$/.test(params.get("service") ?? "") ? params.get("service") : null,
    shown: list(params.get("show")),
    hidden: list(params.get("hide")),
    view: holds ? { zoom, lat, lon } : null,
  };
}

export function written(state) {
  const parts = [`task=${state.task}`];
  if (state.place) parts.push(`place=${encodeURIComponent(state.place)}`);
  if (state.plan && state.task === "plans") parts.push(`plan=${state.plan}`);
  if (state.service && state.task === "reach") parts.push(`service=${state.service}`);
  if (state.theme) parts.push(`theme=${encodeURIComponent(state.theme)}`);
  if (state.shown.length) parts.push(`show=${state.shown.join(",")}`);
  if (state.hidden.length) parts.push(`hide=${state.hidden.join(",")}`);
  if (state.view) parts.push(`view=${state.view.zoom.toFixed(2)}/${state.view.lat.toFixed(5)}/${state.view.lon.toFixed(5)}`);
  return `#${parts.join("&")}`;
}

export const state = read(location.hash);
const listeners = [];

// `keys`: what the listener cares for; it gets the state and the names of what changed.
export function onChange(keys, listener) {
  listeners.push({ keys, listener });
}

export function change(patch, { quiet = false } = {}) {
  const changed = Object.keys(patch).filter((key) => JSON.stringify(patch[key]) !== JSON.stringify(state[key]));
  if (!changed.length) return;
  Object.assign(state, patch);
  const address = written(state);
  if (!quiet && (changed.includes("task") || changed.includes("place"))) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell(changed);
}

function tell(changed) {
  for (const { keys, listener } of listeners) if (keys.some((key) => changed.includes(key))) listener(state, changed);
}

// A link or the back button changed the address; a link that names no view keeps the one that is shown.
function follow() {
  const next = read(location.hash);
  if (!next.view) next.view = state.view;
  const changed = Object.keys(START).filter((key) => JSON.stringify(next[key]) !== JSON.stringify(state[key]));
  Object.assign(state, next);
  history.replaceState(null, "", written(state));
  tell(changed);
}

addEventListener("hashchange", follow);
addEventListener("popstate", follow);
