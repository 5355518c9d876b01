// Words for codes that rows of results carry.
import { lang } from "./config.js";
import { _ } from "./strings.js";

const CAUSES = {
  walls: () => _("walls"),
  closed_management: () => _("closed management"),
  employer: () => _("an employer's compound"),
  geography: () => _("river, hill or railway"),
  boundaries: () => _("interleaved boundaries"),
  several: () => _("several causes"),
};
const GRID_KINDS = {
  basic: () => _("basic grid"),
  rural: () => _("rural grid"),
  dedicated: () => _("dedicated grid"),
};
const FINDINGS = {
  refused: () => _("would be refused at import"),
  invalid_shape: () => _("invalid shape"),
  overlap: () => _("overlap"),
  gap: () => _("gap"),
  outside: () => _("outside of its parent"),
  orphan: () => _("belongs nowhere"),
  far_gate: () => _("gate away from the boundary"),
  loose_end: () => _("way that isn't joined"),
  dead_reference: () => _("reference that leads nowhere"),
  count: () => _("counts that disagree"),
  code_twice: () => _("code used twice"),
  value: () => _("value out of range"),
};

// In the order in which they are offered.
export const SERVICES = {
  elderly_care: () => _("care for the old"),
  childcare: () => _("childcare"),
  health: () => _("health"),
  culture_sport: () => _("culture and sport"),
  household_service: () => _("household services"),
  green: () => _("green"),
  school: () => _("school"),
  market: () => _("market"),
  service_centre: () => _("service centre"),
  committee_office: () => _("committee office"),
};

export function serviceWord(code) {
  return SERVICES[code]?.() ?? code;
}

export function findingKind(code) {
  return FINDINGS[code]?.() ?? code;
}

export function cause(code) {
  return CAUSES[code]?.() ?? null;
}

export function gridKind(code) {
  return GRID_KINDS[code]?.() ?? null;
}

const DAYS = { Mo: "周一", Tu: "周二", We: "周三", Th: "周四", Fr: "周五", Sa: "周六", Su: "周日", PH: "节假日" };
const ENGLISH_DAYS = { Mo: "Mon", Tu: "Tue", We: "Wed", Th: "Thu", Fr: "Fri", Sa: "Sat", Su: "Sun", PH: "holidays" };
const DAY = "(Mo|Tu|We|Th|Fr|Sa|Su|PH)";

// Opening hours in OSM's syntax, as people read them; anything else stays as it is.
export function hours(text) {
  if (text === "24/7") return _("day and night");
  if (!new RegExp(`^${DAY}\\b`).test(text)) return text;
  const names = lang === "zh" ? DAYS : ENGLISH_DAYS;
  return text
    .replace(new RegExp(`${DAY}-${DAY}`, "g"), (_whole, from, to) => (lang === "zh" ? `${names[from]}至${names[to]}` : `${names[from]}–${names[to]}`))
    .replace(new RegExp(`\\b${DAY}\\b`, "g"), (day) => names[day])
    .replace(/(\d{2}:\d{2})-(\d{2}:\d{2})/g, "$1–$2")
    .replace(/;\s*/g, lang === "zh" ? "；" : "; ")
    .replace(/\boff\b/g, _("closed"));
}
