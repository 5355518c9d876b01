// The map of a plan: blocks coloured by their region through the map's own states, so that a stroke redraws nothing else.
import { barrierLayers, buildingLayers, groundLayers, wayLayers } from "../basemap.js";
import { bounds, config } from "../config.js";
import { FONT, labelLayers } from "../labels.js";
import { palette } from "../palette.js";
import { number } from "../strings.js";
import { onTheme } from "../theme.js";

const WORKER = new URL("../../vendor/maplibre/maplibre-gl-csp-worker.js", import.meta.url).href;
const SOURCES = ["ground", "buildings", "ways", "barriers", "communities", "streets", "compounds"];
const EMPTY = { type: "FeatureCollection", features: [] };
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const state = (name) => ["feature-state", name];

function style(ground) {
  const p = palette();
  const known = config.layers.map((layer) => layer.id);
  const sources = Object.fromEntries(SOURCES.filter((name) => known.includes(name)).map((name) => [name, { type: "vector", url: new URL(`/tiles/${name}.json`, location.origin).href }]));
  sources.blocks = { type: "geojson", data: ground.blocks, tolerance: 0.2 };
  sources.borders = { type: "geojson", data: ground.lines, tolerance: 0.2 };
  for (const name of ["names", "marks", "locked"]) sources[name] = { type: "geojson", data: EMPTY };
  const line = (id, source, colour, width, more = {}) => ({ id, type: "line", source, layout: { "line-join": "miter", "line-cap": "butt" }, paint: { "line-color": colour, "line-width": width, ...more } });
  const below = [...groundLayers(p)];
  const above = [...buildingLayers(p, { quiet: true }), ...wayLayers(p), ...barrierLayers(p)];
  return {
    version: 8,
    sources,
    layers: [
      { id: "land", type: "background", paint: { "background-color": p["map-land"] } },
      ...below.filter((layer) => layer.source in sources),
      { id: "blocks", type: "fill", source: "blocks", paint: { "fill-antialias": false, "fill-color": ["to-color", ["coalesce", state("colour"), "#ffffff"]], "fill-opacity": ["case", ["boolean", state("active"), false], 0.72, 0.48] } },
      line("block-lines", "blocks", p["map-wall"], 0.5, { "line-opacity": 0.45 }),
      ...above.filter((layer) => layer.source in sources),
      line("borders", "borders", p.ink, ["case", ["boolean", state("border"), false], 2.4, 0]),
      line("locked", "locked", p.ink, 1.6, { "line-dasharray": [1.5, 2] }),
      line("marks", "marks", ["match", ["get", "what"], "found", p.bad, p["map-select"]], ["match", ["get", "what"], "hovered", 2, 4]),
      ...labelLayers(p).filter((layer) => layer.source === "compounds" && layer.source in sources),
      {
        id: "region-names",
        type: "symbol",
        source: "names",
        layout: { "text-field": ["get", "words"], "text-font": FONT, "text-size": 13, "text-max-width": 9, "text-padding": 3 },
        paint: { "text-color": p["map-label"], "text-halo-color": p["map-halo"], "text-halo-width": 2 },
      },
    ],
  };
}

export function startMap(ground, container = "map") {
  const gl = globalThis.maplibregl;
  gl.setWorkerUrl(WORKER);
  const map = new gl.Map({
    container,
    style: style(ground),
    bounds,
    fitBoundsOptions: { padding: 24 },
    attributionControl: config.attribution ? { customAttribution: config.attribution, compact: true } : false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    keyboard: false,
    boxZoom: false,
    doubleClickZoom: false,
    minZoom: 7,
    maxZoom: 20,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }), "bottom-right");
  map.on("error", ({ error }) => console.error(error?.message ?? error));
  map.on("idle", () => (map.getContainer().dataset.drawn = "true"));
  return map;
}

export function flyTo(map, [w, s, e, n], { maxZoom = 16.5 } = {}) {
  map.fitBounds([[w, s], [e, n]], { padding: 56, maxZoom, duration: calm.matches ? 0 : 500 });
}

// Six colours are enough where neighbours never share one; a region keeps its colour as long as that holds.
export class Colours {
  constructor(ground) {
    this.ground = ground;
    this.of = new Map();
  }

  // The labels whose colour changed.
  settle(region) {
    const beside = new Map();
    for (const { a, b } of this.ground.borders) {
      const [one, other] = [region[a], region[b]];
      if (one === other || one < 0 || other < 0) continue;
      if (!beside.has(one)) beside.set(one, new Set());
      if (!beside.has(other)) beside.set(other, new Set());
      beside.get(one).add(other);
      beside.get(other).add(one);
    }
    const changed = new Set();
    const labels = [...new Set(region)].filter((label) => label >= 0).sort((a, b) => a - b);
    for (const label of labels) {
      const near = [...(beside.get(label) ?? [])];
      const taken = new Set(near.filter((other) => this.of.has(other) && (other < label || !this.of.has(label))).map((other) => this.of.get(other)));
      if (this.of.has(label) && !taken.has(this.of.get(label))) continue;
      const count = (colour) => near.filter((other) => this.of.get(other) === colour).length;
      const best = [0, 1, 2, 3, 4, 5].sort((a, b) => count(a) - count(b))[0];
      if (this.of.get(label) !== best) changed.add(label);
      this.of.set(label, best);
    }
    return changed;
  }
}

export class Drawing {
  constructor(map, ground, regionOf) {
    Object.assign(this, { map, ground, regionOf, colours: new Colours(ground), active: null, marks: new Map(), drawn: new Uint8Array(ground.borders.length) });
    this.p = palette();
    onTheme(() => {
      this.p = palette();
      map.setStyle(style(ground), { diff: false });
      map.once("styledata", () => this.again());
    });
  }

  colour(label) {
    return label < 0 ? this.p["answer-unknown"] : this.p.six[this.colours.of.get(label) ?? 0];
  }

  set(block, values) {
    this.map.setFeatureState({ source: "blocks", id: block }, values);
  }

  paint(blocks) {
    const region = this.regionOf();
    for (const block of blocks) this.set(block, { colour: this.colour(region[block]), active: region[block] === this.active });
    const edges = new Set();
    for (const block of blocks) for (const { edge } of this.ground.beside[block]) edges.add(edge);
    for (const edge of edges) {
      const { a, b } = this.ground.borders[edge];
      const border = region[a] !== region[b];
      if (Boolean(this.drawn[edge]) === border) continue;
      this.drawn[edge] = Number(border);
      this.map.setFeatureState({ source: "borders", id: edge }, { border });
    }
  }

  // Blocks whose region changed; where neighbours would share a colour, one of them gets another.
  changed(blocks) {
    const again = this.colours.settle(this.regionOf());
    const all = new Set(blocks);
    if (again.size) this.regionOf().forEach((label, block) => again.has(label) && all.add(block));
    this.paint(all);
  }

  all() {
    this.colours.settle(this.regionOf());
    this.paint(Array.from({ length: this.ground.n }, (_whole, block) => block));
  }

  activate(label) {
    const before = this.active;
    this.active = label;
    this.regionOf().forEach((one, block) => {
      if (one === before || one === label) this.set(block, { active: one === label });
    });
  }

  // A new style knows no states: everything is drawn once more.
  again() {
    this.drawn.fill(0);
    this.all();
    for (const [what, blocks] of this.marks) this.mark(what, blocks);
    if (this.named) this.names(this.named);
  }

  // Few blocks at a time: the one under the pointer, the keyboard's, what a check found; locked ones apart.
  mark(what, blocks) {
    this.marks.set(what, blocks);
    const features = (names) => names.flatMap((name) => (this.marks.get(name) ?? []).map((block) => ({ type: "Feature", properties: { what: name }, geometry: this.ground.blocks.features[block].geometry })));
    const [source, names] = what === "locked" ? ["locked", ["locked"]] : ["marks", ["hovered", "cursor", "found"]];
    this.map.getSource(source)?.setData({ type: "FeatureCollection", features: features(names) });
  }

  names(regions) {
    this.named = regions;
    const features = regions.map(({ label, words, members }) => {
      const lived = members.reduce((sum, block) => sum + this.ground.households[block] + 0.01, 0);
      const point = members.reduce(([x, y], block) => {
        const share = (this.ground.households[block] + 0.01) / lived;
        return [x + this.ground.middles[block][0] * share, y + this.ground.middles[block][1] * share];
      }, [0, 0]);
      return { type: "Feature", id: label, properties: { words }, geometry: { type: "Point", coordinates: point } };
    });
    this.map.getSource("names")?.setData({ type: "FeatureCollection", features });
  }
}

export function withHouseholds(name, households) {
  return `${name}\n${number(households)}`;
}
