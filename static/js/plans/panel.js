// What stands beside the map: how the plan stands, the region in hand with its figures, all regions.
import { byId, h, icon } from "../dom.js";
import { _, households, metres, ngettext, number, share } from "../strings.js";
import { communityOf } from "./ground.js";
import { NONE } from "./plan.js";

function figure(label, value, id) {
  return h("div", {}, h("dt", {}, label), h("dd", { "data-figure": id }, value));
}

export function blockWords(plan, block) {
  const { ground } = plan;
  const name = ground.about[block].name || communityOf(ground, block) || ground.names[ground.about[block].street];
  const parts = [name, households(ground.households[block]), plan.nameOf(plan.region[block])];
  if (plan.isShut(block)) parts.push(_("locked"));
  return parts.join(" · ");
}

export function distance(plan, label) {
  const [least, { most }] = [plan.leastOf(label), plan.editor];
  const count = plan.figures(label).households;
  if (count < least) return _("{n} below {least}", { n: number(least - count), least: number(least) });
  if (count > most) return _("{n} above {most}", { n: number(count - most), most: number(most) });
  return _("{n} above {least}", { n: number(count - least), least: number(least) });
}

const PHASES = [1, 2, 3, 4, 5, 6, 7, 8, 9];

function phaseWords(phase) {
  return _("phase {n}", { n: phase });
}

export class Panel {
  // `doing`: { activate(label), split(), join(label), lockRegion(), nameRegion(name), phaseRegion(phase), zoom(label), next(what), suggest(what) }
  constructor(plan, drawing, doing) {
    Object.assign(this, { plan, drawing, doing, active: null, rows: new Map() });
  }

  all() {
    this.list();
    this.update([...this.plan.regions.keys()]);
  }

  update(labels) {
    for (const label of labels) this.row(label);
    if (this.active !== null && (labels.includes(this.active) || !this.plan.regions.has(this.active))) this.card();
    this.summary();
  }

  activate(label) {
    const before = this.active;
    this.active = label;
    for (const one of [before, label]) if (one !== null) this.row(one);
    this.card();
  }

  shown() {
    const { plan } = this;
    return [...plan.regions.keys()].sort((a, b) => plan.nameOf(a).localeCompare(plan.nameOf(b), undefined, { numeric: true }));
  }

  list() {
    this.rows.clear();
    const items = this.shown().map((label) => {
      const item = h("li", {});
      this.rows.set(label, item);
      return item;
    });
    byId("regions").replaceChildren(...items);
  }

  row(label) {
    const item = this.rows.get(label);
    if (!item || !this.plan.regions.has(label)) return;
    const { plan } = this;
    const known = plan.figures(label);
    const outside = plan.outside(label);
    const split = known.pieces.length > 1;
    const colour = plan.isEmpty(label) ? "none" : (this.drawing.colours.of.get(label) ?? 0) + 1;
    const button = h(
      "button",
      { type: "button", class: "region-row", "aria-pressed": String(label === this.active), "data-region": label, onclick: () => this.doing.activate(label) },
      h("span", { class: `region-swatch is-${colour}`, "aria-hidden": "true" }),
      h("span", { class: "region-name" }, plan.nameOf(label), plan.regions.get(label).locked ? [" (", _("locked"), ")"] : null),
      h("span", { class: "region-count" }, number(known.households)),
      plan.regions.get(label).phase ? h("span", { class: "badge plain" }, phaseWords(plan.regions.get(label).phase)) : null,
      outside ? h("span", { class: "badge bad" }, known.households < plan.leastOf(label) ? _("too few") : _("too many")) : null,
      split ? h("span", { class: "badge" }, ngettext("{n} piece", "{n} pieces", known.pieces.length)) : null,
    );
    const had = item.contains(document.activeElement);
    item.replaceChildren(button);
    if (had) button.focus();
  }

  summary() {
    const { plan } = this;
    const labels = [...plan.regions.keys()].filter((label) => !plan.isEmpty(label));
    const outside = labels.filter((label) => plan.outside(label)).length;
    const pieces = labels.reduce((sum, label) => sum + plan.figures(label).pieces.length - 1, 0);
    const loose = plan.members.get(NONE);
    const people = [...loose].reduce((sum, block) => sum + plan.ground.households[block], 0);
    byId("standing").textContent = outside || pieces || loose.size ? plan.words.soFar(labels.length) : plan.words.allWell(labels.length);
    const say = (id, count, words) => {
      byId(id).hidden = !count;
      byId(id).querySelector("[data-words]").textContent = words;
    };
    say("check-outside", outside, plan.words.outside(outside));
    say("check-pieces", pieces, plan.words.apart(pieces));
    const left = byId("adopt-left");
    if (left) left.hidden = !loose.size;
    if (left) left.textContent = plan.words.left(households(people));
    say("check-unassigned", loose.size, plan.words.loose(loose.size, households(people)));
  }

  card() {
    const place = byId("region");
    const { plan } = this;
    const label = this.active;
    if (label === null || !plan.regions.has(label)) {
      place.replaceChildren(h("p", { class: "quiet" }, plan.words.chooseOne()));
      return;
    }
    const known = plan.figures(label);
    const walk = (value) => (value === null ? _("no site") : metres(value));
    const office = known.office === null ? null : plan.ground.about[known.office].name || communityOf(plan.ground, known.office);
    const told = plan.words.office(office);
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    place.replaceChildren(...[
      h("h2", {}, plan.nameOf(label)),
      h("p", { class: plan.outside(label) ? "answer is-bad" : "answer", "data-figure": "households" }, `${households(known.households)}, ${distance(plan, label)}`),
      h(
        "dl",
        { class: "figures" },
        figure(plan.words.meanWalk(), walk(known.mean), "mean"),
        figure(_("95% walk at most"), walk(known.tail), "tail"),
        plan.editor.grids ? null : figure(_("Beyond 15 minutes"), known.beyond === null ? "–" : share(known.beyond), "beyond"),
        figure(_("Pieces"), number(known.pieces.length), "pieces"),
        figure(_("Compactness (Polsby-Popper)"), number(known.polsbyPopper, 2), "polsby-popper"),
        figure(_("Compactness (Reock)"), number(known.reock, 2), "reock"),
        figure(_("Households changed since the start"), number(known.changed), "changed"),
        figure(plan.words.blocks(), number(known.blocks), "blocks"),
      ),
      told ? h("p", { class: "quiet small" }, told) : null,
      this.actions(label),
    ].filter(Boolean));
    if (focused) place.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  actions(label) {
    const { plan, doing } = this;
    const button = (act, symbol, words, onclick) => h("button", { type: "button", class: "button", "data-act": act, onclick }, symbol ? icon(symbol) : null, words);
    const zoom = button("zoom", "locate-fixed", _("Show whole"), () => doing.zoom(label));
    if (!plan.editor.may_edit) return h("div", { class: "buttons" }, zoom);
    const beside = new Set();
    for (const block of plan.members.get(label)) for (const { other } of plan.ground.beside[block]) if (plan.region[other] !== label && plan.region[other] !== NONE) beside.add(plan.region[other]);
    const { locked } = plan.regions.get(label);
    const join = h("select", { class: "field", "aria-label": _("Join with"), "data-act": "join", onchange: ({ target }) => target.value !== "" && doing.join(Number(target.value)) }, h("option", { value: "" }, _("Join with …")), [...beside].map((other) => h("option", { value: other }, plan.nameOf(other))));
    const name = plan.editor.grids ? null : h("input", { class: "field", value: plan.regions.get(label).name ?? "", maxlength: 60, placeholder: plan.nameOf(label), "aria-label": _("Name of the region"), "data-act": "name", onchange: ({ target }) => doing.nameRegion(target.value) });
    const now = plan.regions.get(label).phase ?? null;
    const phase = plan.editor.grids ? null : h("select", { class: "field", "aria-label": _("Phase"), "data-act": "phase", onchange: ({ target }) => doing.phaseRegion(target.value === "" ? null : Number(target.value)) }, h("option", { value: "", selected: now === null }, _("No phase")), PHASES.map((each) => h("option", { value: each, selected: each === now }, phaseWords(each))));
    return h(
      "div",
      { class: "stack-tight" },
      h("div", { class: "buttons" }, zoom, button("split", null, _("Split in two"), doing.split), button("lock", null, plan.words.lock(locked), doing.lockRegion)),
      h("div", { class: "buttons wide-fields" }, join, name, phase),
    );
  }
}
