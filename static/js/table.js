// A table from below, sorted and filtered, linked with the map both ways.
import { change, onChange, state } from "./address.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { hover, onHover } from "./map.js";
import { onRoom } from "./sheet.js";
import { _, compare, ngettext } from "./strings.js";

let shown = null; // { title, columns, rows, layer, sort, descending, query }

function sorted() {
  const { rows, columns, sort, descending, query } = shown;
  const column = columns.find((one) => one.id === sort);
  const key = (row) => (column.sort ?? column.value)(row);
  const wanted = query.trim().toLowerCase();
  const found = wanted ? rows.filter((row) => columns.some((one) => String(one.value(row) ?? "").toLowerCase().includes(wanted))) : [...rows];
  const empty = (value) => value === null || value === undefined || value === "";
  return found.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (empty(x) || empty(y)) return empty(x) - empty(y); // what isn't known comes last, whichever way
    const order = typeof x === "number" ? x - y : compare(String(x), String(y));
    return descending ? -order : order;
  });
}

function sortBy(id) {
  shown.descending = shown.sort === id ? !shown.descending : Boolean(shown.columns.find((one) => one.id === id).number);
  shown.sort = id;
  render();
}

function heading(column) {
  const here = shown.sort === column.id;
  return h(
    "th",
    { scope: "col", class: column.number ? "number" : null, "aria-sort": here ? (shown.descending ? "descending" : "ascending") : null },
    h("button", { type: "button", onclick: () => sortBy(column.id) }, column.title, icon("chevron-down")),
  );
}

function cell(column, row, n) {
  const content = column.show ? column.show(row) : column.value(row);
  const words = content === null || content === undefined || content === "" ? "–" : content;
  if (n === 0) return h("td", {}, h("button", { type: "button", class: "name", onclick: () => change({ place: row.code }) }, words));
  return h("td", { class: column.number ? "number" : null }, words);
}

function line(row) {
  return h(
    "tr",
    {
      "data-code": row.code,
      "aria-selected": String(row.code === state.place),
      onclick: () => change({ place: row.code }),
      onpointerenter: () => hover(shown.layer, row.code),
      onpointerleave: () => hover(null),
    },
    shown.columns.map((column, n) => cell(column, row, n)),
  );
}

function render() {
  const rows = sorted();
  const scroll = byId("drawer").querySelector(".drawer-scroll");
  scroll.querySelector("thead").replaceChildren(h("tr", {}, shown.columns.map(heading)));
  scroll.querySelector("tbody").replaceChildren(...rows.map(line));
  byId("drawer").querySelector("[role=status]").textContent = ngettext("{n} row", "{n} rows", rows.length);
}

export function openTable({ title, columns, rows, layer, sort, descending = true }) {
  shown = { title, columns, rows, layer, sort, descending, query: "" };
  const filter = h("input", { type: "search", class: "field", placeholder: _("Filter"), "aria-label": _("Filter the table"), oninput: (event) => {
    shown.query = event.target.value;
    render();
  } });
  byId("drawer").replaceChildren(
    h("div", { class: "drawer-head" }, h("h2", {}, title), h("span", { class: "quiet small", role: "status" }), filter, iconButton("x", _("Close the table"), closeTable)),
    h("div", { class: "drawer-scroll", tabindex: "0" }, h("table", { class: "table" }, h("caption", { class: "visually-hidden" }, title), h("thead"), h("tbody"))),
  );
  byId("drawer").hidden = false;
  document.body.classList.add("has-drawer");
  render();
  filter.focus({ preventScroll: true });
}

export function closeTable() {
  shown = null;
  byId("drawer").hidden = true;
  document.body.classList.remove("has-drawer");
}

function markRow() {
  if (!shown) return;
  for (const row of byId("drawer").querySelectorAll("tbody tr")) {
    const here = row.dataset.code === state.place;
    row.setAttribute("aria-selected", String(here));
    if (here) row.scrollIntoView({ block: "nearest" });
  }
}

export function startTable() {
  onChange(["place"], markRow);
  onChange(["task"], closeTable);
  onRoom(() => matchMedia("(max-width: 1023px)").matches && document.body.dataset.sheet === "all" && closeTable());
  onHover((found) => {
    if (!shown) return;
    byId("drawer").querySelector("tr.is-hovered")?.classList.remove("is-hovered");
    if (found?.code) byId("drawer").querySelector(`tr[data-code="${CSS.escape(String(found.code))}"]`)?.classList.add("is-hovered");
  });
}
