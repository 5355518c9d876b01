// A table from below, sorted and filtered, linked with the map both ways.
import { change, onChange, state } from "./address.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { hover, onHover } from "./map.js";
import { onRoom } from "./sheet.js";
import { _, compare, ngettext } from "./strings.js";

const STEP = 150;

let shown = null; // { title, columns, rows, layer, sort, descending, query, only }

function sorted() {
  const { columns, sort, descending, query, only } = shown;
  const rows = shown.rows.filter((row) => Object.entries(only).every(([id, word]) => (columns.find((one) => one.id === id).value(row) ?? "") === word));
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
  const body = scroll.querySelector("tbody");
  body.replaceChildren(...rows.slice(0, STEP).map(line));
  shown.left = rows.slice(STEP);
  byId("drawer").querySelector("[role=status]").textContent = ngettext("{n} row", "{n} rows", rows.length);
}

// The next rows of a long table, when the end of it comes into sight.
function growTable() {
  const scroll = byId("drawer").querySelector(".drawer-scroll");
  if (!shown?.left.length || scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 400) return;
  scroll.querySelector("tbody").append(...shown.left.splice(0, STEP).map(line));
}

// All rows, before one of them is looked for.
function wholeTable() {
  byId("drawer").querySelector("tbody").append(...shown.left.splice(0).map(line));
}

// A choice among the words of a column.
function columnFilter(id) {
  const column = shown.columns.find((one) => one.id === id);
  const words = [...new Set(shown.rows.map((row) => column.value(row)).filter(Boolean))].sort(compare);
  const choose = (event) => {
    if (event.target.value) shown.only[id] = event.target.value;
    else delete shown.only[id];
    render();
  };
  return h("select", { class: "field", name: id, "aria-label": column.title, onchange: choose }, h("option", { value: "" }, column.title), words.map((word) => h("option", { value: word }, word)));
}

export function openTable({ title, columns, rows, layer, sort, descending = true, filters = [] }) {
  shown = { title, columns, rows, layer, sort, descending, query: "", only: {}, left: [] };
  const filter = h("input", { type: "search", class: "field", placeholder: _("Filter"), "aria-label": _("Filter the table"), oninput: (event) => {
    shown.query = event.target.value;
    render();
  } });
  byId("drawer").replaceChildren(
    h("div", { class: "drawer-head" }, h("h2", {}, title), h("span", { class: "quiet small", role: "status" }), ...filters.map(columnFilter), filter, iconButton("x", _("Close the table"), closeTable)),
    h("div", { class: "drawer-scroll", tabindex: "0", onscroll: growTable }, h("table", { class: "table" }, h("caption", { class: "visually-hidden" }, title), h("thead"), h("tbody"))),
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
  if (shown.left.some((row) => row.code === state.place)) wholeTable();
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
