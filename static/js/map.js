// The map itself: view, hover, selection, clicks.
import { bounds, config } from "./config.js";
import { change, onChange, state } from "./address.js";
import { byId, h } from "./dom.js";
import { giveImages } from "./images.js";
import { buildStyle, coloured, drafted, positioned, renewed } from "./style.js";
import { metres } from "./strings.js";
import { onTheme } from "./theme.js";

const WORKER = new URL("../vendor/maplibre/maplibre-gl-csp-worker.js", import.meta.url).href;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const phone = matchMedia("(max-width: 1023px)");

const ANSWER = 148; // px, as the style sheet of the phone has it
const TABS = 56;

let map = null;
let tapped = null;
let picker = null; // takes the next tap instead of the selection

export function theMap() {
  return map;
}

// Throws where WebGL can't start.
export function startMap() {
  const gl = globalThis.maplibregl;
  gl.setWorkerUrl(WORKER);
  map = new gl.Map({
    container: "map",
    style: buildStyle(state),
    ...(state.view ? { center: [state.view.lon, state.view.lat], zoom: state.view.zoom } : { bounds, fitBoundsOptions: { padding: phone.matches ? room() : 24 } }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    minZoom: 7,
    maxZoom: 20,
    fadeDuration: calm.matches ? 0 : 200,
    canvasContextAttributes: { preserveDrawingBuffer: false, antialias: true },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  giveImages(map);
  map.on("error", ({ error }) => console.error(error?.message ?? error));
  listen();
  return map;
}

export function restyle() {
  map?.setStyle(buildStyle(state), { diff: true });
}

export function reload(layer, mark) {
  renewed(layer, mark);
  restyle();
}

export function colour(found) {
  coloured(found);
  restyle();
}

export function position(features) {
  positioned(features);
  restyle();
}

// What is tried out and kept nowhere.
export function sketch(features) {
  drafted(features);
  restyle();
}

// Space that panels over the map take, so that what is shown stands in the free part.
export function room() {
  const drawer = byId("drawer").hidden ? 0 : byId("drawer").clientHeight;
  if (!phone.matches) return { top: 40, right: 72, bottom: 40 + drawer, left: 40 };
  const bottom = document.body.dataset.sheet === "answer" ? ANSWER : innerHeight / 2 - TABS; // behind a full sheet it doesn't matter
  return { top: 80, right: 24, bottom: bottom + 24, left: 24 };
}

export function flyTo({ bbox, point }, { zoom = 16 } = {}) {
  if (!map) return;
  const options = { padding: room(), maxZoom: 17, duration: calm.matches ? 0 : 700 };
  if (bbox && bbox[2] - bbox[0] > 0) map.fitBounds([[bbox[0], bbox[1]], [bbox[2], bbox[3]]], options);
  else if (point) map.easeTo({ center: point, zoom: Math.max(map.getZoom(), zoom), ...options });
}

// Whether a point is to be seen in the free part of the map.
export function seen(point) {
  const { x, y } = map.project(point);
  const free = room();
  const { clientWidth, clientHeight } = map.getContainer();
  return x > free.left && y > free.top && x < clientWidth - free.right && y < clientHeight - free.bottom;
}

const PRIORITY = {
  look: ["finding", "centre", "office", "facility", "gate", "stairwell", "building", "compound", "community"],
  isolation: ["proposal", "finding", "gate", "isolation", "isolation-unknown", "theme", "theme-unknown", "compound", "community"],
  grids: ["finding", "centre", "office", "stairwell", "grid", "community"],
  plans: ["finding", "centre", "office", "plan-open", "plan-likely", "plan-firm", "plan-fixed", "plan-region", "region", "community"],
  reach: ["site", "finding", "centre", "facility", "stairwell", "building", "compound", "community"],
  data: ["finding", "centre", "office", "facility", "gate", "stairwell", "building", "compound", "community"],
};
const NAMES = { compounds: "name-compound", communities: "name-community", buildings: "name-building" };
const NEAR = { building: 15.5, compound: 13.5, isolation: 11, "isolation-unknown": 11, theme: 11, "theme-unknown": 11 };

function hit(point) {
  const zoom = map.getZoom();
  const wanted = PRIORITY[state.task].filter((id) => map.getLayer(id) && zoom >= (NEAR[id] ?? 0));
  const reach = phone.matches ? 8 : 3;
  const box = [[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]];
  const found = map.queryRenderedFeatures(box, { layers: wanted });
  const exact = map.queryRenderedFeatures([point.x, point.y], { layers: [...wanted, ...Object.values(NAMES).filter((id) => map.getLayer(id))] });
  const label = exact.find((one) => one.layer.id.startsWith("name-"));
  if (label) return { source: label.source, code: label.properties.code, properties: label.properties };
  for (const id of wanted) {
    const kind = map.getLayer(id).type;
    const one = (kind === "fill" ? exact : found).find((feature) => feature.layer.id === id);
    if (one) return { source: one.source, code: one.properties.code ?? one.properties.number, properties: one.properties };
  }
  return null;
}

// Marks: "hovered" from the pointer, the keyboard or a row; "selected" from the address.
const marks = { hovered: [], selected: [] };
const ANALYSED = { compounds: "isolation", isolation: "compounds" };

function mark(what, targets) {
  if (!map) return;
  for (const target of marks[what]) if (map.getSource(target.source)) map.setFeatureState(target, { [what]: false });
  marks[what] = targets.filter(({ source, id }) => id && map.getSource(source));
  for (const target of marks[what]) map.setFeatureState(target, { [what]: true });
}

function targets(layer, code) {
  if (layer === "plan" || layer === "plan-borders") return [{ source: layer, id: code }];
  return [layer, ANALYSED[layer]].filter((source) => source && config.layers.some((one) => one.id === source && one.tilejson)).map((source) => ({ source, sourceLayer: source, id: code }));
}

export function hover(layer, code) {
  mark("hovered", layer && code ? targets(layer, code).slice(0, 1) : []);
}

export function select(layer, code) {
  mark("selected", layer && code ? targets(layer, code).slice(0, 1) : []);
}

const hovered = new Set();

export function onHover(listener) {
  hovered.add(listener);
}

// Where the user tapped to choose the place that now opens; null where it came from a list, search or the address.
export function takeTap() {
  const tap = tapped;
  tapped = null;
  return tap;
}

// The next tap on the map goes to `take(lngLat)`; null gives taps back to the selection.
export function pick(take) {
  picker = take;
  document.body.classList.toggle("picking", Boolean(take));
}

function listen() {
  let last = null;
  map.on("mousemove", ({ point }) => {
    if (picker) return;
    const found = map.isMoving() ? null : hit(point);
    const key = found ? `${found.source} ${found.code}` : null;
    if (key === last) return;
    last = key;
    map.getCanvas().style.cursor = found ? "pointer" : "";
    hover(found?.source, found?.code);
    for (const listener of hovered) listener(found);
  });
  map.on("mouseout", () => {
    last = null;
    hover(null);
    for (const listener of hovered) listener(null);
  });
  map.on("click", ({ point, lngLat }) => {
    if (picker) {
      const take = picker;
      pick(null);
      take(lngLat);
      return;
    }
    const found = hit(point);
    tapped = lngLat;
    if (found?.source === "gate_proposals") change({ place: `proposal:${found.properties.rank}` });
    else if (found?.source === "findings") change({ place: `finding:${found.properties.rank}` });
    else if (found?.source === "plan-borders") change({ place: `border:${state.plan}:${found.properties.number}` });
    else if (found?.source === "plan") change({ place: `region:${state.plan}:${found.code}` });
    else if (found?.code) change({ place: String(found.code) });
  });
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter();
    change({ view: { zoom: map.getZoom(), lat, lon: lng } }, { quiet: true });
    scale();
  });
  map.on("dataloading", () => document.body.classList.add("is-loading"));
  map.on("idle", () => {
    document.body.classList.remove("is-loading");
    document.body.dataset.drawn = "true";
  });
  map.on("styledata", () => {
    for (const what of ["selected"]) mark(what, marks[what]);
  });
  map.on("load", scale);
  onChange(["task", "theme", "plan", "service", "shown", "hidden"], restyle);
  onChange(["view"], ({ view }) => {
    if (!view || map.isMoving()) return;
    const here = map.getCenter();
    if (Math.abs(here.lng - view.lon) > 1e-4 || Math.abs(here.lat - view.lat) > 1e-4 || Math.abs(map.getZoom() - view.zoom) > 0.02) {
      map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
    }
  });
  onTheme(restyle);
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
}

const ROUND = [1, 2, 3, 5];

function scale() {
  const perPixel = (40075016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
  const most = perPixel * 96;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = power * Math.max(...ROUND.filter((n) => n * power <= most), 1);
  const bar = h("div", {}, metres(length));
  byId("scale").replaceChildren(bar);
  byId("scale").style.width = `${Math.round(length / perPixel)}px`;
}
