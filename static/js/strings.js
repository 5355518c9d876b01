// Words in the page's language; the English is the key. `{name}` stands for a parameter.
import { lang } from "./config.js";

const strings = JSON.parse(document.getElementById("strings").textContent);
const locale = lang === "zh" ? "zh-CN" : "en";

function filled(text, params) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? params[name] : whole));
}

export function _(english, params = {}) {
  const found = strings[english];
  return filled(Array.isArray(found) ? found[0] : (found ?? english), params);
}

export function ngettext(one, many, n, params = {}) {
  const found = strings[one];
  const text = found ? found[Math.min(found.length - 1, n === 1 ? 0 : 1)] : n === 1 ? one : many;
  return filled(text, { n: number(n), ...params });
}

const formats = new Map();

export function number(value, digits = 0) {
  if (!formats.has(digits)) formats.set(digits, new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
  return formats.get(digits).format(value);
}

export function share(value) {
  return `${number(value * 100)}%`;
}

export function metres(value) {
  if (value === null || value === undefined) return "–";
  return value < 1000 ? _("{n} m", { n: number(value) }) : _("{n} km", { n: number(value / 1000, 1) });
}

export function households(value) {
  return value === null || value === undefined ? "–" : ngettext("{n} household", "{n} households", value);
}

// The households of a row; where they were worked out with the range in which they may lie.
export function estimated(row) {
  if (row.households === null || row.households === undefined) return "–";
  if (!Number.isFinite(row.households_low)) return number(row.households);
  return _("about {count} ({low}–{high})", { count: number(row.households), low: number(row.households_low), high: number(row.households_high) });
}

// As the clock on the offices' wall shows it, wherever the browser is.
export function when(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Shanghai" }).format(new Date(iso));
}

export function compare(a, b) {
  return a.localeCompare(b, locale, { numeric: true });
}
