// The best gates of one street or compound, worked out when asked for.
import { change } from "../address.js";
import { ISOLATION } from "../answers.js";
import { h } from "../dom.js";
import { hover } from "../map.js";
import { _, households, metres } from "../strings.js";
import { patiently } from "./asking.js";
import { drawGates } from "./drawing.js";
import { mayWeigh, wish } from "./what-if.js";

const CLASS = Object.fromEntries(ISOLATION.map((one) => [one.value, one.label]));

function tryOut(one) {
  wish({ kind: "add", point: one.point });
  change({ place: null });
}

function line(one) {
  const where = [one.compound_name ?? _("Compound without a name"), one.joins].filter(Boolean).join(" ↔ ");
  const gain = [households(one.households), _("on average {metres} shorter", { metres: metres(one.saved_mean_m) })].join(" · ");
  const turns = one.class_before === one.class_after ? CLASS[one.class_after]() : `${CLASS[one.class_before]()} → ${CLASS[one.class_after]()}`;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "item", onclick: () => tryOut(one), onpointerenter: () => hover("compounds", one.compound_code), onpointerleave: () => hover(null) },
      h("span", { class: "rank" }, one.rank),
      h("span", { class: "what" }, h("span", { class: "name" }, where), h("span", { class: "context" }, `${gain} · ${turns}`), h("span", { class: "context" }, _("To agree: {who}", { who: one.agree }))),
    ),
  );
}

// `of`: { compound } or { street }, their codes. The list takes the place's content.
export async function bestGates(place, of, lang, count = 5) {
  place.replaceChildren(h("p", { class: "quiet small", role: "status" }, _("Being worked out …")));
  try {
    const found = await patiently("/api/isolation/gates", { ...of, count });
    const gates = found.gates.map((one) => ({ ...one, agree: lang === "zh" ? one.agree_zh : one.agree_en }));
    drawGates(gates.map((one) => ({ ...one, kind: "add" })));
    place.replaceChildren(gates.length ? h("ul", { class: "list" }, gates.map(line)) : h("p", { class: "quiet small" }, _("No further gate here would shorten anybody's way.")));
  } catch (error) {
    place.replaceChildren(h("p", { class: "quiet small" }, error.message));
  }
}

// Of a compound's card.
export function bestGatesPart(code, lang) {
  if (!mayWeigh) return null;
  const place = h("div", { class: "stack-tight" });
  return h("section", { class: "stack-tight" }, h("p", { class: "buttons" }, h("button", { type: "button", class: "button", onclick: () => bestGates(place, { compound: code }, lang, 3) }, _("The best gates of this compound"))), place);
}
