// Search: places by name, address, code, pinyin initials; all of it by keyboard.
import { change } from "./address.js";
import { byId, h } from "./dom.js";
import { ask } from "./fetching.js";
import { flyTo, hover } from "./map.js";
import { unfold } from "./sheet.js";
import { _ } from "./strings.js";

const PAUSE = 140;
let results = [];
let active = -1;
let asking = null;
let waiting = null;

function field() {
  return byId("search");
}

function box() {
  return document.querySelector(".results");
}

function open(shown) {
  box().hidden = !shown;
  field().setAttribute("aria-expanded", String(shown));
  if (!shown) {
    active = -1;
    field().removeAttribute("aria-activedescendant");
    hover(null);
  }
}

function note(words) {
  const place = box().querySelector("[role=status]");
  place.textContent = words;
  place.hidden = !words;
}

function marked(name, query) {
  const at = name.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return name;
  return [name.slice(0, at), h("mark", {}, name.slice(at, at + query.length)), name.slice(at + query.length)];
}

function choose(n) {
  const found = results[n];
  if (!found) return;
  open(false);
  field().value = found.name;
  field().blur();
  change({ place: found.code });
  flyTo(found);
}

function activate(n) {
  active = n;
  const options = [...byId("results").children];
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === n)));
  if (options[n]) {
    field().setAttribute("aria-activedescendant", options[n].id);
    options[n].scrollIntoView({ block: "nearest" });
    hover(results[n].layer, results[n].code);
  }
}

function render(query, more) {
  byId("results").replaceChildren(
    ...results.map((found, n) =>
      h(
        "li",
        { id: `result-${n}`, role: "option", class: "result", "aria-selected": "false", onclick: () => choose(n), onpointerenter: () => hover(found.layer, found.code), onpointerdown: (event) => event.preventDefault() },
        h("span", { class: "name" }, h("span", {}, marked(found.name || found.context || found.layer_name, query)), h("span", { class: "quiet small" }, found.layer_name)),
        found.context ? h("span", { class: "quiet small" }, found.context) : null,
      ),
    ),
  );
  if (!results.length) note(_("Nothing found for “{query}”. Try part of a name, an address, a code or the initials of the pinyin.", { query }));
  else note(more ? _("There are more: type more letters to narrow it down.") : "");
  open(true);
}

async function search() {
  const query = field().value.trim();
  byId("search-clear").hidden = !field().value;
  asking?.abort();
  if (!query) {
    results = [];
    open(false);
    return;
  }
  asking = new AbortController();
  try {
    const answer = await ask("/api/search", { q: query, limit: 12, signal: asking.signal });
    results = answer.results;
    active = -1;
    render(query, answer.more);
  } catch (error) {
    if (error.name === "AbortError") return;
    results = [];
    byId("results").replaceChildren();
    note(error.message);
    open(true);
  }
}

function onKey(event) {
  if (event.isComposing) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (steps[event.key] && results.length) {
    event.preventDefault();
    activate((active + steps[event.key] + results.length) % results.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (results.length) choose(Math.max(active, 0));
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (box().hidden) clear();
    else open(false);
  }
}

function clear() {
  field().value = "";
  search();
  field().focus();
}

export function focusSearch() {
  unfold();
  field().focus();
  field().select();
}

export function startSearch() {
  field().addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  field().addEventListener("keydown", onKey);
  field().addEventListener("focus", () => results.length && open(true));
  field().addEventListener("blur", () => open(false));
  byId("search-clear").addEventListener("click", clear);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      focusSearch();
    }
  });
}
