// The small map of a place's page: the place, the office, the way between them, on the calm ground.
import { barrierLayers, boundaryLayers, buildingLayers, compoundLayers, groundLayers, wayLayers } from "../basemap.js";
import { h } from "../dom.js";
import { labelLayers } from "../labels.js";
import { palette } from "../palette.js";

const SOURCES = ["ground", "ways", "barriers", "buildings", "compounds", "communities", "streets"];
const WORKER = new URL("../../vendor/maplibre/maplibre-gl-csp-worker.js", import.meta.url).href;

function wayLayer(p, straight) {
  return {
    id: "way",
    type: "line",
    source: "way",
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": p["map-select"], "line-width": 4, ...(straight ? { "line-dasharray": [1, 2] } : {}) },
  };
}

function style({ line, straight }) {
  const p = palette();
  const sources = Object.fromEntries(SOURCES.map((name) => [name, { type: "vector", url: new URL(`/tiles/${name}.json`, location.origin).href }]));
  sources.way = { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } } };
  return {
    version: 8,
    sources,
    layers: [
      { id: "land", type: "background", paint: { "background-color": p["map-land"] } },
      ...groundLayers(p),
      ...compoundLayers(p),
      ...wayLayers(p),
      ...buildingLayers(p, { quiet: false }),
      ...barrierLayers(p),
      ...boundaryLayers(p),
      ...labelLayers(p),
      wayLayer(p, straight),
    ],
  };
}

// Pins stand on opposite sides of their points, so that both can be read where these are near each other.
function pin(map, { kind, name, point }, anchor) {
  const element = h("div", { class: `map-pin is-${kind}` }, name);
  new globalThis.maplibregl.Marker({ element, anchor, offset: [0, anchor === "bottom" ? -4 : 4] }).setLngLat(point).addTo(map);
}

// Throws where WebGL can't start.
export function draw(region, shown, license) {
  const gl = globalThis.maplibregl;
  gl.setWorkerUrl(WORKER);
  const points = [...shown.pins.map(({ point }) => point), ...shown.line];
  const bounds = points.reduce((box, point) => box.extend(point), new gl.LngLatBounds(points[0], points[0]));
  const map = new gl.Map({
    container: region,
    style: style(shown),
    bounds,
    fitBoundsOptions: { padding: 56, maxZoom: 17 },
    attributionControl: license ? { customAttribution: license, compact: false } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 20,
    cooperativeGestures: false,
  });
  map.touchZoomRotate.disableRotation();
  map.on("error", ({ error }) => console.error(error?.message ?? error));
  map.on("idle", () => (region.dataset.drawn = "true"));
  const north = Math.max(...shown.pins.map(({ point }) => point[1]));
  for (const one of shown.pins) pin(map, one, one.point[1] === north ? "bottom" : "top");
}
