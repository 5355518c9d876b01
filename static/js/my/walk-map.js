// A small map, fetched only when it is asked for: ways, walls, buildings, gates, and the walk on them.
import { h } from "../dom.js";
import { bounds } from "../config.js";
import { palette } from "../palette.js";
import { _ } from "../strings.js";

const FOLDER = new URL("../../vendor/maplibre/", import.meta.url);
const LAYERS = ["ground", "compounds", "ways", "buildings", "barriers", "gates"];
const EDGES = 48;

let loading = null;

function library() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href: new URL("maplibre-gl.css", FOLDER).href }));
    const script = h("script", { src: new URL("maplibre-gl-csp.js", FOLDER).href, onload: () => resolve(globalThis.maplibregl), onerror: reject });
    document.head.append(script);
  });
  return loading;
}

function circle([lon, lat], radius) {
  const up = radius / 111320;
  const side = up / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: EDGES + 1 }, (_unused, n) => [lon + side * Math.cos((2 * Math.PI * n) / EDGES), lat + up * Math.sin((2 * Math.PI * n) / EDGES)]);
  return { type: "Polygon", coordinates: [ring] };
}

function feature(geometry, properties = {}) {
  return { type: "Feature", properties, geometry };
}

function collection(features) {
  return { type: "geojson", data: { type: "FeatureCollection", features } };
}

function tiles(p) {
  const of = (id, source, type, paint, more = {}) => ({ id, type, source, "source-layer": source, paint, ...more });
  return [
    of("ground", "ground", "fill", { "fill-color": ["match", ["get", "kind"], "sea", p["map-water"], "water", p["map-water"], "hill", p["map-hill"], "green", p["map-green"], "built_up", p["map-built"], p["map-land"]] }),
    of("compounds", "compounds", "line", { "line-color": p["map-boundary"], "line-opacity": 0.5, "line-width": 1 }, { minzoom: 13 }),
    of("ways-case", "ways", "line", { "line-color": p["map-way-casing"], "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 1, 18, 13] }),
    of("ways", "ways", "line", { "line-color": p["map-way"], "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 0.6, 18, 10] }),
    of("buildings", "buildings", "fill", { "fill-color": p["map-building"], "fill-outline-color": p["map-building-line"] }, { minzoom: 14 }),
    of("barriers", "barriers", "line", { "line-color": p["map-wall"], "line-width": 1.5 }, { minzoom: 14 }),
    of("gates", "gates", "circle", { "circle-radius": 4, "circle-color": ["match", ["get", "access"], "public", p["map-gate"], p["map-halo"]], "circle-stroke-color": p["map-gate"], "circle-stroke-width": 1.5 }, { minzoom: 15 }),
  ];
}

// Draws what there is of: `from`, `accuracy`, `line`, `gates`, `aim`; `onTap` takes a point. Rejects where WebGL is missing.
export async function drawMap(element, { from = null, accuracy = null, line = null, gates = [], aim = null, onTap = null }) {
  const gl = await library();
  gl.setWorkerUrl(new URL("maplibre-gl-csp-worker.js", FOLDER).href);
  const p = palette();
  const sources = Object.fromEntries(LAYERS.map((name) => [name, { type: "vector", url: `${location.origin}/tiles/${name}.json` }]));
  const map = new gl.Map({
    container: element,
    bounds,
    attributionControl: false,
    dragRotate: false,
    touchPitch: false,
    maxZoom: 20,
    style: {
      version: 8,
      sources: {
        ...sources,
        walk: collection(line ? [feature(line)] : []),
        around: collection(from && accuracy ? [feature(circle(from, accuracy))] : []),
        passed: collection(gates.map((gate) => feature({ type: "Point", coordinates: gate.point }))),
      },
      layers: [
        { id: "land", type: "background", paint: { "background-color": p["map-land"] } },
        ...tiles(p),
        { id: "around", type: "fill", source: "around", paint: { "fill-color": p["map-select"], "fill-opacity": 0.16 } },
        { id: "walk-case", type: "line", source: "walk", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": p["map-halo"], "line-width": 8 } },
        { id: "walk", type: "line", source: "walk", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": p["map-select"], "line-width": 4.5 } },
        { id: "passed", type: "circle", source: "passed", paint: { "circle-radius": 6, "circle-color": p.surface, "circle-stroke-color": p["map-select"], "circle-stroke-width": 3 } },
      ],
    },
  });
  map.touchZoomRotate.disableRotation();
  map.on("error", ({ error }) => console.error(error?.message ?? error));
  const dot = (point, label) => new gl.Marker({ element: h("div", { class: "position-dot", role: "img", "aria-label": label }) }).setLngLat(point).addTo(map);
  if (from) dot(from, _("You are here"));
  if (aim) new gl.Marker({ color: p.bad }).setLngLat(aim).addTo(map);
  const points = [...(line?.coordinates ?? []), ...(from ? [from] : []), ...(aim ? [aim] : [])];
  if (points.length) {
    const box = points.reduce((around, point) => around.extend(point), new gl.LngLatBounds(points[0], points[0]));
    map.fitBounds(box, { padding: 40, maxZoom: 18, animate: false });
  }
  if (onTap) map.on("click", ({ lngLat }) => onTap([lngLat.lng, lngLat.lat]));
  map.once("idle", () => element.setAttribute("data-drawn", ""));
  return map;
}
