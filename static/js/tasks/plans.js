// Plans: the proposed mega-communities, their households and status.
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { h, icon, skeleton } from "../dom.js";
import { ask, rows } from "../fetching.js";
import { colour } from "../map.js";
import { growing, placeItem } from "../lists.js";
import { _, estimated, households, metres, ngettext, number } from "../strings.js";
import { openTable } from "../table.js";
import { onChange, state } from "../address.js";
import { about, alternatives, planRows } from "./alternatives.js";

const THRESHOLD = 5000;
const STATUS = {
  new: { words: () => _("new"), badge: "badge good" },
  kept: { words: () => _("kept"), badge: "badge plain" },
  later: { words: () => _("later"), badge: "badge plain" },
  below: { words: () => _("below the threshold"), badge: "badge bad" },
};

function status(row) {
  const one = STATUS[row.status];
  return one ? h("span", { class: one.badge }, one.words()) : null;
}

function overview(list) {
  const fresh = list.filter((row) => row.status === "new");
  const below = list.filter((row) => row.status === "below");
  const figure = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));
  const range = (rows) => (rows.length ? `${number(Math.min(...rows.map((row) => row.households)))} – ${number(Math.max(...rows.map((row) => row.households)))}` : "–");
  return h(
    "section",
    { class: "stack-tight" },
    h("p", { class: "answer" }, ngettext("{n} new mega-community of at least {least} households.", "{n} new mega-communities of at least {least} households.", fresh.length, { least: number(THRESHOLD) })),
    below.length ? h("p", {}, ngettext("{n} region stays below the threshold.", "{n} regions stay below the threshold.", below.length)) : null,
    h("dl", { class: "figures" }, figure(_("Regions"), number(list.length)), figure(_("Households of a new one"), range(fresh))),
  );
}

function tableOf(list) {
  openTable({
    title: _("Proposed mega-communities"),
    layer: "regions",
    rows: list,
    sort: "households",
    columns: [
      { id: "name", title: _("Region"), value: (row) => row.name ?? row.code },
      { id: "status", title: _("Status"), value: (row) => STATUS[row.status]?.words() ?? row.status, show: status },
      { id: "households", title: _("Households"), number: true, value: (row) => row.households, show: estimated },
      { id: "units", title: _("Blocks"), number: true, value: (row) => row.units, show: (row) => (row.units === null ? null : number(row.units)) },
      { id: "walk", title: _("Mean walk to the centre"), number: true, value: (row) => row.mean_walk_m, show: (row) => (row.mean_walk_m === null || row.mean_walk_m === undefined ? null : metres(row.mean_walk_m)) },
      { id: "compactness", title: _("Compactness, 1 a circle"), number: true, value: (row) => row.compactness, show: (row) => (row.compactness === null || row.compactness === undefined ? null : number(row.compactness, 2)) },
    ],
  });
}

function item(plan) {
  return (row) => {
    const listed = placed(row);
    return plan ? placeItem({ ...listed, code: `region:${plan}:${row.code}`, layer: "plan", markCode: row.code }) : placeItem(listed);
  };
}

function placed(row) {
  const walk = row.mean_walk_m === null || row.mean_walk_m === undefined ? null : _("{metres} to the centre on average", { metres: metres(row.mean_walk_m) });
  return { code: row.code, layer: "regions", name: row.name ?? row.code, context: [status(row), walk ? ` ${walk}` : null].filter(Boolean), figure: households(row.households) };
}

function regions(sorted, plan, told) {
  const made = madeWhen("plans");
  return [
    overview(sorted),
    h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(sorted) }, icon("table"), _("All regions as a table")),
    h("a", { class: "button", href: "/plans" }, _("Shape plans by hand")),
    growing(sorted, item(plan)),
    ...(told ? about(told) : []),
    h("p", { class: "quiet small" }, _("Residents' committees inside a mega-community stay what they are in law.")),
    made ? h("p", { class: "quiet small" }, made) : null,
  ].filter(Boolean);
}

// The regions of one plan with what there is to say about it; without a plan those of the newest.
async function regionsOf(plan) {
  if (!plan) return regions(bySize(await rows("regions")), null, null);
  const [found, told] = await Promise.all([planRows(plan), ask(`/api/plans/${plan}/review`)]);
  colour(told.colours);
  const names = new Map(told.offices.map((one) => [one.region, one.name]));
  return regions(bySize(found.map((row) => ({ ...row, name: names.get(row.code) ?? row.code }))), plan, told);
}

function bySize(found) {
  if (!found.length) throw new Error(_("The plan has no regions."));
  return [...found].sort((a, b) => b.households - a.households);
}

let current = null;

onChange(["plan"], () => current?.());

export function renderPlans(place) {
  const notice = stateNotice("plans");
  const never = analysis("plans").status === "never";
  if (notice && analysis("plans").status !== "running") place.append(notice);
  const content = h("div", { class: "stack" }, skeleton(6));
  let turn = 0;
  const show = (plan) => {
    const mine = ++turn;
    if (never && !plan) {
      content.replaceChildren();
      return;
    }
    regionsOf(plan)
      .then((parts) => mine === turn && content.replaceChildren(...parts))
      .catch((error) => mine === turn && content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
  };
  const choice = alternatives(show);
  current = () => state.task === "plans" && choice.redraw();
  place.append(choice.place, content);
}
