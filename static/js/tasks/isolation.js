// Isolation: how many compounds are cut off, which, and where a gate would help.
import { ISOLATION } from "../answers.js";
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { change, state } from "../address.js";
import { config, lang, layers, measures } from "../config.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem, shareBar, swatch } from "../lists.js";
import { palette } from "../palette.js";
import { _, households, metres, ngettext, number, share } from "../strings.js";
import { openTable } from "../table.js";
import { cause } from "../words.js";
import { bestGates, bestGatesPart } from "../isolation/best-gates.js";
import { drawGates } from "../isolation/drawing.js";
import { neighbourParts } from "../isolation/neighbours.js";
import { gateParts, mayWeigh, whatIfPart } from "../isolation/what-if.js";

const WORDS = Object.fromEntries(ISOLATION.map((one) => [one.value, one.label]));

function mark(p, value) {
  const one = ISOLATION.find((each) => each.value === value);
  return one?.colour ? swatch(p[one.colour], { outlined: value === "isolated" ? p.ink : false }) : swatch(p["answer-unknown"], { hatched: p["answer-unknown-line"] });
}

function counts(list) {
  return ISOLATION.map((one) => ({ ...one, count: list.filter((row) => row.class === one.value).length }));
}

function overview(list, p) {
  const found = counts(list);
  const surveyed = list.filter((row) => row.class !== "unsurveyed").length;
  const isolated = found[0].count;
  return h(
    "section",
    { class: "stack-tight" },
    h("p", { class: "answer" }, ngettext("{n} of {surveyed} surveyed compounds is isolated.", "{n} of {surveyed} surveyed compounds are isolated.", isolated, { surveyed: number(surveyed) })),
    shareBar(found.map((one) => ({ count: one.count, colour: one.colour ? p[one.colour] : p["answer-unknown"] }))),
    h("ul", { class: "stack-tight small" }, found.map((one) => h("li", { class: "legend-row" }, mark(p, one.value), h("span", { class: "words" }, one.label()), h("span", {}, number(one.count))))),
  );
}

function score(row) {
  return row.score === null || row.score === undefined ? null : [number(row.score), h("small", {}, ` / 100`)];
}

function item(p) {
  return (row) => placeItem({ code: row.code, layer: "compounds", name: row.name ?? _("Compound without a name"), context: [cause(row.cause), row.community_name].filter(Boolean).join(" · "), figure: score(row), mark: mark(p, row.class) });
}

const figure = (id, title, name, show) => ({ id, title, number: true, value: (row) => row[name], show: (row) => (row[name] === null || row[name] === undefined ? null : show(row[name])) });

function tableOf(list) {
  const p = palette();
  const classWord = (row) => WORDS[row.class]?.() ?? row.class;
  openTable({
    title: _("Isolation of compounds"),
    layer: "compounds",
    rows: list,
    sort: "score",
    filters: ["class", "cause", "street"],
    columns: [
      { id: "name", title: _("Compound"), value: (row) => row.name ?? _("Compound without a name") },
      { id: "class", title: _("Class"), value: classWord, sort: (row) => ISOLATION.findIndex((one) => one.value === row.class), show: (row) => h("span", { class: "class-mark" }, mark(p, row.class), classWord(row)) },
      { id: "street", title: _("Street"), value: (row) => row.street_name ?? null },
      figure("score", _("Score, 100 the worst"), "score", (value) => number(value)),
      { id: "cause", title: _("Cause"), value: (row) => cause(row.cause) },
      figure("households", _("Households"), "households", (value) => number(value)),
      figure("detour", _("Detour to neighbours"), "detour_m", metres),
      figure("directness", _("Directness"), "directness", (value) => number(value, 2)),
      figure("gap", _("Longest gap"), "longest_gap_m", metres),
      figure("openings", _("Openings per km"), "openings_per_km", (value) => number(value, 1)),
      { id: "community", title: _("Community"), value: (row) => row.community_name ?? null },
    ],
  });
}

function colouring() {
  if (!measures.size) return null;
  const chosen = measures.has(state.theme) ? state.theme : "";
  const option = (value, words) => h("option", { value, selected: value === chosen }, words);
  const choose = (event) => change({ theme: event.target.value || null });
  return h("label", { class: "stack-tight" }, h("span", { class: "quiet small" }, _("Colour the compounds by")), h("select", { class: "field", id: "measure", onchange: choose }, option("", _("class")), [...measures.values()].map((one) => option(one.id, one.name))));
}

function exports() {
  const to = (href, words) => h("a", { href, download: "" }, words);
  return h("p", { class: "small" }, _("Export:"), " ", to("/api/isolation/export.xlsx", "Excel"), " · ", to("/api/isolation/export.gpkg", "GeoPackage"), " · ", to("/api/isolation/export.geojson", _("GeoJSON of compounds")), " · ", to("/api/isolation/export.geojson?layer=gate_proposals", _("GeoJSON of gates")));
}

function surveyLink() {
  if (!config.may_correct) return null;
  return h("p", {}, h("a", { class: "button", href: "/survey" }, _("What to survey first, as a walk")));
}

// Of a card that is opened in this task: what belongs to compounds and gates.
export function isolationParts(card) {
  if (card.layer === "gates") return gateParts(card);
  if (card.layer !== "compounds") return null;
  return h("div", { class: "stack" }, neighbourParts(card.code), bestGatesPart(card.code, lang));
}

function list(found, p) {
  const worst = found.filter((row) => ["isolated", "partly"].includes(row.class)).sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const opening = h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(found) }, icon("table"), _("All compounds as a table"));
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Worst first")),
    opening,
    exports(),
    worst.length ? growing(worst, item(p), { step: 12 }) : h("p", { class: "quiet" }, _("No surveyed compound is isolated or partly isolated.")),
  );
}

// "joins" is the name of a way, or the code of the neighbour.
function joined(row, names) {
  const compound = row.compound_name ?? _("Compound without a name");
  const other = names.get(row.joins) ?? row.joins;
  return other ? `${compound} ↔ ${other}` : compound;
}

function namesOf(list) {
  return new Map(list.map((row) => [row.code, row.name]));
}

function ofDistrict(found, names) {
  if (!found.length) return h("p", { class: "quiet small" }, _("No gate has been proposed."));
  return growing(
    [...found].sort((a, b) => a.rank - b.rank),
    (row) =>
      placeItem({
        code: `proposal:${row.rank}`,
        layer: "gate_proposals",
        markCode: row.code,
        name: joined(row, names),
        context: [households(row.households), _("on average {metres} shorter", { metres: metres(row.saved_mean_m) })].join(" · "),
        mark: h("span", { class: "rank" }, row.rank),
      }),
    { step: 6 },
  );
}

function proposals(found, names, streets) {
  const place = h("div", { class: "stack-tight" }, ofDistrict(found, names));
  const choose = (event) => {
    if (event.target.value) return bestGates(place, { street: event.target.value }, lang, 10);
    drawGates([]);
    return place.replaceChildren(ofDistrict(found, names));
  };
  const where = h("select", { class: "field", "aria-label": _("Where"), onchange: choose }, h("option", { value: "" }, _("in the whole district")), streets.map((one) => h("option", { value: one.code }, one.name ?? one.code)));
  return h("section", { class: "stack-tight" }, h("h3", {}, _("Gates that would help most")), mayWeigh && streets.length ? where : null, place);
}

function classRows(row, names) {
  const turn = (one) => `${WORDS[one.before]?.() ?? "–"} → ${WORDS[one.after]?.() ?? "–"}`;
  const others = (row.classes_changed ?? []).filter((one) => one.code !== row.compound_code);
  const own = row.class_before ? [{ label: row.compound_name ?? _("Compound without a name"), value: turn({ before: row.class_before, after: row.class_after }) }] : [];
  return [...own, ...others.map((one) => ({ label: names.get(one.code) ?? _("Compound without a name"), value: turn(one), code: one.code }))];
}

// The card of a proposed gate; its figures come with the layer, there is no such place.
export async function proposalCard(rank) {
  const [gates, compounds] = await Promise.all([rows("gate_proposals"), rows("isolation")]);
  const row = gates.find((one) => one.rank === rank);
  if (!row) throw Object.assign(new Error(_("There is no proposed gate of rank {rank}.", { rank })), { status: 410 });
  return {
    layer: "gate_proposals",
    layer_name: layers.get("gate_proposals")?.name ?? _("Proposed gate"),
    name: `${row.rank}. ${joined(row, namesOf(compounds))}`,
    mark: row.code,
    sentence: _("A gate here would shorten the way of {households} by {metres} on average.", { households: households(row.households), metres: metres(row.saved_mean_m) }),
    figures: [
      { label: _("Households that gain"), value: row.households },
      { label: _("Saved on average"), value: metres(row.saved_mean_m) },
      { label: _("Saved by the tenth who gain most"), value: metres(row.saved_p90_m) },
      { label: _("Gain at least 50 m"), value: row.share_50m === null || row.share_50m === undefined ? null : share(row.share_50m) },
    ],
    parts: [
      {
        title: _("Place"),
        rows: [
          { label: _("Compound"), value: row.compound_name ?? _("Compound without a name"), code: row.compound_code },
          row.agree ? { label: _("Who would have to agree"), value: row.agree } : null,
        ].filter(Boolean),
      },
      { title: _("Classes before and after"), rows: classRows(row, namesOf(compounds)) },
    ],
    method: _("Pairs of buildings in neighbouring compounds, weighted by households; the walk with the new gate against the walk without it. The gates are chosen one after another, each measured given those before it."),
    point: row.point,
  };
}

export function renderIsolation(place) {
  const notice = stateNotice("isolation");
  if (notice) place.append(notice);
  if (analysis("isolation").status === "never") return;
  const content = h("div", { class: "stack" }, skeleton(6));
  place.append(content);
  const p = palette();
  Promise.all([rows("isolation"), rows("gate_proposals").catch(() => []), rows("streets").catch(() => [])])
    .then(([found, gates, streets]) => {
      const made = madeWhen("isolation");
      content.replaceChildren(...[found.length ? overview(found, p) : null, colouring(), proposals(gates, namesOf(found), streets), whatIfPart(), surveyLink(), found.length ? list(found, p) : null, made ? h("p", { class: "quiet small" }, made) : null].filter(Boolean));
    })
    .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}
