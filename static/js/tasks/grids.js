// Grids and leaders: how many, who is missing where, each grid in a list.
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem } from "../lists.js";
import { _, compare, estimated, households, metres, ngettext, number } from "../strings.js";
import { openTable } from "../table.js";
import { gridKind } from "../words.js";

// A grid says between how many households it was to have; some from before this was kept don't.
function fits(row, households) {
  return households >= (row.size_least ?? 200) && households <= (row.size_most ?? 500);
}

function sizeWords(basic) {
  const { size_least: least, size_most: most } = basic[0] ?? {};
  const same = Number.isFinite(least) && basic.every((row) => row.size_least === least && row.size_most === most);
  return same ? _("Basic grids of {least} to {most}", { least: number(least), most: number(most) }) : _("Basic grids of the size asked for");
}

function vacant(row) {
  return row.leader === "vacant";
}

function leaderWords(row) {
  if (row.leader === "assigned") return _("leader in place");
  return vacant(row) ? _("no leader") : _("leader not known");
}

function overview(list) {
  const missing = list.filter(vacant).length;
  const basic = list.filter((row) => row.kind === "basic");
  const fitting = basic.filter((row) => fits(row, row.households));
  const within = fitting.length;
  const unsure = fitting.filter((row) => Number.isFinite(row.households_low) && !(fits(row, row.households_low) && fits(row, row.households_high))).length;
  const known = list.some((row) => row.leader);
  const words = !known
    ? ngettext("{n} grid.", "{n} grids.", list.length)
    : missing
      ? _("{missing} of {all} grids have no leader.", { missing: number(missing), all: number(list.length) })
      : _("Each of the {all} grids has its leader.", { all: number(list.length) });
  const figure = (label, value, unit = null) => h("div", {}, h("dt", {}, label), h("dd", {}, value, unit ? h("small", {}, unit) : null));
  const mean = basic.length ? basic.reduce((sum, row) => sum + row.households, 0) / basic.length : null;
  return h(
    "section",
    { class: "stack-tight" },
    h("p", { class: "answer" }, words),
    h(
      "dl",
      { class: "figures" },
      figure(_("Basic grids"), number(basic.length)),
      figure(_("Grids of villages and special ones"), number(list.length - basic.length)),
      figure(_("Households of a basic grid, mean"), mean === null ? "–" : number(mean)),
      figure(sizeWords(basic), basic.length ? `${number((within / basic.length) * 100)}%` : "–"),
    ),
    unsure ? h("p", { class: "quiet small" }, ngettext("{n} of these grids may have fewer or more: its households were worked out.", "{n} of these grids may have fewer or more: their households were worked out.", unsure)) : null,
  );
}

function tableOf(list) {
  openTable({
    title: _("Grids"),
    layer: "grids",
    rows: list,
    sort: "name",
    descending: false,
    columns: [
      { id: "name", title: _("Grid"), value: (row) => row.name ?? row.code },
      { id: "community", title: _("Community"), value: (row) => row.community_name ?? null },
      { id: "kind", title: _("Kind"), value: (row) => gridKind(row.kind) },
      { id: "households", title: _("Households"), number: true, value: (row) => row.households, show: estimated },
      { id: "buildings", title: _("Buildings"), number: true, value: (row) => row.buildings, show: (row) => (row.buildings === null ? null : number(row.buildings)) },
      { id: "walk", title: _("Walk inside"), number: true, value: (row) => row.walk_m, show: (row) => (row.walk_m === null || row.walk_m === undefined ? null : metres(row.walk_m)) },
      { id: "leader", title: _("Leader"), value: leaderWords, show: (row) => (vacant(row) ? h("span", { class: "badge bad" }, leaderWords(row)) : leaderWords(row)) },
    ],
  });
}

function between(row) {
  return Number.isFinite(row.households_low) ? _("{low}–{high} households, worked out", { low: number(row.households_low), high: number(row.households_high) }) : null;
}

function item(row) {
  return placeItem({
    code: row.code,
    layer: "grids",
    name: row.name ?? row.code,
    context: [row.community_name && !row.name?.includes(row.community_name) ? row.community_name : null, gridKind(row.kind), vacant(row) ? null : leaderWords(row), between(row)].filter(Boolean).join(" · "),
    figure: households(row.households),
    mark: vacant(row) ? h("span", { class: "badge bad" }, _("vacant")) : null,
  });
}

function list(found) {
  const sorted = [...found].sort((a, b) => vacant(b) - vacant(a) || compare(a.name ?? a.code, b.name ?? b.code));
  const only = h("input", { type: "checkbox" });
  const place = h("div", {});
  const fill = () => place.replaceChildren(growing(only.checked ? sorted.filter(vacant) : sorted, item, { step: 20 }));
  only.addEventListener("change", fill);
  fill();
  return h(
    "section",
    { class: "stack-tight" },
    h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(found) }, icon("table"), _("All grids as a table")),
    found.some(vacant) ? h("label", { class: "choice" }, only, h("span", {}, _("Only grids without a leader"))) : null,
    place,
  );
}

export function renderGrids(place) {
  const notices = [stateNotice("grids"), analysis("grids").status === "never" ? null : stateNotice("leaders")].filter(Boolean);
  place.append(...notices);
  if (analysis("grids").status === "never") return;
  const content = h("div", { class: "stack" }, skeleton(6));
  place.append(content);
  rows("grids")
    .then((found) => {
      const made = madeWhen("grids");
      content.replaceChildren(...(found.length ? [overview(found), list(found), made ? h("p", { class: "quiet small" }, made) : null] : [h("p", { class: "notice" }, _("No grid could be drawn."))]).filter(Boolean));
    })
    .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}
