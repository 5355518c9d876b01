// Two plans side by side: maps that move together, the regions of both, and who changes.
import { byId, h } from "../dom.js";
import { ask } from "../fetching.js";
import { _, households, metres, ngettext, number, share } from "../strings.js";
import { Drawing, flyTo, startMap } from "./draw.js";
import { boxAround, loadGround } from "./ground.js";

const place = byId("maps");
const SHOWN = 300; // rows of a table; the rest on demand

function linked(one, other) {
  let led = false;
  const lead = (from, to) => from.on("move", () => {
    if (led) return;
    led = true;
    to.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
    led = false;
  });
  lead(one, other);
  lead(other, one);
}

async function side(ground, found, id) {
  const map = startMap(ground, `map-${id}`);
  byId(`title-${id}`).textContent = found.title;
  const drawing = new Drawing(map, ground, () => found.region);
  await new Promise((drawn) => map.once("load", drawn));
  drawing.all();
  const labels = Object.keys(found.names).map(Number);
  drawing.names(labels.map((label) => ({ label, words: found.names[label], members: found.region.flatMap((one, block) => (one === label ? [block] : [])) })));
  return { map, drawing };
}

function table(head, rows) {
  const cells = (row, tag) => row.map(([value, kind], i) => h(tag, { class: kind, ...(tag === "td" ? { "data-label": head[i][0] } : { scope: "col" }) }, value));
  const body = h("tbody", {}, rows.slice(0, SHOWN).map((row) => h("tr", {}, cells(row, "td"))));
  const more = rows.length > SHOWN ? h("button", { type: "button", class: "button", onclick: ({ target }) => {
    body.append(...rows.slice(SHOWN).map((row) => h("tr", {}, cells(row, "td"))));
    target.remove();
  } }, _("All {n} rows", { n: number(rows.length) })) : null;
  return [h("table", { class: "folding" }, h("thead", {}, h("tr", {}, cells(head, "th"))), body), more];
}

function regionRows(found) {
  const { a, b, partner } = found;
  const walk = (row) => (row?.mean_walk_m === null || row === undefined ? "–" : metres(row.mean_walk_m));
  const pairs = Object.entries(partner);
  const alone = Object.keys(b.names).filter((label) => !pairs.some(([, to]) => String(to) === label));
  const line = (from, to) => {
    const [x, y] = [a.figures[from], b.figures[to]];
    return [
      [a.names[from] ?? "–", "words"], [x ? number(x.households) : "–", "number"],
      [b.names[to] ?? "–", "words"], [y ? number(y.households) : "–", "number"],
      [`${walk(x)} → ${walk(y)}`, "number"], [y ? share(y.beyond_15 ?? 0) : "–", "number"], [`${x ? number(x.polsby_popper, 2) : "–"} → ${y ? number(y.polsby_popper, 2) : "–"}`, "number"],
    ];
  };
  return [...pairs.map(([from, to]) => line(from, to)), ...alone.map((to) => line(undefined, to))];
}

function tables(found, show) {
  const { a, b, changed } = found;
  const compounds = changed.filter(({ kind }) => kind !== "rest");
  const name = (names, label) => (label < 0 ? _("unassigned") : names[label]);
  const lived = changed.filter((one) => one.households > 0);
  const rows = lived.sort((one, other) => other.households - one.households).map((one) => [
    [h("button", { type: "button", class: "link-button", onclick: () => show(one.block) }, one.name ?? _("part of {community}", { community: one.community })), "words"],
    [one.community, "words"], [number(one.households), "number"], [name(a.names, one.from), "words"], [name(b.names, one.to), "words"],
  ]);
  const named = ngettext("{n} compound or village", "{n} compounds and villages", compounds.length);
  const pieces = ngettext("{n} block", "{n} blocks", changed.length);
  const people = households(found.households);
  byId("answer").textContent = _("{households} of {all} change, in {compounds} and {blocks} in all.", { households: people, all: number(found.all_households), compounds: named, blocks: pieces });
  const empty = changed.length - lived.length;
  const quiet = ngettext("{n} more block where nobody lives goes elsewhere.", "{n} more blocks where nobody lives go elsewhere.", empty);
  byId("tables").replaceChildren(
    h("h2", {}, _("Regions")),
    ...table([[_("From"), ""], [_("Households"), "number"], [_("To"), ""], [_("Households"), "number"], [_("Mean walk"), "number"], [_("Beyond 15 minutes"), "number"], [_("Compactness"), "number"]], regionRows(found)).filter(Boolean),
    h("h2", {}, _("Who changes")),
    h("p", { class: "quiet small" }, a.side === "today" ? _("A community that is joined whole changes nobody; listed is who is parted from most of their community.") : _("Each region is set beside the one it shares most households with; listed is who is in another one.")),
    ...(rows.length ? table([[_("Compound or block"), ""], [_("Community"), ""], [_("Households"), "number"], [_("From"), ""], [_("To"), ""]], rows).filter(Boolean) : [h("p", {}, _("Nobody changes."))]),
    ...(empty ? [h("p", { class: "quiet small" }, quiet)] : []),
  );
}

async function start() {
  const found = await ask("/api/plans/compare", { a: place.dataset.a, b: place.dataset.b });
  const ground = await loadGround(`/api/plans/blocks/${found.set}`, `/api/plans/blocks/${found.set}/walks`);
  const sides = [];
  tables(found, (block) => {
    for (const { map, drawing } of sides) {
      drawing.mark("found", [block]);
      flyTo(map, boxAround(ground, [block]), { maxZoom: 15.5 });
    }
    place.scrollIntoView();
  });
  sides.push(await side(ground, found.a, "a"), await side(ground, found.b, "b"));
  linked(sides[0].map, sides[1].map);
  const changed = found.changed.map(({ block }) => block);
  for (const { drawing } of sides) drawing.mark("found", changed);
  flyTo(sides[0].map, boxAround(ground, found.a.region.map((_label, block) => block)), { maxZoom: 15 });
  document.body.dataset.ready = "true";
}

start().catch((error) => {
  console.error(error);
  byId("answer").textContent = error.message;
});
