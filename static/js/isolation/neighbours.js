// Of a compound's card: the parts of its score, its worst neighbours, and the walk to a chosen one against the straight line.
import { h } from "../dom.js";
import { rows } from "../fetching.js";
import { flyTo } from "../map.js";
import { _, metres, number } from "../strings.js";
import { patiently, walkPatiently } from "./asking.js";
import { drawWalk } from "./drawing.js";

const PARTS = {
  neighbours: { most: 30, label: () => _("neighbours that can't be reached") },
  directness: { most: 25, label: () => _("roundabout walks") },
  reach: { most: 20, label: () => _("people within a 500 m walk") },
  openings: { most: 15, label: () => _("long boundary without an opening") },
  office: { most: 10, label: () => _("walk to the committee's office") },
};
const FIRST = 5;

function scoreParts(row) {
  const parts = Object.entries(row?.parts ?? {}).filter(([name]) => PARTS[name]);
  if (!parts.length) return null;
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("What its score is made of")),
    h("ul", { class: "stack-tight small" }, parts.map(([name, points]) => h("li", { class: "legend-row" }, h("span", { class: "words" }, PARTS[name].label()), h("meter", { min: 0, max: PARTS[name].most, value: points, "aria-hidden": "true" }), h("span", {}, _("{n} of {most}", { n: number(points, 1), most: PARTS[name].most }))))),
    h("p", { class: "quiet small" }, _("They add up to the score of {score}; 100 is the worst.", { score: number(row.score, 1) })),
  );
}

function box(coordinates) {
  const lon = coordinates.map((one) => one[0]);
  const lat = coordinates.map((one) => one[1]);
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}

async function showWalk(one, said) {
  said.replaceChildren(_("Looking for the walk …"));
  try {
    const walk = await walkPatiently({ from: one.from.join(","), to: one.to });
    const ends = [one.from, walk.to.point];
    drawWalk(walk.line, ends);
    flyTo({ bbox: box([...ends, ...(walk.line?.coordinates ?? [])]) });
    const straight = metres(walk.straight_m);
    said.replaceChildren(walk.reaches ? _("{walk} on foot (the line), {straight} straight (the dots).", { walk: metres(walk.length_m), straight }) : _("No way leads there for the public; straight it is {straight}.", { straight }), " ", h("span", { class: "quiet" }, _("Between two buildings for which the walk is typical.")));
  } catch (error) {
    said.replaceChildren(error.message);
  }
}

function item(one, said) {
  const name = one.name ?? _("Compound without a name");
  const figure = one.reached ? _("{detour} longer, {n} times the line", { detour: metres(one.detour_m), n: number(one.directness, 1) }) : _("can't be reached");
  return h("li", {}, h("button", { type: "button", class: "item", "data-neighbour": one.code, disabled: !one.to, onclick: () => showWalk(one, said) }, h("span", { class: "what" }, h("span", { class: "name" }, name), h("span", { class: "context" }, figure))));
}

function neighbours(list) {
  if (!list.length) return h("p", { class: "quiet small" }, _("No other compound within 150 m."));
  const said = h("p", { class: "small", role: "status" }, _("Choose one to see the walk."));
  const more = list.length > FIRST ? h("button", { type: "button", class: "button" }, _("Show {n} more", { n: list.length - FIRST })) : null;
  const shown = h("ul", { class: "list" }, list.slice(0, FIRST).map((one) => item(one, said)));
  more?.addEventListener("click", () => {
    shown.append(...list.slice(FIRST).map((one) => item(one, said)));
    more.remove();
  });
  return [said, shown, more];
}

export function neighbourParts(code) {
  const parts = h("div", {});
  const place = h("div", { class: "stack-tight" }, h("p", { class: "quiet small" }, _("Being worked out …")));
  rows("isolation").then((found) => parts.replaceChildren(...[scoreParts(found.find((one) => one.code === code))].filter(Boolean))).catch(() => {}); // the card holds without them
  patiently("/api/isolation/neighbours", { compound: code })
    .then((found) => place.replaceChildren(...[neighbours(found.neighbours)].flat().filter(Boolean)))
    .catch((error) => place.replaceChildren(h("p", { class: "quiet small" }, error.message)));
  return h("div", { class: "stack" }, parts, h("section", { class: "stack-tight" }, h("h3", {}, _("The neighbours that are worst to reach")), place));
}
