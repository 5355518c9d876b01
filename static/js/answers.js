// What the task or the theme colours: the one loud thing on the quiet ground.
import { _ } from "./strings.js";
import { named } from "./labels.js";

const TRANSPARENT = "rgba(0,0,0,0)";

export const ISOLATION = [
  { value: "isolated", colour: "answer-isolated", label: () => _("isolated") },
  { value: "partly", colour: "answer-partly", label: () => _("partly isolated") },
  { value: "open", colour: "answer-open", label: () => _("open") },
  { value: "unsurveyed", colour: null, label: () => _("not surveyed") },
];

export function hatch(p) {
  return `hatch|${p["answer-unknown"]}|${p["answer-unknown-line"]}`;
}

function fill(id, source, paint, { filter = true, group = source } = {}) {
  return { id, type: "fill", source, "source-layer": source, filter, paint, metadata: { group } };
}

function line(id, source, paint, { filter = true, group = source, minzoom = 0 } = {}) {
  return { id, type: "line", source, "source-layer": source, minzoom, filter, layout: { "line-join": "round" }, paint, metadata: { group } };
}

export function isolationLayers(p) {
  const is = (value) => ["==", ["get", "class"], value];
  const known = ISOLATION.filter((one) => one.colour);
  const colour = ["match", ["get", "class"], ...known.flatMap((one) => [one.value, p[one.colour]]), TRANSPARENT];
  return [
    fill("isolation", "isolation", { "fill-color": colour, "fill-opacity": p.strength }, { filter: ["!", is("unsurveyed")] }),
    fill("isolation-unknown", "isolation", { "fill-pattern": hatch(p) }, { filter: is("unsurveyed") }),
    line("isolation-line", "isolation", { "line-color": colour, "line-width": 1 }, { minzoom: 13 }),
    line("isolation-isolated", "isolation", { "line-color": p.ink, "line-width": 1.4, "line-opacity": 0.75 }, { filter: is("isolated"), minzoom: 13 }),
  ];
}

// Where people live beyond the circle of a kind of service, and the proposed sites of it.
export function reachLayers(p, { kind, minutes }) {
  const here = ["all", ["==", ["get", "kind"], kind], ["==", ["get", "minutes"], minutes]];
  return {
    areas: [
      fill("reach-gap", "reach_gaps", { "fill-color": p["answer-isolated"], "fill-opacity": 0.28 }, { filter: here }),
      line("reach-gap-line", "reach_gaps", { "line-color": p["answer-isolated"], "line-width": 1.2 }, { filter: here }),
    ],
    points: ranked(p, "site", "reach_sites", ["==", ["get", "kind"], kind], 9),
  };
}

export function proposalLayers(p) {
  return ranked(p, "proposal", "gate_proposals", true, 12.5);
}

function ranked(p, id, source, filter, minzoom) {
  return [
    {
      id,
      type: "circle",
      source,
      "source-layer": source,
      filter,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 6, 15, 11],
        "circle-color": p.primary,
        "circle-stroke-color": p["map-halo"],
        "circle-stroke-width": 2,
        "circle-pitch-alignment": "map",
      },
      layout: { "circle-sort-key": ["-", 0, ["get", "rank"]] },
      metadata: { group: source },
    },
    {
      id: `${id}-rank`,
      type: "symbol",
      source,
      "source-layer": source,
      filter,
      minzoom,
      layout: {
        "text-field": ["to-string", ["get", "rank"]],
        "text-font": p.font,
        "text-size": ["interpolate", ["linear"], ["zoom"], 12.5, 10, 15, 12],
        "text-allow-overlap": true,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: { "text-color": p["on-primary"] },
      metadata: { group: source },
    },
  ];
}

// What is tried out: a walk drawn against the straight line, gates by what is done to them.
export function draftLayers(p) {
  const is = (name, value) => ["==", ["get", name], value];
  const line = { type: "line", source: "draft", layout: { "line-join": "round", "line-cap": "round" }, metadata: { group: "marks" } };
  return [
    { ...line, id: "draft-straight", filter: is("what", "straight"), paint: { "line-color": p.ink, "line-width": 2, "line-dasharray": [1, 2] } },
    { ...line, id: "draft-walk", filter: is("what", "walk"), paint: { "line-color": p.primary, "line-width": 4, "line-opacity": 0.85 } },
    {
      id: "draft-gate",
      type: "circle",
      source: "draft",
      filter: is("what", "gate"),
      paint: { "circle-radius": 11, "circle-color": ["match", ["get", "kind"], "close", p.bad, p.primary], "circle-stroke-color": p["map-halo"], "circle-stroke-width": 2.5 },
      metadata: { group: "marks" },
    },
    {
      id: "draft-sign",
      type: "symbol",
      source: "draft",
      filter: is("what", "gate"),
      layout: { "text-field": ["get", "sign"], "text-font": p.font, "text-size": 13, "text-allow-overlap": true },
      paint: { "text-color": p["on-primary"] },
      metadata: { group: "marks" },
    },
  ];
}

export const FINDINGS = { error: { label: () => _("error"), colour: "bad" }, doubt: { label: () => _("doubtful"), colour: "map-main-casing" } };

// What the check of the data found: errors are larger as well as of another colour.
export function findingLayers(p) {
  const error = ["==", ["get", "severity"], "error"];
  return [
    {
      id: "finding",
      type: "circle",
      source: "findings",
      "source-layer": "findings",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, ["case", error, 4, 3], 16, ["case", error, 9, 7]],
        "circle-color": ["case", error, p[FINDINGS.error.colour], p[FINDINGS.doubt.colour]],
        "circle-stroke-color": p["map-halo"],
        "circle-stroke-width": 1.5,
      },
      layout: { "circle-sort-key": ["-", 0, ["get", "rank"]] },
      metadata: { group: "findings" },
    },
  ];
}

// One of six by the graph's colouring where the tile carries it, else by the last digits of the code:
// neighbours are numbered one after another, so they seldom share one.
function oneOfSix(p) {
  const digits = ["to-number", ["slice", ["to-string", ["get", "code"]], -2], 0];
  const index = ["to-number", ["coalesce", ["get", "colour"], ["%", digits, 6]], 0];
  return ["match", index, ...p.six.flatMap((colour, n) => [n, colour]), p.six[0]];
}

export function gridLayers(p) {
  const vacant = ["==", ["get", "leader"], "vacant"];
  return [
    fill("grid", "grids", { "fill-color": oneOfSix(p), "fill-opacity": p.areaStrength }),
    fill("grid-vacant", "grids", { "fill-pattern": `hatch|${TRANSPARENT}|${p.bad}`, "fill-opacity": 0.5 }, { filter: vacant }),
    line("grid-line", "grids", { "line-color": oneOfSix(p), "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.6, 15, 2] }),
  ];
}

export function regionLayers(p) {
  const other = ["in", ["get", "status"], ["literal", ["later", "below"]]];
  return [
    fill("region", "regions", { "fill-color": oneOfSix(p), "fill-opacity": p.areaStrength }),
    fill("region-other", "regions", { "fill-pattern": `hatch|${TRANSPARENT}|${p["answer-unknown-line"]}`, "fill-opacity": 0.6 }, { filter: other }),
    line("region-line", "regions", { "line-color": oneOfSix(p), "line-width": 2 }),
  ];
}

// A chosen plan, from its own files: areas, and borders by how many good plans draw them there.
export function planLayers(p, colours) {
  const own = Object.entries(colours ?? {}).flatMap(([code, n]) => [code, p.six[n]]);
  const colour = own.length ? ["match", ["get", "code"], ...own, p["answer-unknown"]] : oneOfSix(p);
  const firm = ["get", "firmness"];
  const fixed = ["==", firm, null];
  const other = ["in", ["get", "status"], ["literal", ["later", "below"]]];
  const area = (id, paint, filter = true) => ({ id, type: "fill", source: "plan", filter, paint, metadata: { group: "regions" } });
  const border = (id, paint, filter) => ({ id, type: "line", source: "plan-borders", filter, layout: { "line-join": "round", "line-cap": "round" }, paint, metadata: { group: "regions" } });
  const middle = _("mega-community {n}").split("{n}");
  const name = ["concat", middle[0], ["to-string", ["to-number", ["slice", ["get", "code"], -2], 0]], middle[1] ?? ""];
  const figure = ["number-format", ["to-number", ["get", "households"], 0], {}];
  return {
    areas: [area("plan-region", { "fill-color": colour, "fill-opacity": p.areaStrength }), area("plan-region-other", { "fill-pattern": `hatch|${TRANSPARENT}|${p["answer-unknown-line"]}`, "fill-opacity": 0.6 }, other)],
    lines: [
      border("plan-fixed", { "line-color": p["ink-quiet"], "line-width": 2.5, "line-dasharray": [1, 2] }, fixed),
      ...FIRMNESS.map(({ id, least, most, colour, width }) => border(`plan-${id}`, { "line-color": p[colour], "line-width": ["interpolate", ["linear"], ["zoom"], 10, width * 0.6, 14, width] }, ["all", ["!", fixed], [">=", ["to-number", firm, 0], least], ["<", ["to-number", firm, 0], most]])),
    ],
    names: [
      {
        id: "name-plan",
        type: "symbol",
        source: "plan",
        minzoom: 9.5,
        filter: [">=", ["get", "region"], 0],
        layout: { "text-field": ["format", name, {}, "\n", {}, figure, { "font-scale": 0.85 }, " ", {}, _("households"), { "font-scale": 0.85 }], "text-font": ["Medium", ...p.font], "text-size": ["interpolate", ["linear"], ["zoom"], 10, 12, 13, 16], "text-max-width": 9 },
        paint: { "text-color": p["map-label"], "text-halo-color": p["map-halo"], "text-halo-width": 2 },
        metadata: { group: "regions" },
      },
    ],
  };
}

export const FIRMNESS = [
  { id: "open", least: 0, most: 0.5, colour: "bad", width: 2, label: () => _("fewer than half") },
  { id: "likely", least: 0.5, most: 0.9, colour: "map-main-casing", width: 3.5, label: () => _("half of them or more") },
  { id: "firm", least: 0.9, most: 1.1, colour: "ink", width: 5, label: () => _("nine in ten good plans or more draw the line here") },
];

// The community or street stands on the map already: of "金海湾社区 第1网格" the area's own part is enough.
const NAME = ["coalesce", ["get", "name"], ""];
const OWN_NAME = ["slice", NAME, ["+", ["index-of", " ", NAME], 1]];

function withHouseholds() {
  const figure = ["number-format", ["to-number", ["get", "households"], 0], {}];
  return ["format", OWN_NAME, {}, "\n", {}, figure, { "font-scale": 0.85 }, " ", {}, _("households"), { "font-scale": 0.85 }];
}

export function answerLabels(p, answer) {
  if (answer === "grids") {
    const text = ["step", ["zoom"], OWN_NAME, 15, withHouseholds()];
    return [named(p, "grid", "grids", { size: 12, minzoom: 14, text, group: "grids", halo: 1.8 })];
  }
  if (answer === "regions") {
    const size = ["interpolate", ["linear"], ["zoom"], 10, 13, 13, 16];
    return [named(p, "region", "regions", { size, minzoom: 9.5, font: ["Medium", ...p.font], text: withHouseholds(), group: "regions", halo: 2, width: 9 })];
  }
  return [];
}

function valueOf(theme) {
  return ["get", theme.property];
}

function themeKnown(theme) {
  if (theme.type === "sequence") return ["==", ["typeof", valueOf(theme)], "number"];
  if (theme.other) return ["all", ["has", theme.property], ["!=", valueOf(theme), null], ["!=", valueOf(theme), ""]];
  return ["in", ["to-string", valueOf(theme)], ["literal", theme.classes.map((one) => String(one.value))]];
}

function themeColour(theme) {
  if (theme.type === "sequence") {
    const [first, ...rest] = theme.classes;
    if (!rest.length) return first?.colour ?? TRANSPARENT;
    return ["step", ["to-number", valueOf(theme), 0], first.colour, ...rest.flatMap((one) => [one.min, one.colour])];
  }
  if (!theme.classes.length) return theme.other?.colour ?? TRANSPARENT;
  return ["match", ["to-string", valueOf(theme)], ...theme.classes.flatMap((one) => [String(one.value), one.colour]), theme.other?.colour ?? TRANSPARENT];
}

export function themeLayers(p, theme) {
  const known = themeKnown(theme);
  return [
    fill("theme", theme.layer, { "fill-color": themeColour(theme), "fill-opacity": p.strength }, { filter: known, group: "theme" }),
    fill("theme-unknown", theme.layer, { "fill-pattern": hatch(p) }, { filter: ["!", known], group: "theme" }),
    line("theme-line", theme.layer, { "line-color": p["map-halo"], "line-width": 1 }, { group: "theme" }),
  ];
}
