// Lists of places, linked with the map both ways.
import { change } from "./address.js";
import { h, svg } from "./dom.js";
import { hover } from "./map.js";
import { _ } from "./strings.js";

const STEP = 30;

// One place: a mark in front, name and context, a figure behind.
export function placeItem({ code, layer, name, context, figure, mark = null, markCode = code }) {
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "item",
        "data-code": code,
        onclick: () => change({ place: code }),
        onpointerenter: () => hover(layer, markCode),
        onpointerleave: () => hover(null),
        onfocus: () => hover(layer, markCode),
        onblur: () => hover(null),
      },
      mark,
      h("span", { class: "what" }, h("span", { class: "name" }, name), context ? h("span", { class: "context" }, context) : null),
      figure ? h("span", { class: "figure" }, figure) : null,
    ),
  );
}

// A long list in steps: the first rows, and a button for the next.
export function growing(rows, item, { step = STEP } = {}) {
  const list = h("ul", { class: "list" });
  const more = h("button", { type: "button", class: "button" });
  let shown = 0;
  const grow = () => {
    list.append(...rows.slice(shown, shown + step).map(item));
    shown = Math.min(shown + step, rows.length);
    more.textContent = _("Show {n} more", { n: Math.min(step, rows.length - shown) });
    more.hidden = shown >= rows.length;
  };
  more.addEventListener("click", grow);
  grow();
  return h("div", { class: "stack-tight" }, list, more);
}

// A colour with its form: plain, hatched or a line, as the map draws it.
export function swatch(colour, { hatched = false, outlined = false } = {}) {
  const id = `hatch-${Math.random().toString(36).slice(2)}`;
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 20 14", "aria-hidden": "true" },
    hatched
      ? svg("defs", {}, svg("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("rect", { width: 5, height: 5, fill: colour }), svg("rect", { width: 1.4, height: 5, fill: hatched })))
      : null,
    svg("rect", { x: 0.75, y: 0.75, width: 18.5, height: 12.5, rx: 3, fill: hatched ? `url(#${id})` : colour, stroke: outlined || "rgb(128 128 128 / 45%)", "stroke-width": outlined ? 1.5 : 1 }),
  );
}

// Shares of a whole as one bar; the words and figures stand beside it.
export function shareBar(pieces) {
  const total = pieces.reduce((sum, piece) => sum + piece.count, 0) || 1;
  let x = 0;
  const rects = pieces.map(({ count, colour }) => {
    const width = (count / total) * 100;
    const rect = svg("rect", { x, y: 0, width: Math.max(width - 0.4, 0), height: 10, fill: colour });
    x += width;
    return rect;
  });
  return h("div", { class: "bar", "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none" }, rects));
}
