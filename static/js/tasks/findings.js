// What the check of the data found: points on the map, a list, and a card for each.
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { FINDINGS } from "../answers.js";
import { lang, layers } from "../config.js";
import { h, skeleton, svg } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem } from "../lists.js";
import { palette } from "../palette.js";
import { _, number } from "../strings.js";
import { findingKind } from "../words.js";

function mark(severity) {
  const r = severity === "error" ? 5.5 : 4;
  return svg("svg", { class: "swatch", viewBox: "0 0 20 14", "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 7, r, fill: palette()[FINDINGS[severity].colour] }));
}

// The legend's entries: the mark and its words.
export function findingEntries() {
  return Object.entries(FINDINGS).map(([severity, one]) => ({ mark: mark(severity), label: one.label() }));
}

function sentence(row) {
  return lang === "zh" ? row.words_zh : row.words_en;
}

function size(row) {
  if (typeof row.area_m2 === "number") return _("{area} m²", { area: number(row.area_m2, 1) });
  if (typeof row.length_m === "number") return _("{length} m", { length: number(row.length_m, 2) });
  return typeof row.count === "number" ? number(row.count) : null;
}

// The card of a finding; there is no such place, but the place that it is about has a card of its own.
export async function findingCard(rank) {
  const row = (await rows("findings")).find((one) => one.rank === rank);
  if (!row) throw Object.assign(new Error(_("This finding isn't there any more.")), { status: 410 });
  const about = row.place_code ? [{ label: layers.get(row.layer)?.name ?? row.layer, value: row.place_code, code: row.place_code }] : [];
  return {
    layer: "findings",
    layer_name: layers.get("findings")?.name ?? _("Data quality"),
    name: findingKind(row.kind),
    kind: { label: FINDINGS[row.severity].label() },
    sentence: sentence(row),
    figures: size(row) ? [{ label: _("How much"), value: size(row) }] : [],
    parts: [{ title: _("Place"), rows: about }],
    point: row.point,
  };
}

function item(row) {
  return placeItem({ code: `finding:${row.rank}`, layer: null, name: findingKind(row.kind), context: sentence(row), mark: mark(row.severity), figure: size(row) });
}

export function findingSection() {
  const notice = stateNotice("check");
  const content = h("div", { class: "stack-tight" }, analysis("check").status === "never" ? null : skeleton(3));
  if (analysis("check").status !== "never") {
    rows("findings")
      .then((found) => {
        const made = madeWhen("check");
        content.replaceChildren(...[found.length ? growing(found, item, { step: 10 }) : h("p", { class: "quiet" }, _("Nothing was found.")), made ? h("p", { class: "quiet small" }, made) : null].filter(Boolean));
      })
      .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
  }
  return h("section", { class: "stack-tight" }, h("h3", {}, _("Data quality")), notice, content);
}
