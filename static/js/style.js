// The whole style as a function of what is shown; MapLibre finds the differences itself.
import { config, measures, themes } from "./config.js";
import { palette } from "./palette.js";
import { FONT, labelLayers } from "./labels.js";
import { barrierLayers, boundaryLayers, buildingLayers, compoundLayers, groundLayers, wayLayers } from "./basemap.js";
import { gateLayers, serviceLayers } from "./places.js";
import { answerLabels, draftLayers, findingLayers, gridLayers, isolationLayers, planLayers, proposalLayers, reachLayers, regionLayers, themeLayers } from "./answers.js";

const GROUND = ["ground", "ways", "barriers", "buildings", "compounds", "stairwells", "gates", "communities", "streets", "labels"];
const BY_TASK = {
  look: [...GROUND, "centres", "facilities"],
  isolation: [...GROUND, "isolation", "gate_proposals"],
  grids: [...GROUND, "grids"],
  plans: [...GROUND, "regions", "centres"],
  reach: [...GROUND, "reach_gaps", "reach_sites", "centres", "facilities"],
  data: [...GROUND, "centres", "facilities", "findings"],
};
const AREAS = ["streets", "communities", "compounds", "buildings", "isolation", "grids", "regions"];
const POINTS = ["gates", "stairwells", "centres", "facilities", "gate_proposals", "reach_sites"];

// Names of the switches that are on: the task's own, as the user changed them.
export function shownGroups(state) {
  const groups = new Set(BY_TASK[state.task]);
  for (const name of state.shown) groups.add(name);
  for (const name of state.hidden) groups.delete(name);
  return groups;
}

// The one thing that is coloured now: a result, a theme or nothing.
export function answerOf(state) {
  const groups = shownGroups(state);
  if (state.theme && themes.has(state.theme) && state.task === "look") return state.theme;
  if (state.task === "isolation" && measures.has(state.theme) && groups.has("isolation")) return state.theme;
  if (state.task === "plans" && groups.has("regions")) return "regions";
  if (state.task === "grids" && groups.has("grids")) return "grids";
  return ["isolation", "grids", "regions"].find((name) => groups.has(name)) ?? null;
}

// Which kind of service is looked at, and the minutes of the circle.
export function serviceOf(state) {
  const [kind, minutes] = (state.service ?? "health.15").split(".");
  return { kind, minutes: Number(minutes) };
}

const fresh = {};

// A result was made anew: its tiles come from a new address.
export function renewed(layer, mark) {
  fresh[layer] = mark;
}

let around = { type: "FeatureCollection", features: [] };

// The circle in which the user is, to the device's accuracy.
export function positioned(features) {
  around = { type: "FeatureCollection", features };
}

let draft = { type: "FeatureCollection", features: [] };

// What is tried out on the map and kept nowhere: gates, and walks beside straight lines.
export function drafted(features) {
  draft = { type: "FeatureCollection", features };
}

function sources(state) {
  const found = { position: { type: "geojson", data: around }, draft: { type: "geojson", data: draft } };
  if (planOf(state)) {
    found.plan = { type: "geojson", data: new URL(`/api/plans/${state.plan}/regions.geojson`, location.origin).href, promoteId: "code" };
    found["plan-borders"] = { type: "geojson", data: new URL(`/api/plans/${state.plan}/borders.geojson?regions=${Object.keys(colours ?? {}).length}`, location.origin).href, promoteId: "number" };
  }
  for (const layer of config.layers) {
    if (!layer.tilejson) continue;
    const address = new URL(layer.tilejson, location.origin);
    if (fresh[layer.id]) address.searchParams.set("made", fresh[layer.id]);
    found[layer.id] = { type: "vector", url: address.href, promoteId: "code" };
  }
  return found;
}

let colours = null;

// Colours of a plan's regions by code, so that neighbours differ.
export function coloured(found) {
  colours = found;
}

// The plan that the task of plans shows in place of the newest one's tiles.
export function planOf(state) {
  return state.task === "plans" ? state.plan : null;
}

function highlights(p) {
  const on = (name) => ["boolean", ["feature-state", name], false];
  const width = ["case", on("selected"), 3.5, on("hovered"), 2, 0];
  const lines = AREAS.map((source) => ({
    id: `mark-${source}`,
    type: "line",
    source,
    "source-layer": source,
    layout: { "line-join": "round" },
    paint: { "line-color": p["map-select"], "line-width": width },
    metadata: { group: "marks" },
  }));
  const rings = POINTS.map((source) => ({
    id: `mark-${source}`,
    type: "circle",
    source,
    "source-layer": source,
    minzoom: 11,
    paint: {
      "circle-radius": 14,
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": p["map-select"],
      "circle-stroke-width": width,
    },
    metadata: { group: "marks" },
  }));
  const plan = ["plan", "plan-borders"].map((source) => ({
    id: `mark-${source}`,
    type: "line",
    source,
    paint: { "line-color": p["map-select"], "line-width": ["case", on("selected"), source === "plan" ? 3.5 : 8, on("hovered"), source === "plan" ? 2 : 8, 0] },
    metadata: { group: "marks" },
  }));
  return [...lines, ...plan, ...rings];
}

export function buildStyle(state) {
  const p = { ...palette(), font: FONT };
  const groups = shownGroups(state);
  const answer = answerOf(state);
  const theme = themes.get(answer) ?? measures.get(answer);
  const known = sources(state);
  const service = serviceOf(state);
  const reach = reachLayers(p, service);
  const plan = planOf(state) ? planLayers(p, colours) : null;
  const all = [
    ...groundLayers(p),
    ...compoundLayers(p),
    ...(theme ? themeLayers(p, theme) : []),
    ...(plan ? plan.areas : regionLayers(p)),
    ...gridLayers(p),
    ...(measures.has(answer) ? [] : isolationLayers(p)),
    ...reach.areas,
    ...wayLayers(p),
    ...buildingLayers(p, { quiet: Boolean(answer) }),
    ...barrierLayers(p),
    ...boundaryLayers(p),
    ...(plan?.lines ?? []),
    ...highlights(p),
    ...gateLayers(p, { near: state.task === "isolation" }),
    ...labelLayers(p),
    ...serviceLayers(p, state.task === "reach" ? service.kind : null),
    ...proposalLayers(p),
    ...reach.points,
    ...findingLayers(p),
    ...draftLayers(p),
    ...(plan ? plan.names : answerLabels(p, answer)),
    { id: "position", type: "fill", source: "position", paint: { "fill-color": p["map-select"], "fill-opacity": 0.16, "fill-outline-color": p["map-select"] }, metadata: { group: "marks" } },
  ];
  const visible = (layer) => ["theme", "marks"].includes(layer.metadata.group) || groups.has(layer.metadata.group);
  return {
    version: 8,
    sources: known,
    layers: [
      { id: "land", type: "background", paint: { "background-color": p["map-land"] } },
      ...all.filter((layer) => known[layer.source]).map((layer) => ({ ...layer, layout: { ...layer.layout, visibility: visible(layer) ? "visible" : "none" } })),
    ],
  };
}

