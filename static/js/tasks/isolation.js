// Isolation: how many compounds are cut off, which, and where a gate would help.
import { ISOLATION } from "../answers.js";
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { layers } from "../config.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem, shareBar, swatch } from "../lists.js";
import { palette } from "../palette.js";
import { _, households, metres, ngettext, number, share } from "../strings.js";
import { openTable } from "../table.js";
import { cause } from "../words.js";

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

function tableOf(list) {
  const p = palette();
  openTable({
    title: _("Isolation of compounds"),
    layer: "compounds",
    rows: list,
    sort: "score",
    columns: [
      { id: "name", title: _("Compound"), value: (row) => row.name ?? _("Compound without a name") },
      { id: "class", title: _("Class"), value: (row) => WORDS[row.class]?.() ?? row.class, sort: (row) => ISOLATION.findIndex((one) => one.value === row.class), show: (row) => h("span", { class: "class-mark" }, mark(p, row.class), WORDS[row.class]?.() ?? row.class) },
      { id: "score", title: _("Score, 100 the worst"), number: true, value: (row) => row.score, show: (row) => (row.score === null || row.score === undefined ? null : number(row.score)) },
      { id: "cause", title: _("Cause"), value: (row) => cause(row.cause) },
      { id: "households", title: _("Households"), number: true, value: (row) => row.households, show: (row) => (row.households === null || row.households === undefined ? null : number(row.households)) },
      { id: "detour", title: _("Detour to neighbours"), number: true, value: (row) => row.detour_m, show: (row) => (row.detour_m === null || row.detour_m === undefined ? null : metres(row.detour_m)) },
      { id: "openings", title: _("Openings per km"), number: true, value: (row) => row.openings_per_km, show: (row) => (row.openings_per_km === null || row.openings_per_km === undefined ? null : number(row.openings_per_km, 1)) },
      { id: "community", title: _("Community"), value: (row) => row.community_name ?? null },
    ],
  });
}

function list(found, p) {
  const worst = found.filter((row) => ["isolated", "partly"].includes(row.class)).sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const opening = h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(found) }, icon("table"), _("All compounds as a table"));
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Worst first")),
    opening,
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

function proposals(found, names) {
  if (!found.length) return null;
  const sorted = [...found].sort((a, b) => a.rank - b.rank);
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Gates that would help most")),
    growing(
      sorted,
      (row) =>
        placeItem({
          code: `proposal:${row.rank}`,
          layer: "gate_proposals",
          markCode: row.code,
          name: joined(row, names),
          context: [households(row.households), _("on average {metres} shorter", { metres: metres(row.saved_mean_m) })].join(" · "),
          mark: h("span", { class: "rank" }, row.rank),
        }),
      { step: 10 },
    ),
  );
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
    parts: [{ title: _("Place"), rows: [{ label: _("Compound"), value: row.compound_name ?? _("Compound without a name"), code: row.compound_code }] }],
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
  Promise.all([rows("isolation"), rows("gate_proposals").catch(() => [])])
    .then(([found, gates]) => {
      const made = madeWhen("isolation");
      content.replaceChildren(...[found.length ? overview(found, p) : null, proposals(gates, namesOf(found)), found.length ? list(found, p) : null, made ? h("p", { class: "quiet small" }, made) : null].filter(Boolean));
    })
    .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}
