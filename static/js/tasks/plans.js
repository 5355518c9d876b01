// Plans: the proposed mega-communities, their households and status.
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem } from "../lists.js";
import { _, households, metres, ngettext, number } from "../strings.js";
import { openTable } from "../table.js";

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
      { id: "households", title: _("Households"), number: true, value: (row) => row.households, show: (row) => number(row.households) },
      { id: "units", title: _("Blocks"), number: true, value: (row) => row.units, show: (row) => (row.units === null ? null : number(row.units)) },
      { id: "walk", title: _("Mean walk to the centre"), number: true, value: (row) => row.mean_walk_m, show: (row) => (row.mean_walk_m === null || row.mean_walk_m === undefined ? null : metres(row.mean_walk_m)) },
      { id: "compactness", title: _("Compactness, 1 a circle"), number: true, value: (row) => row.compactness, show: (row) => (row.compactness === null || row.compactness === undefined ? null : number(row.compactness, 2)) },
    ],
  });
}

function item(row) {
  const walk = row.mean_walk_m === null || row.mean_walk_m === undefined ? null : _("{metres} to the centre on average", { metres: metres(row.mean_walk_m) });
  return placeItem({ code: row.code, layer: "regions", name: row.name ?? row.code, context: [status(row), walk ? ` ${walk}` : null].filter(Boolean), figure: households(row.households) });
}

export function renderPlans(place) {
  const notice = stateNotice("plans");
  if (notice) place.append(notice);
  if (analysis("plans").status === "never") return;
  const content = h("div", { class: "stack" }, skeleton(6));
  place.append(content);
  rows("regions")
    .then((found) => {
      if (!found.length) {
        content.replaceChildren(h("p", { class: "notice" }, _("The plan has no regions.")));
        return;
      }
      const sorted = [...found].sort((a, b) => b.households - a.households);
      const made = madeWhen("plans");
      content.replaceChildren(
        ...[
          overview(sorted),
          h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(sorted) }, icon("table"), _("All regions as a table")),
          h("a", { class: "button", href: "/plans" }, _("Shape plans by hand")),
          growing(sorted, item),
          h("p", { class: "quiet small" }, _("Residents' committees inside a mega-community stay what they are in law.")),
          made ? h("p", { class: "quiet small" }, made) : null,
        ].filter(Boolean),
      );
    })
    .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}
