// What is coloured now, in words.
import { measures, themes } from "./config.js";
import { onChange, state } from "./address.js";
import { FIRMNESS, ISOLATION } from "./answers.js";
import { byId, h, icon, svg } from "./dom.js";
import { rows } from "./fetching.js";
import { swatch } from "./lists.js";
import { palette } from "./palette.js";
import { answerOf, planOf, serviceOf, shownGroups } from "./style.js";
import { serviceWord } from "./words.js";
import { _, number } from "./strings.js";
import { onTheme } from "./theme.js";
import { analysis, onAnalyses } from "./analyses.js";
import { findingEntries } from "./tasks/findings.js";

const MADE_BY = { isolation: "isolation", grids: "grids", regions: "plans" };
const desk = matchMedia("(min-width: 1024px)");

function entry(mark, label, count) {
  return h("li", {}, mark, h("span", {}, label), count === undefined ? null : h("span", { class: "count" }, number(count)));
}

export async function isolationCounts() {
  const counts = { isolated: 0, partly: 0, open: 0, unsurveyed: 0 };
  for (const row of await rows("isolation")) counts[row.class] += 1;
  return counts;
}

function isolationEntries(p, counts) {
  return ISOLATION.map((one) =>
    entry(one.colour ? swatch(p[one.colour], { outlined: one.value === "isolated" ? p.ink : false }) : swatch(p["answer-unknown"], { hatched: p["answer-unknown-line"] }), one.label(), counts?.[one.value]),
  );
}

function six(p) {
  const rects = p.six.map((colour, n) => svg("rect", { x: n * 4, width: 4, height: 14, fill: colour, opacity: 0.6 }));
  return svg("svg", { class: "swatch", viewBox: "0 0 24 14", "aria-hidden": "true" }, rects);
}

function stroke(colour, width, dash = null) {
  return svg("svg", { class: "swatch", viewBox: "0 0 20 14", "aria-hidden": "true" }, svg("path", { d: "M0 7H20", stroke: colour, "stroke-width": width, "stroke-dasharray": dash }));
}

function themeEntries(theme, p) {
  return [
    ...theme.classes.map((one) => entry(swatch(one.colour), one.label)),
    theme.other ? entry(swatch(theme.other.colour), theme.other.label) : null,
    theme.unknown ? entry(swatch(p["answer-unknown"], { hatched: p["answer-unknown-line"] }), theme.unknown.label) : null,
  ];
}

function gate(p, access) {
  const cross = access === "closed" ? svg("path", { d: "M7.500 4.500l5 5M12.500 4.500l-5 5", stroke: p["map-gate"], "stroke-width": 1.6 }) : null;
  return svg("svg", { class: "swatch", viewBox: "0 0 20 14", "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 7, r: 4.5, fill: access === "public" ? p["map-gate"] : p["map-halo"], stroke: p["map-gate"], "stroke-width": 1.6 }), cross);
}

function gateEntries(p) {
  return [entry(gate(p, "public"), _("gate, public")), entry(gate(p, "residents"), _("gate, residents only")), entry(gate(p, "closed"), _("gate, closed"))];
}

function content(counts) {
  const p = palette();
  const answer = answerOf(state);
  const theme = themes.get(answer) ?? measures.get(answer);
  if (MADE_BY[answer] && analysis(MADE_BY[answer]).status === "never") return null;
  const proposals = shownGroups(state).has("gate_proposals") ? [entry(h("span", { class: "rank small-rank" }, "1"), _("proposed gate, by rank"))] : [];
  const gates = state.task === "isolation" ? [...proposals, ...gateEntries(p)] : [];
  if (theme) return { title: theme.name, entries: [...themeEntries(theme, p), ...gates] };
  if (answer === "isolation") return { title: _("Isolation of compounds"), entries: [...isolationEntries(p, counts), ...(state.task === "isolation" ? gates : proposals)] };
  if (answer === "grids") {
    return { title: _("Grids"), entries: [entry(six(p), _("one colour a grid; neighbours differ")), entry(swatch("rgb(0 0 0 / 0%)", { hatched: p.bad }), _("no grid leader"))] };
  }
  if (answer === "regions") {
    const firm = planOf(state) ? [...[...FIRMNESS].reverse().map((one) => entry(stroke(p[one.colour], one.width), one.label())), entry(stroke(p["ink-quiet"], 2.5, "2 4"), _("border of a street, or held by a wall, river or railway"))] : [];
    return { title: _("Proposed mega-communities"), entries: [entry(six(p), _("one colour a region; neighbours differ")), entry(swatch("rgb(0 0 0 / 0%)", { hatched: p["answer-unknown-line"] }), _("not ripe, or below the threshold")), ...firm] };
  }
  if (state.task === "reach" && analysis("reach").status !== "never") {
    const { minutes } = serviceOf(state);
    const entries = [entry(swatch(`${p["answer-isolated"]}47`, { outlined: p["answer-isolated"] }), _("homes farther than {n} minutes on foot", { n: minutes })), entry(h("span", { class: "rank small-rank" }, "1"), _("proposed site, by rank"))];
    return { title: serviceWord(serviceOf(state).kind), entries };
  }
  if (shownGroups(state).has("findings") && analysis("check").status !== "never") {
    return { title: _("Data quality"), entries: findingEntries().map((one) => entry(one.mark, one.label)) };
  }
  return null;
}

async function render() {
  const answer = answerOf(state);
  let counts = null;
  if (answer === "isolation" && ["current", "stale"].includes(analysis("isolation").status)) {
    counts = await isolationCounts().catch(() => null); // the legend holds without its counts
  }
  if (answer !== answerOf(state)) return;
  const found = content(counts);
  if (!found) {
    byId("legend").replaceChildren();
    return;
  }
  byId("legend").replaceChildren(h("details", { class: "legend float", open: desk.matches }, h("summary", {}, found.title, icon("chevron-down")), h("ul", {}, found.entries)));
}

export function startLegend() {
  onChange(["task", "theme", "plan", "service", "shown", "hidden"], render);
  onTheme(render);
  onAnalyses(render);
  desk.addEventListener("change", render);
  render();
}
