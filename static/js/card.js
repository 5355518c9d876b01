// The card of a place: name and the sentence that matters, figures, parts, method.
import { change } from "./address.js";
import { h, icon, iconButton } from "./dom.js";
import { hover } from "./map.js";
import { _, number } from "./strings.js";
import { hours } from "./words.js";

function value(figure) {
  const raw = figure.value;
  if (raw === null || raw === undefined || raw === "") return h("dd", { class: "words quiet" }, _("not known"));
  const text = typeof raw === "number" ? number(raw, Number.isInteger(raw) ? 0 : 2) : String(raw);
  const words = typeof raw !== "number" && (text.length > 10 || !/\d/.test(text));
  return h("dd", { class: words ? "words" : null }, text, figure.unit ? h("small", {}, figure.unit) : null);
}

function figures(list) {
  if (!list?.length) return null;
  return h(
    "dl",
    { class: "figures" },
    list.map((figure) =>
      h("div", {}, h("dt", {}, figure.label, figure.derived ? [" ", h("span", { class: "derived", title: _("Derived from other data, not counted") }, ["· ", _("derived")])] : null), value(figure)),
    ),
  );
}

export function placeLink(code, words, layer = null) {
  return h(
    "a",
    {
      href: `#place=${encodeURIComponent(code)}`,
      onclick: (event) => {
        event.preventDefault();
        change({ place: code });
      },
      onmouseenter: () => layer && hover(layer, code),
      onmouseleave: () => layer && hover(null),
    },
    words,
  );
}

function row({ label, value: content, code }) {
  const words = content === null || content === undefined || content === "" ? _("not known") : typeof content === "number" ? number(content, 2) : hours(String(content));
  const phone = /^\+?[\d\s-]{7,}$/.test(words) && /\d{3,4}-?\d{7,8}|1\d{10}/.test(words.replace(/\s/g, ""));
  return [h("dt", {}, label), h("dd", {}, code ? placeLink(code, words) : phone ? h("a", { href: `tel:${words.replace(/[\s-]/g, "")}` }, words) : words)];
}

function parts(list) {
  return (list ?? []).filter((part) => part.rows?.length).map((part) => h("section", { class: "stack-tight" }, part.title ? h("h3", {}, part.title) : null, h("dl", { class: "rows" }, part.rows.map(row))));
}

function copyCode(code) {
  const label = h("span", {}, code);
  return h(
    "p",
    { class: "quiet small" },
    label,
    " ",
    h(
      "button",
      {
        type: "button",
        class: "link-button",
        onclick: async () => {
          try {
            await navigator.clipboard.writeText(code);
            label.textContent = _("Copied");
            setTimeout(() => (label.textContent = code), 1200);
          } catch {
            getSelection().selectAllChildren(label); // no clipboard without a secure connection: mark it instead
          }
        },
      },
      _("Copy the code"),
    ),
  );
}

const PUBLIC = new Set(["streets", "communities", "compounds", "grids", "buildings", "stairwells", "gates", "centres", "facilities"]);

function actions(list) {
  if (!list?.length) return null;
  return h("p", { class: "buttons" }, list.map((action) => h("a", { class: "button", href: action.href }, action.label)));
}

const STATES = { stale: () => _("Made from older data"), running: () => _("Being computed"), failed: () => _("The computation failed") };

export function renderCard(card, { onClose, extra = null }) {
  const above = (card.parents ?? []).filter((parent) => parent.name);
  return h(
    "article",
    { class: "stack", "aria-labelledby": "card-title" },
    h(
      "header",
      { class: "stack-tight" },
      h(
        "div",
        { class: "head" },
        h("div", {}, h("p", { class: "quiet small" }, [card.layer_name, card.kind?.label].filter(Boolean).join(" · ")), h("h2", { id: "card-title" }, card.name || card.layer_name)),
        iconButton("x", _("Close"), onClose),
      ),
      above.length ? h("p", { class: "quiet small" }, above.map((parent, n) => [n ? " › " : "", placeLink(parent.code, parent.name, parent.layer)])) : null,
    ),
    card.sentence ? h("p", { class: "answer" }, card.sentence) : null,
    STATES[card.state] ? h("p", {}, h("span", { class: "badge" }, STATES[card.state]())) : null,
    actions(card.actions),
    figures(card.figures),
    extra,
    parts(card.parts),
    card.method ? h("details", { class: "method" }, h("summary", {}, icon("info"), " ", _("How it was measured")), h("p", { class: "quiet small" }, card.method)) : null,
    PUBLIC.has(card.layer) ? h("p", {}, h("a", { href: `/p/${encodeURIComponent(card.code)}` }, _("The page for residents, with its door plate"))) : null,
    card.code ? copyCode(card.code) : null,
  );
}
