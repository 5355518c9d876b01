// Points of the map: gates, stairwells, service centres and facilities.
const DISTANCE = ["interpolate", ["linear"], ["zoom"]];

export function gateLayers(p, { near }) {
  return [
    {
      id: "stairwell",
      type: "circle",
      source: "stairwells",
      "source-layer": "stairwells",
      minzoom: 17,
      paint: { "circle-radius": 3, "circle-color": p["map-halo"], "circle-stroke-color": p["map-gate"], "circle-stroke-width": 1 },
      metadata: { group: "stairwells" },
    },
    {
      id: "gate",
      type: "symbol",
      source: "gates",
      "source-layer": "gates",
      minzoom: near ? 14.6 : 15.3,
      layout: {
        "icon-image": ["concat", "gate|", ["get", "access"], `|${p["map-gate"]}|${p["map-halo"]}`],
        "icon-size": [...DISTANCE, 14, 0.5, 15.3, 0.65, 17, 1],
        "icon-allow-overlap": true,
      },
      metadata: { group: "gates" },
    },
  ];
}

function discs(p, id, group, filter, colour, minzoom) {
  return {
    id,
    type: "symbol",
    source: group,
    "source-layer": group,
    minzoom,
    filter,
    layout: {
      "icon-image": ["concat", "disc|", ["get", "kind"], `|${colour}|${p["map-halo"]}`],
      "icon-size": [...DISTANCE, 12, 0.66, 15, 0.85, 17, 1],
      "text-field": ["step", ["zoom"], "", 15.5, ["coalesce", ["get", "name"], ""]],
      "text-font": p.font,
      "text-size": 11,
      "text-anchor": "top",
      "text-offset": [0, 1],
      "text-optional": true,
      "text-max-width": 8,
    },
    paint: { "text-color": p["map-label-quiet"], "text-halo-color": p["map-halo"], "text-halo-width": 1.5 },
    metadata: { group },
  };
}

// With `kind` those of one kind alone, from far off.
export function serviceLayers(p, kind = null) {
  const is = (value) => ["==", ["get", "kind"], value];
  const hub = is("service_centre");
  if (kind) return [discs(p, "facility", "facilities", is(kind), p["map-disc"], 9), discs(p, "centre", "centres", is(kind), p["map-select"], 9)];
  return [
    discs(p, "facility", "facilities", true, p["map-disc"], 14.5),
    discs(p, "office", "centres", ["!", hub], p["map-select"], 14),
    discs(p, "centre", "centres", hub, p["map-select"], 11.5),
  ];
}
