// Alternatives of a plan: asked for, weighed, shown against each other, one of them chosen for the map.
import { change, state } from "../address.js";
import { config } from "../config.js";
import { h, icon, svg } from "../dom.js";
import { ask } from "../fetching.js";
import { _, metres, number, share } from "../strings.js";
import { say } from "../toast.js";

const PAUSE = 2000;
const WAITED = 15;
const MOST_WEIGHT = 4;
const FAR = 0.5; // a bound so far off says nothing
const weights = [1, 1, 1, 1];
const axes = { x: 1, y: 2 };
const wished = { only: "", least: "" };
let known = null;
let wishing = false; // whether what is wished is open, over redrawing
let weighing = false; // whether the weights are open, over redrawing

export function proposals({ fresh = false } = {}) {
  if (fresh || !known) {
    known = ask("/api/proposals", { weights: weights.join(",") });
    known.catch(() => (known = null));
  }
  return known;
}

// The plan that the map shows: the address's, else the best of the newest alternatives.
export function chosenOf(list) {
  const named = Number(state.plan);
  if (list.some((one) => one.id === named)) return named;
  const scored = list.filter((one) => one.scores);
  const best = scored.sort((a, b) => b.scores.total - a.scores.total)[0] ?? list[0];
  return best?.id ?? null;
}

function point(value) {
  return value ?? 0;
}

// Scores against each other: further right and further up is better; filled marks lie on the front.
function pareto(list, chosen) {
  const principles = list.find((one) => one.scores)?.scores.principles;
  if (!principles) return null;
  const scored = list.filter((one) => one.scores);
  const at = (one, axis) => point(one.scores.principles[axes[axis]].value);
  const span = (axis) => {
    const values = scored.map((one) => at(one, axis));
    const low = Math.max(0, Math.floor((Math.min(...values) - 3) / 5) * 5);
    return [low, Math.max(low + 10, Math.min(100, Math.ceil((Math.max(...values) + 3) / 5) * 5))];
  };
  const [x0, x1] = span("x");
  const [y0, y1] = span("y");
  const px = (value) => 40 + ((value - x0) / (x1 - x0)) * 250;
  const py = (value) => 160 - ((value - y0) / (y1 - y0)) * 140;
  const text = (x, y, words, anchor = "middle") => svg("text", { x, y, "text-anchor": anchor, class: "axis" }, words);
  const name = (axis) => principles[axes[axis]].label;
  const words = scored.map((one) => `${one.label}: ${name("x")} ${at(one, "x")}, ${name("y")} ${at(one, "y")}`).join("; ");
  const marks = scored.map((one) => {
    const n = list.indexOf(one) + 1;
    return svg(
      "g",
      { class: ["mark", one.dominated ? "beaten" : "", one.id === chosen ? "chosen" : ""].join(" ") },
      svg("circle", { cx: px(at(one, "x")), cy: py(at(one, "y")), r: 10 }),
      svg("text", { x: px(at(one, "x")), y: py(at(one, "y")) + 4, "text-anchor": "middle" }, String(n)),
    );
  });
  return svg(
    "svg",
    { viewBox: "0 0 310 186", class: "pareto", role: "img", "aria-label": words },
    svg("path", { d: "M40 20V160H290", class: "frame" }),
    text(40, 176, number(x0)),
    text(290, 176, number(x1)),
    text(165, 180, `${name("x")} →`),
    text(34, 164, number(y0), "end"),
    text(34, 24, number(y1), "end"),
    text(44, 14, `↑ ${name("y")}`, "start"),
    marks,
  );
}

function axisChoice(axis, principles, redraw) {
  const label = axis === "x" ? _("Across") : _("Upwards");
  return h(
    "label",
    { class: "field-inline" },
    h("span", {}, label),
    h(
      "select",
      {
        onchange: (event) => {
          axes[axis] = Number(event.target.value);
          redraw();
        },
      },
      principles.map((one, n) => h("option", { value: n, selected: n === axes[axis] }, one.label)),
    ),
  );
}

function weightChoice(one, n, renew) {
  return h(
    "label",
    { class: "weight" },
    h("span", {}, one.label),
    h("input", {
      type: "range",
      min: 0,
      max: MOST_WEIGHT,
      step: 0.5,
      value: weights[n],
      oninput: (event) => (event.target.nextElementSibling.value = number(Number(event.target.value), 1)),
      onchange: (event) => {
        weights[n] = Number(event.target.value);
        if (weights.every((each) => each === 0)) weights[n] = 0.5;
        renew(n);
      },
    }),
    h("output", {}, number(weights[n], 1)),
  );
}

function item(one, n, chosen, choose) {
  const total = one.scores ? _("{total} of 100", { total: number(one.scores.total, 1) }) : _("being scored");
  const said = [_("{n} regions", { n: number(one.regions) }), one.scores ? _("{n} households change community", { n: number(one.changed_households) }) : null, one.gap === null || one.gap > FAR ? null : _("at most {share} from the best possible", { share: share(one.gap) })];
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "item", "aria-pressed": String(one.id === chosen), "data-plan": one.id, onclick: () => choose(one.id) },
      h("span", { class: "rank" }, String(n + 1)),
      h("span", { class: "what" }, h("span", { class: "name" }, one.label), h("span", { class: "context" }, said.filter(Boolean).join(" · "))),
      h("span", { class: "figure" }, total),
    ),
  );
}

// What is asked for: where, and how many households a region has at least.
function wishes(found) {
  const only = h("select", {}, h("option", { value: "" }, _("the whole district")), found.streets.map((one) => h("option", { value: one.code, selected: one.code === wished.only }, one.name)));
  const least = h("input", { type: "number", min: 1, step: 100, inputmode: "numeric", placeholder: number(found.min_households), value: wished.least });
  only.addEventListener("change", () => (wished.only = only.value));
  least.addEventListener("input", () => (wished.least = least.value));
  return h(
    "details",
    { class: "weights", open: wishing },
    h("summary", { onclick: (event) => (wishing = !event.currentTarget.parentElement.open) }, _("For where, and how large")),
    h("div", { class: "stack-tight" }, h("label", { class: "field-inline" }, h("span", {}, _("Propose for")), only), h("label", { class: "field-inline" }, h("span", {}, _("Households at least")), least)),
  );
}

async function order(button, renew) {
  button.disabled = true;
  const asked = { ...(wished.only ? { only: [wished.only] } : {}), ...(wished.least ? { min_households: Math.round(Number(wished.least)) } : {}) };
  try {
    const answer = await fetch("/api/proposals", { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(asked) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? _("The server answered with an error ({status}).", { status: answer.status }));
    say(_("Ordered. The first alternative appears in a few seconds."));
    renew();
  } catch (error) {
    say(error.message);
    button.disabled = false;
  }
}

function progress(found) {
  if (!found.running) return null;
  const part = typeof found.progress === "number" ? ` ${number(found.progress * 100)}%` : "";
  return h("p", { class: "notice", role: "status" }, _("Being computed.") + part, found.doing ? h("span", { class: "quiet small" }, ` ${found.doing}`) : null);
}

// The section of the alternatives; `show` gets the number of the plan to show whenever that changes.
export function alternatives(show) {
  const place = h("section", { class: "stack-tight alternatives" });
  let shown = null;
  let asked = 0;
  let patience = 0; // rounds to wait for a run that was ordered to begin

  async function renew({ fresh = true } = {}) {
    const turn = ++asked;
    const found = await proposals({ fresh });
    if (turn !== asked || (asked > 1 && !place.isConnected)) return;
    draw(found);
    if (found.running) patience = 0;
    if (found.running || patience-- > 0) setTimeout(() => place.isConnected && turn === asked && renew(), PAUSE);
  }

  function begun() {
    patience = WAITED;
    renew();
  }

  async function reweigh(n) {
    await renew();
    place.querySelectorAll(".weight input")[n]?.focus();
  }

  function choose(id) {
    change({ plan: String(id) });
  }

  function draw(found) {
    const list = found.alternatives;
    const chosen = chosenOf(list);
    const button = config.may_load
      ? h("button", { type: "button", class: "button", disabled: found.running, onclick: (event) => order(event.currentTarget, begun) }, icon("plus"), list.length ? _("Propose anew") : _("Propose alternatives"))
      : null;
    const principles = list.find((one) => one.scores)?.scores.principles;
    place.replaceChildren(
      ...[
        progress(found),
        list.length ? h("h3", {}, _("Alternatives")) : null,
        list.length ? h("ol", { class: "list" }, list.map((one, n) => item(one, n, chosen, choose))) : null,
        principles ? h("figure", { class: "stack-tight" }, pareto(list, chosen), h("figcaption", { class: "quiet small" }, _("Scores of 0 to 100. A hollow mark: another alternative is as good in every way and better in one."))) : null,
        principles ? h("div", { class: "axes" }, axisChoice("x", principles, () => draw(found)), axisChoice("y", principles, () => draw(found))) : null,
        principles ? h("details", { class: "weights", open: weighing }, h("summary", { onclick: (event) => (weighing = !event.currentTarget.parentElement.open) }, _("What the principles count")), h("div", { class: "stack-tight" }, principles.map((one, n) => weightChoice(one, n, reweigh)))) : null,
        button ? wishes(found) : null,
        button,
      ].filter(Boolean),
    );
    const seen = `${chosen} ${Boolean(list.find((one) => one.id === chosen)?.scores)}`;
    if (seen !== shown) {
      shown = seen;
      if (chosen && state.plan !== String(chosen)) change({ plan: String(chosen) }, { quiet: true });
      show(chosen);
    }
  }

  renew({ fresh: false }).catch((error) => {
    show(null);
    place.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message));
  });
  return { place, redraw: () => renew({ fresh: false }) };
}

// What there is to say about the chosen plan, below its regions.
export function about(told) {
  const scores = told.scores;
  return [
    scores
      ? h(
          "details",
          {},
          h("summary", {}, _("The four principles in parts")),
          scores.principles.map((one) =>
            h("section", { class: "stack-tight" }, h("h3", {}, `${one.label}: ${one.value === null ? "–" : number(one.value, 1)}`), h("dl", { class: "rows" }, one.parts.map((part) => [h("dt", {}, part.label), h("dd", {}, part.figure)]))),
          ),
        )
      : null,
    told.unmet.length ? h("section", { class: "stack-tight" }, h("h3", {}, _("What can't be met")), told.unmet.map((one) => h("p", { class: "notice caution" }, h("strong", {}, one.place), h("span", {}, one.sentences.join(_("; ")))))) : null,
    told.hubs.length ? h("details", {}, h("summary", {}, _("One hub for each street")), h("ul", { class: "stack-tight small" }, told.hubs.map((one) => h("li", {}, one.sentence)))) : null,
    told.ensemble ? h("p", { class: "quiet small" }, told.ensemble) : null,
    told.notes.length ? h("details", {}, h("summary", {}, _("What else to know")), h("ul", { class: "stack-tight small" }, told.notes.map((one) => h("li", {}, one)))) : null,
    h("p", {}, h("a", { class: "button", href: `/api/plans/${told.id}/report.html?lang=${config.lang ?? "zh"}`, download: true }, _("Report of this plan"))),
  ].filter(Boolean);
}

// The card of a border piece: why it runs there.
export async function borderCard(plan, piece) {
  const found = await ask(`/api/plans/${plan}/borders/${piece}`);
  const firm = found.firmness;
  return {
    layer: "plan-borders",
    layer_name: _("Border of two mega-communities"),
    name: _("Why the border runs here"),
    mark: piece,
    sentence: found.reason,
    figures: [
      { label: _("Length of this piece"), value: metres(found.length_m) },
      { label: _("Good plans with this line"), value: firm === null ? _("held in all of them") : share(firm) },
    ],
    parts: found.choices.map((one) => ({
      title: _("If {unit} went to the other side", { unit: one.name }),
      rows: [
        { label: _("Households"), value: one.along ? _("{n} and {along} that hang on it", { n: number(one.households), along: number(one.along) }) : number(one.households) },
        { label: _("Walk to the office"), value: change_(one.walk_m) },
        { label: _("Borders of regions"), value: change_(one.border_m) },
        ...(one.held ? [{ label: _("It can't, because"), value: one.held }] : []),
      ],
    })),
    method: _("Each of the two blocks is looked at on the other side, with whatever would be cut off without it. The firmness is the share of near-optimal plans, found by searching around this one, in which a border stands here."),
    point: found.point,
  };
}

function change_(value) {
  if (Math.abs(value) < 1) return _("as now");
  return value > 0 ? _("{metres} more", { metres: metres(value) }) : _("{metres} less", { metres: metres(-value) });
}

export async function regionCard(plan, code) {
  const [found, told] = await Promise.all([planRows(plan), ask(`/api/plans/${plan}/review`)]);
  const row = found.find((one) => one.code === code);
  if (!row) throw Object.assign(new Error(_("There is no such region in this plan.")), { status: 410 });
  const office = told.offices.find((one) => one.region === code);
  const hub = told.hubs.find((one) => one.regions.some((each) => each.code === code));
  const within = hub?.regions.find((each) => each.code === code);
  return {
    layer: "plan",
    layer_name: _("Mega-community"),
    code,
    mark: code,
    name: office?.name ?? code,
    sentence: office?.site ? _("Its office is best placed at {site}; {n} of {households} households reach it in 15 minutes.", { site: office.site, n: number(office.within), households: number(office.households) }) : null,
    figures: [
      { label: _("Households"), value: row.households },
      { label: _("Blocks"), value: row.units },
      { label: _("Mean time to the office"), value: office?.mean_minutes === null || !office ? null : _("{n} minutes", { n: number(office.mean_minutes, 1) }) },
      { label: _("Within 15 minutes of the street's hub"), value: within ? number(within.within) : null },
    ],
    parts: [{ title: _("Shape"), rows: [{ label: _("Compactness, 1 a circle"), value: row.compactness }] }],
    point: row.centre_lon ? [row.centre_lon, row.centre_lat] : null,
  };
}

const kept = new Map();

// The regions of a plan, without their shapes.
export function planRows(plan) {
  if (!kept.has(plan)) {
    const found = ask(`/api/plans/${plan}/regions.geojson`).then((answer) => answer.features.map((feature) => feature.properties));
    found.catch(() => kept.delete(plan));
    kept.set(plan, found);
  }
  return kept.get(plan);
}
