// The map beside a report: what the file would bring, coloured by what became of it, over the district as it is.
import { boundaryLayers, groundLayers, wayLayers } from "../basemap.js";
import { labelLayers } from "../labels.js";
import { palette } from "../palette.js";
import { _, number } from "../strings.js";
import { config } from "../config.js";

const WORKER = new URL("../../vendor/maplibre/maplibre-gl-csp-worker.js", import.meta.url).href;
const SOURCES = ["ground", "ways", "communities", "streets"];
const WHATS = ["loaded", "repaired", "rejected"];
const region = document.querySelector("[data-features]");

function colours(p) {
  return { loaded: p["map-select"], repaired: p["answer-partly"], rejected: p["answer-isolated"] };
}

// Areas, lines and points of one fate; those that somebody has to look at stand above the others and stronger.
function drawn(p, what) {
  const colour = colours(p)[what];
  const loud = what !== "loaded";
  const of = (kind) => ["all", ["==", ["get", "what"], what], ["==", ["geometry-type"], kind]];
  const dashes = what === "rejected" ? { "line-dasharray": [2, 1.5] } : {};
  return [
    { id: `${what}-area`, type: "fill", source: "file", filter: of("Polygon"), paint: { "fill-color": colour, "fill-opacity": loud ? 0.35 : 0.18 } },
    { id: `${what}-line`, type: "line", source: "file", filter: ["all", ["==", ["get", "what"], what], ["!=", ["geometry-type"], "Point"]], paint: { "line-color": colour, "line-width": loud ? 2.5 : 1.2, ...dashes } },
    {
      id: `${what}-point`,
      type: "circle",
      source: "file",
      filter: of("Point"),
      paint: { "circle-color": what === "rejected" ? p["map-halo"] : colour, "circle-stroke-color": colour, "circle-stroke-width": what === "rejected" ? 2.5 : 0, "circle-radius": loud ? 6 : ["interpolate", ["linear"], ["zoom"], 12, 1.2, 17, 4] },
    },
  ];
}

function style(data) {
  const p = palette();
  const tiles = config.layers.map((layer) => layer.id);
  const sources = Object.fromEntries(SOURCES.filter((name) => tiles.includes(name)).map((name) => [name, { type: "vector", url: new URL(`/tiles/${name}.json`, location.origin).href }]));
  const ground = [...groundLayers(p), ...wayLayers(p), ...boundaryLayers(p), ...labelLayers(p)].filter((layer) => layer.source in sources);
  return {
    version: 8,
    sources: { ...sources, file: { type: "geojson", data } },
    layers: [{ id: "land", type: "background", paint: { "background-color": p["map-land"] } }, ...ground, ...WHATS.flatMap((what) => drawn(p, what))],
  };
}

function around(data) {
  const box = new globalThis.maplibregl.LngLatBounds();
  const take = (coordinates) => (typeof coordinates[0] === "number" ? box.extend(coordinates.slice(0, 2)) : coordinates.forEach(take));
  for (const { properties, geometry } of data.features) if (properties.what !== "rejected") take(geometry.coordinates);
  if (box.isEmpty()) for (const { geometry } of data.features) take(geometry.coordinates);
  // what was rejected is in the picture, too, unless it lies far away: its place may be what is wrong with it
  const { lng, lat } = box.getCenter();
  const [reach, rise] = [box.getEast() - box.getWest(), box.getNorth() - box.getSouth()];
  const near = new globalThis.maplibregl.LngLatBounds([lng - reach, lat - rise], [lng + reach, lat + rise]);
  const join = (coordinates) => (typeof coordinates[0] === "number" ? near.contains(coordinates.slice(0, 2)) && box.extend(coordinates.slice(0, 2)) : coordinates.forEach(join));
  for (const { geometry } of data.features) join(geometry.coordinates);
  return box;
}

function tell(map) {
  const layers = WHATS.flatMap((what) => [`${what}-point`, `${what}-line`, `${what}-area`]);
  map.on("click", ({ point, lngLat }) => {
    const [found] = map.queryRenderedFeatures([[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]], { layers: layers.toReversed() });
    if (!found) return;
    const { layer, code, words } = found.properties;
    const told = words ?? [layer, code].filter(Boolean).join(" ");
    new globalThis.maplibregl.Popup({ closeButton: true }).setLngLat(lngLat).setText(told).addTo(map);
  });
}

async function draw() {
  const response = await fetch(region.dataset.features);
  const data = await response.json();
  if (!data.features.length) {
    region.closest("figure").hidden = true;
    return;
  }
  if (data.drawn < data.all) {
    const told = document.querySelector("[data-drawn-words]");
    told.textContent = _("The map shows {drawn} of {all} features.", { drawn: number(data.drawn), all: number(data.all) });
  }
  const gl = globalThis.maplibregl;
  gl.setWorkerUrl(WORKER);
  const map = new gl.Map({
    container: region,
    style: style(data),
    bounds: around(data),
    fitBoundsOptions: { padding: 32, maxZoom: 17 },
    attributionControl: config.attribution ? { customAttribution: config.attribution, compact: true } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
  });
  map.addControl(new gl.NavigationControl({ showCompass: false }), "bottom-right");
  map.touchZoomRotate.disableRotation();
  map.on("error", ({ error }) => console.error(error?.message ?? error));
  map.on("idle", () => (region.dataset.drawn = "true"));
  tell(map);
}

draw().catch((error) => {
  console.error(error);
  region.classList.add("notice");
  region.textContent = region.dataset.failed;
});
