// What if: gates that are put on the map, opened or closed to see what that changes; kept only when the planner says so.
import { change } from "../address.js";
import { ISOLATION } from "../answers.js";
import { config, lang } from "../config.js";
import { h, icon } from "../dom.js";
import { placeLink } from "../card.js";
import { ask } from "../fetching.js";
import { flyTo, pick } from "../map.js";
import { _, households, metres, ngettext, number, share } from "../strings.js";
import { hush, say } from "../toast.js";
import { patiently } from "./asking.js";
import { drawGates } from "./drawing.js";

const CLASS = Object.fromEntries(ISOLATION.map((one) => [one.value, one.label]));
const WORDS = { add: () => _("New gate"), open: () => _("Opened to the public"), close: () => _("Closed") };

let wishes = []; // { kind, point } or { kind, gate }
let effect = null;
let asked = 0;
let place = null;

export const mayWeigh = Boolean(config.may_weigh);

function query(params = {}) {
  const found = new URLSearchParams({ lang, ...params });
  for (const one of wishes) found.append(one.kind, one.kind === "add" ? one.point.join(",") : one.gate);
  return found;
}

async function weigh() {
  const mine = (asked += 1);
  if (!wishes.length) {
    effect = null;
    drawGates([]);
    render();
    return;
  }
  render(_("Being worked out …"));
  try {
    const found = await patiently(`/api/isolation/what-if?${query()}`, {}, () => render(_("The walks are being made ready, which can take half a minute the first time.")));
    if (mine !== asked) return;
    effect = found;
    drawGates(found.changes);
    render();
  } catch (error) {
    if (mine !== asked) return;
    wishes = wishes.slice(0, -1);
    render(null, error.message);
  }
}

// Puts one more change beside those that there are.
export function wish(one) {
  wishes = [...wishes.filter((other) => !one.gate || other.gate !== one.gate), one];
  weigh();
}

export function wished() {
  return wishes.length;
}

function clear() {
  wishes = [];
  weigh();
}

function changed(one) {
  return one.before.class !== one.after.class;
}

function compoundRow(one) {
  const words = changed(one) ? `${CLASS[one.before.class]()} → ${CLASS[one.after.class]()}` : CLASS[one.after.class]();
  const detour = one.before.detour_m === one.after.detour_m ? null : _("detour {before} → {after}", { before: metres(one.before.detour_m), after: metres(one.after.detour_m) });
  return h("li", { class: "rows-line" }, placeLink(one.code, one.name ?? _("Compound without a name"), "compounds"), h("span", { class: "small" }, [words, detour].filter(Boolean).join(" · ")));
}

function figures(found) {
  const figure = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));
  return h(
    "dl",
    { class: "figures" },
    figure(_("Households that gain"), number(found.gain.households)),
    found.gain.households ? figure(_("Saved on average"), metres(found.gain.mean_m)) : null,
    found.gain.households ? figure(_("Saved by the tenth who gain most"), metres(found.gain.p90_m)) : null,
    found.gain.households ? figure(_("Gain at least 50 m"), share(found.gain.share_50m)) : null,
    found.loss.households ? figure(_("Households that lose"), number(found.loss.households)) : null,
    found.loss.households ? figure(_("Longer on average"), metres(found.loss.mean_m)) : null,
  );
}

function changeRow(one, n) {
  const where = [one.compound.name ?? _("Compound without a name"), one.joins].filter(Boolean).join(" ↔ ");
  return h("li", { class: "rows-line" }, h("span", {}, `${WORDS[one.kind]()}: ${where}`), h("button", { type: "button", class: "link-button", onclick: () => {
    const kept = [...wishes].sort((a, b) => ["add", "open", "close"].indexOf(a.kind) - ["add", "open", "close"].indexOf(b.kind));
    wishes = kept.filter((_one, k) => k !== n);
    weigh();
  } }, _("Take away")));
}

function keeping() {
  const name = h("input", { class: "field", maxlength: 60, "aria-label": _("Name of the scenario"), placeholder: _("Name of the scenario") });
  return h(
    "form",
    {
      class: "keep-line",
      onsubmit: async (event) => {
        event.preventDefault();
        const answer = await fetch(`/api/isolation/scenarios?${query({ name: name.value })}`, { method: "POST", headers: { Accept: "application/json" } });
        if (!answer.ok) {
          say((await answer.json().catch(() => ({}))).detail ?? _("It could not be kept."));
          return;
        }
        say(_("Kept. It is in the list of scenarios."));
        name.value = "";
        list();
      },
    },
    name,
    h("button", { class: "button" }, _("Keep")),
  );
}

function render(doing = null, problem = null) {
  if (!place) return;
  const put = h("button", { type: "button", class: "button primary", onclick: () => {
    say(_("Tap the wall where the gate would be."));
    pick(({ lng, lat }) => {
      hush();
      wish({ kind: "add", point: [Number(lng.toFixed(7)), Number(lat.toFixed(7))] });
    });
  } }, icon("plus"), wishes.length ? _("One more gate") : _("Put a gate on the map"));
  const told = effect && wishes.length && !doing;
  const shown = told ? [...effect.compounds].sort((a, b) => changed(b) - changed(a) || b.own - a.own) : [];
  place.replaceChildren(
    ...[
      h("div", { class: "buttons" }, put, wishes.length ? h("button", { type: "button", class: "button", onclick: clear }, _("Clear")) : null),
      problem ? h("p", { class: "notice bad", role: "alert" }, problem) : null,
      doing ? h("p", { class: "notice", role: "status" }, doing) : null,
      told ? h("ul", { class: "stack-tight" }, effect.changes.map(changeRow)) : null,
      told ? h("p", { class: "answer", "data-effect": "" }, effect.sentence) : null,
      told ? figures(effect) : null,
      told ? h("ul", { class: "stack-tight" }, shown.slice(0, 8).map(compoundRow)) : null,
      told && shown.length > 8 ? h("p", { class: "quiet small" }, ngettext("and a little at {n} more compound", "and a little at {n} more compounds", shown.length - 8)) : null,
      told ? keeping() : null,
      told ? null : h("p", { class: "quiet small" }, _("Or choose a gate on the map to close or open it. Nothing is saved unless you keep it.")),
    ].filter(Boolean),
  );
}

const kept = h("div", { class: "stack-tight" });

function scenario(one) {
  return h(
    "li",
    { class: "rows-line" },
    h("button", { type: "button", class: "link-button", onclick: () => {
      wishes = one.changes.map((change) => (change.kind === "add" ? { kind: "add", point: change.point } : { kind: change.kind, gate: change.gate }));
      flyTo({ point: one.changes[0].point });
      weigh();
    } }, one.name),
    h("span", { class: "quiet small" }, [one.by, households(one.gain.households)].join(" · ")),
    h("a", { class: "small", href: `/api/isolation/scenarios/${one.id}.geojson`, download: "" }, _("Download")),
    h("button", { type: "button", class: "link-button small", onclick: async () => {
      await fetch(`/api/isolation/scenarios/${one.id}/forget`, { method: "POST" });
      list();
    } }, _("Forget")),
  );
}

let listed = 0;

async function list() {
  const mine = (listed += 1);
  try {
    const found = await ask("/api/isolation/scenarios");
    if (mine !== listed) return;
    kept.replaceChildren(...(found.scenarios.length ? [h("h4", {}, _("Kept scenarios")), h("ul", { class: "stack-tight" }, found.scenarios.map(scenario))] : []));
  } catch {
    kept.replaceChildren(); // the list comes with the next visit of the task
  }
}

export function whatIfPart() {
  if (!mayWeigh) return null;
  place = h("div", { class: "stack-tight" });
  render();
  list();
  return h("section", { class: "stack-tight", id: "what-if" }, h("h3", {}, _("What if")), place, kept);
}

// Of a gate's card: see what closing or opening it would change.
export function gateParts(card) {
  if (!mayWeigh || !card.code) return null;
  const open = card.kind?.code === "public";
  const kind = open ? "close" : "open";
  const weighIt = () => {
    wish({ kind, gate: card.code });
    change({ place: null });
  };
  return h("p", { class: "buttons" }, h("button", { type: "button", class: "button", onclick: weighIt }, open ? _("What if it were closed") : _("What if it were open to the public")));
}
