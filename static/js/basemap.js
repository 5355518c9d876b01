// The calm ground of the map, drawn from the district's own layers.
const MAIN = ["motorway", "trunk", "primary"];
const SECOND = ["secondary", "tertiary"];
const FOOT = ["footway", "path", "steps"];

function among(kinds) {
  return ["in", ["get", "kind"], ["literal", kinds]];
}

function widths(...stops) {
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flat()];
}

const ROADS = [
  { id: "service", filter: ["==", ["get", "kind"], "service"], minzoom: 14.5, inner: [[14, 0.6], [16, 2.4], [19, 12]], edge: 1 },
  { id: "local", filter: ["==", ["get", "kind"], "residential"], minzoom: 13, inner: [[13, 0.8], [16, 5], [19, 22]], edge: 1.4 },
  { id: "second", filter: among(SECOND), minzoom: 11, inner: [[10, 0.6], [13, 2.4], [16, 9], [19, 34]], edge: 1.8 },
  { id: "main", filter: among(MAIN), minzoom: 8, inner: [[8, 0.8], [12, 2.6], [16, 13], [19, 46]], edge: 2 },
];

function areas(id, kinds, colour, extra = {}) {
  return {
    id,
    type: "fill",
    source: "ground",
    "source-layer": "ground",
    filter: among(kinds),
    paint: { "fill-color": colour, "fill-antialias": true, ...extra },
    metadata: { group: "ground" },
  };
}

export function groundLayers(p) {
  return [
    areas("ground-built", ["built_up"], p["map-built"]),
    areas("ground-farm", ["farmland"], p["map-farm"]),
    areas("ground-hill", ["hill"], p["map-hill"]),
    {
      id: "ground-hill-shade",
      type: "line",
      source: "ground",
      "source-layer": "ground",
      filter: ["==", ["get", "kind"], "hill"],
      layout: { "line-join": "round" },
      paint: { "line-color": p["map-hill-shade"], "line-width": widths([9, 3], [15, 26]), "line-blur": widths([9, 3], [15, 26]), "line-opacity": 0.7 },
      metadata: { group: "ground" },
    },
    areas("ground-green", ["green"], p["map-green"]),
    areas("ground-water", ["water", "sea"], p["map-water"], { "fill-outline-color": p["map-shore"] }),
  ];
}

function road(p, { id, filter, minzoom, inner, edge }, casing) {
  const wide = inner.map(([zoom, width]) => [zoom, casing ? width + edge : width]);
  const main = id === "main";
  return {
    id: `way-${id}${casing ? "-casing" : ""}`,
    type: "line",
    source: "ways",
    "source-layer": "ways",
    minzoom,
    filter,
    layout: { "line-cap": casing ? "butt" : "round", "line-join": "round" },
    paint: {
      "line-color": casing ? p[main ? "map-main-casing" : "map-way-casing"] : p[main ? "map-main" : "map-way"],
      "line-width": widths(...wide),
      "line-opacity": ["case", ["to-boolean", ["get", "tunnel"]], 0.4, 1],
    },
    metadata: { group: "ways" },
  };
}

export function wayLayers(p) {
  return [
    {
      id: "way-foot",
      type: "line",
      source: "ways",
      "source-layer": "ways",
      minzoom: 14.5,
      filter: among(FOOT),
      layout: { "line-join": "round" },
      paint: { "line-color": p["map-path"], "line-width": widths([14, 0.6], [17, 1.4], [19, 2.4]), "line-dasharray": [3, 2] },
      metadata: { group: "ways" },
    },
    ...ROADS.map((one) => road(p, one, true)),
    ...ROADS.map((one) => road(p, one, false)),
  ];
}

export function buildingLayers(p, { quiet }) {
  const strength = quiet ? 0.55 : 1;
  return [
    {
      id: "building",
      type: "fill",
      source: "buildings",
      "source-layer": "buildings",
      minzoom: 14,
      paint: { "fill-color": p["map-building"], "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.4 * strength, 15.5, strength] },
      metadata: { group: "buildings" },
    },
    {
      id: "building-line",
      type: "line",
      source: "buildings",
      "source-layer": "buildings",
      minzoom: 15.3,
      paint: { "line-color": p["map-building-line"], "line-width": widths([15, 0.4], [18, 1]) },
      metadata: { group: "buildings" },
    },
  ];
}

function barrier(p, id, kinds, paint, minzoom) {
  return {
    id: `barrier-${id}`,
    type: "line",
    source: "barriers",
    "source-layer": "barriers",
    minzoom,
    filter: among(kinds),
    layout: { "line-join": "round" },
    paint,
    metadata: { group: "barriers" },
  };
}

export function barrierLayers(p) {
  return [
    barrier(p, "river", ["river"], { "line-color": p["map-water"], "line-width": widths([11, 1], [14, 3], [18, 12]) }, 10),
    barrier(p, "railway", ["railway"], { "line-color": p["map-rail"], "line-width": widths([11, 1], [17, 3]) }, 10),
    barrier(p, "sleepers", ["railway"], { "line-color": p["map-halo"], "line-width": widths([11, 0.5], [17, 1.6]), "line-dasharray": [4, 4] }, 12),
    barrier(p, "fence", ["fence"], { "line-color": p["map-wall"], "line-width": 1.2, "line-dasharray": [3, 1.5] }, 14.5),
    barrier(p, "wall", ["wall", "retaining_wall"], { "line-color": p["map-wall"], "line-width": widths([14, 0.7], [16, 1.5]) }, 14),
    barrier(p, "road", ["road"], { "line-color": p["map-wall"], "line-width": 1, "line-dasharray": [1, 2] }, 14.5),
  ];
}

export function compoundLayers(p) {
  return [
    {
      id: "compound",
      type: "fill",
      source: "compounds",
      "source-layer": "compounds",
      minzoom: 12,
      paint: { "fill-color": p["map-halo"], "fill-opacity": 0.35 },
      metadata: { group: "compounds" },
    },
    {
      id: "compound-line",
      type: "line",
      source: "compounds",
      "source-layer": "compounds",
      minzoom: 13,
      paint: { "line-color": p["map-wall"], "line-width": 0.7, "line-opacity": 0.55 },
      metadata: { group: "compounds" },
    },
  ];
}

export function boundaryLayers(p) {
  const line = (id, source, minzoom, paint) => ({
    id,
    type: "line",
    source,
    "source-layer": source,
    minzoom,
    layout: { "line-join": "round" },
    paint: { "line-color": p["map-boundary"], ...paint },
    metadata: { group: source },
  });
  return [
    {
      id: "community",
      type: "fill",
      source: "communities",
      "source-layer": "communities",
      paint: { "fill-color": p["map-boundary"], "fill-opacity": 0 },
      metadata: { group: "communities" },
    },
    line("community-line", "communities", 10.5, { "line-width": widths([11, 0.6], [16, 1.4]), "line-dasharray": [4, 2], "line-opacity": 0.75 }),
    line("street-line", "streets", 8, { "line-width": widths([9, 1.2], [16, 3]), "line-dasharray": [5, 2, 1, 2], "line-opacity": 0.8 }),
  ];
}
