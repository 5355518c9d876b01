// Names on the map, from the device's own fonts. A name is left out sooner than it collides.
export const FONT = ["PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];
const MEDIUM = ["Medium", ...FONT]; // the first name gives the weight; there is no such font, so the next one draws

function named(p, id, source, { size, minzoom, maxzoom = 24, font = FONT, colour = "map-label", text = ["get", "name"], group = "labels", filter = true, sort = true, halo = 1.6, width = 7 }) {
  return {
    id: `name-${id}`,
    type: "symbol",
    source,
    "source-layer": `${source}_label`,
    minzoom,
    maxzoom,
    filter,
    layout: {
      "text-field": text,
      "text-font": font,
      "text-size": size,
      "text-max-width": width,
      "text-padding": 4,
      ...(sort ? { "symbol-sort-key": ["-", 0, ["to-number", ["get", "households"], 0]] } : {}),
    },
    paint: { "text-color": p[colour], "text-halo-color": p["map-halo"], "text-halo-width": halo },
    metadata: { group },
  };
}

function along(p, id, kinds, minzoom, size) {
  return {
    id: `name-way-${id}`,
    type: "symbol",
    source: "ways",
    "source-layer": "ways",
    minzoom,
    filter: ["all", ["in", ["get", "kind"], ["literal", kinds]], ["to-boolean", ["get", "name"]]],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 420,
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": size,
      "text-letter-spacing": 0.08,
      "text-max-angle": 30,
      "text-padding": 8,
      "text-keep-upright": true,
    },
    paint: { "text-color": p["map-label-quiet"], "text-halo-color": p["map-halo"], "text-halo-width": 1.6 },
    metadata: { group: "labels" },
  };
}

// Later layers win the place: the most important names come last.
export function labelLayers(p) {
  return [
    along(p, "small", ["residential", "service", "footway", "path"], 16, 11),
    along(p, "second", ["secondary", "tertiary"], 14, 11),
    along(p, "main", ["motorway", "trunk", "primary"], 12.5, 12),
    named(p, "building", "buildings", { size: 11, minzoom: 17, colour: "map-label-quiet" }),
    named(p, "compound", "compounds", { size: 12, minzoom: 14.6 }),
    named(p, "community", "communities", { size: ["interpolate", ["linear"], ["zoom"], 11.5, 11, 13.5, 14], minzoom: 11.3, maxzoom: 17.5, font: MEDIUM }),
    named(p, "street", "streets", { size: ["interpolate", ["linear"], ["zoom"], 9, 14, 12, 17], minzoom: 8, maxzoom: 13, font: MEDIUM, colour: "map-label-quiet", sort: false, halo: 2 }),
  ];
}

export { named };
