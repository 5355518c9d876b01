// The editor of a plan: everything meets here.
import { byId, h } from "../dom.js";
import { _ } from "../strings.js";
import { hush, say } from "../toast.js";
import { Drawing, flyTo, startMap, withHouseholds } from "./draw.js";
import { boxAround, loadGround } from "./ground.js";
import { listenToKeys } from "./keys.js";
import { blockWords, Panel } from "./panel.js";
import { NONE, Plan, post } from "./plan.js";
import { Tools } from "./tools.js";

const editor = JSON.parse(byId("editor").textContent);

async function start() {
  const [ground, answer] = await Promise.all([loadGround(editor.blocks, editor.walks), fetch(editor.state)]);
  const plan = new Plan(ground, editor);
  const map = startMap(ground);
  const drawing = new Drawing(map, ground, () => plan.region);
  const desk = new Desk(plan, map, drawing);
  await new Promise((drawn) => map.once("load", drawn));
  plan.onChange((what) => desk.follow(what));
  plan.take(await answer.json());
  if (ground.n) flyTo(map, boxAround(ground, plan.region.map((_label, block) => block)), { maxZoom: 15 });
  desk.panel.card();
  document.body.dataset.ready = "true";
  globalThis.gridmapEditor = { plan, map, desk }; // for the console, and for those who automate the page
}

class Desk {
  constructor(plan, map, drawing) {
    Object.assign(this, { plan, map, drawing, cursor: null, at: { pieces: 0, unassigned: 0, outside: 0 }, reactions: [] });
    this.panel = new Panel(plan, drawing, {
      activate: (label) => this.activate(label),
      zoom: (label) => this.zoom([...plan.members.get(label)]),
      split: () => this.suggest("split"),
      join: (label) => this.join(label),
      lockRegion: () => this.lockRegion(),
      nameRegion: (name) => this.nameRegion(name),
      phaseRegion: (phase) => this.phaseRegion(phase),
    });
    this.tools = new Tools(map, plan.ground, {
      begin: () => (this.moved = new Map()),
      touch: (blocks) => this.touch(blocks),
      end: () => this.end(),
      pick: (block) => block !== null && this.activate(plan.region[block] === NONE ? null : plan.region[block]),
      hover: (block) => this.hover(block),
    });
    this.wire();
    listenToKeys(this);
  }

  // What changed shows at once: colours, borders, figures; names on the map follow when it is saved.
  follow(what) {
    if (what.error) say(what.error.message);
    if (what.blocks) {
      this.drawing.changed(what.blocks);
      if (what.whole) {
        this.drawing.mark("locked", [...this.plan.locked]);
        byId("stale").hidden = !this.plan.state.stale;
        this.panel.all();
        if (this.panel.active !== null && !this.plan.regions.has(this.panel.active)) this.activate(null);
        else this.panel.card();
        this.names();
        if (byId("versions")) this.versions();
      } else this.panel.update(what.labels);
    }
    this.saved();
  }

  names() {
    const { plan } = this;
    const shown = [...plan.regions.keys()].filter((label) => !plan.isEmpty(label));
    this.drawing.names(shown.map((label) => ({ label, words: withHouseholds(plan.nameOf(label), plan.figures(label).households), members: [...plan.members.get(label)] })));
  }

  saved() {
    const { plan } = this;
    byId("saved").textContent = plan.waiting ? _("Saving …") : editor.may_edit ? _("All saved") : "";
    document.body.dataset.saved = String(!plan.waiting);
    for (const [id, may] of [["undo", plan.state?.undo], ["redo", plan.state?.redo]]) if (byId(id)) byId(id).disabled = !may && !plan.waiting;
  }

  activate(label) {
    this.drawing.activate(label);
    this.panel.activate(label);
  }

  zoom(blocks) {
    if (blocks.length) flyTo(this.map, boxAround(this.plan.ground, blocks));
  }

  hover(block) {
    if (block === this.hovered || this.tools.line) return;
    this.hovered = block;
    this.drawing.mark("hovered", block === null ? [] : [block]);
    byId("under").textContent = block === null ? "" : blockWords(this.plan, block);
  }

  // A stroke reaches blocks: they change at once. Without a region in hand it takes the one where it begins.
  touch(blocks) {
    const began = performance.now();
    const { plan } = this;
    const { act } = this.tools;
    if (!blocks.length) return;
    if (act === "paint" && this.panel.active === null) {
      const label = plan.region[blocks[0]];
      if (label === NONE) say(plan.words.choose());
      else this.activate(label);
    }
    if (act === "paint" && this.panel.active !== null) this.note(plan.move(blocks, this.panel.active), blocks);
    if (act === "erase") this.note(plan.move(blocks, NONE), blocks);
    if (act === "lock" || act === "unlock") this.lock(blocks, act === "lock");
    requestAnimationFrame(() => {
      this.reactions.push(performance.now() - began);
      document.body.dataset.reaction = String(Math.round(Math.max(...this.reactions.slice(-200))));
    });
  }

  note(moved, asked) {
    for (const [block, from] of moved) if (!this.moved.has(block)) this.moved.set(block, from);
    if (!moved.size && asked.every((block) => this.plan.isShut(block))) say(_("What is locked stays as it is; unlock it first."));
  }

  lock(blocks, on) {
    for (const block of blocks) if (on) this.plan.locked.add(block); else this.plan.locked.delete(block);
    this.locking = true;
    this.drawing.mark("locked", [...this.plan.locked]);
  }

  end() {
    const moved = [...(this.moved?.keys() ?? [])];
    this.moved = new Map();
    if (this.locking) this.plan.saveLocks();
    else if (moved.length) this.plan.saveRegions(this.tools.act === "erase" ? "erase" : "paint", moved);
    this.locking = false;
  }

  apply(blocks) {
    this.moved = new Map();
    this.touch(blocks);
    this.end();
  }

  newRegion() {
    const label = this.plan.addRegion();
    this.panel.list();
    this.panel.update([...this.plan.regions.keys()]);
    this.activate(label);
    this.choose({ act: "paint" });
    say(this.plan.words.begun());
  }

  join(label) {
    const { plan } = this;
    const into = this.panel.active;
    const moved = [...plan.move([...plan.members.get(label)], into).keys()];
    if (plan.isEmpty(label)) plan.regions.delete(label);
    else say(_("What is locked stays as it is; unlock it first."));
    plan.saveRegions("join", moved);
    this.panel.all();
    this.panel.card();
  }

  lockRegion() {
    const one = this.plan.regions.get(this.panel.active);
    one.locked = !one.locked;
    this.plan.saveLocks();
    this.panel.update([this.panel.active]);
  }

  lockAll(on) {
    for (const one of this.plan.regions.values()) one.locked = on;
    if (!on) this.plan.locked.clear();
    this.drawing.mark("locked", [...this.plan.locked]);
    this.plan.saveLocks();
    this.panel.all();
    this.panel.card();
  }

  nameRegion(name) {
    this.plan.regions.get(this.panel.active).name = name.trim() || null;
    this.plan.saveRegions("name");
    this.panel.update([this.panel.active]);
  }

  phaseRegion(phase) {
    this.plan.regions.get(this.panel.active).phase = phase;
    this.plan.saveRegions("phase");
    this.panel.update([this.panel.active]);
  }

  // Go to the next of what a check found, and show it.
  next(what) {
    const { plan } = this;
    const labels = [...plan.regions.keys()].filter((label) => !plan.isEmpty(label));
    const found = {
      pieces: () => labels.flatMap((label) => plan.figures(label).pieces.slice(1).map((blocks) => ({ label, blocks }))),
      unassigned: () => [...plan.members.get(NONE)].map((block) => ({ label: null, blocks: [block] })),
      outside: () => labels.filter((label) => plan.outside(label)).map((label) => ({ label, blocks: [...plan.members.get(label)] })),
    }[what]();
    if (!found.length) return;
    const { label, blocks } = found[this.at[what] % found.length];
    this.at[what] += 1;
    if (label !== null) this.activate(label);
    this.drawing.mark("found", what === "outside" ? [] : blocks);
    this.zoom(blocks);
    byId("under").textContent = what === "outside" ? plan.nameOf(label) : blockWords(plan, blocks[0]);
  }

  // The server works it out; it can be stopped, and then nothing has changed.
  async suggest(what) {
    const { plan } = this;
    const region = what === "split" ? this.panel.active : undefined;
    const stopped = new AbortController();
    say(_("Working it out …"), [{ label: _("Stop"), act: () => stopped.abort() }]);
    document.body.dataset.working = what;
    try {
      const found = await plan.suggest(what, { signal: stopped.signal, region });
      hush();
      if (!found.blocks.length && !found.notes.length) say(_("There is nothing to change."));
      await plan.follow(what, found);
      const notes = [...found.notes];
      if (found.blocks.length) notes.unshift(plan.words.changed(found.blocks.length));
      if (notes.length) say(notes.join(" "), found.blocks.length ? [{ label: _("Undo"), act: () => plan.undo() }] : []);
      this.drawing.mark("found", []);
    } catch (error) {
      if (error.name === "AbortError") say(_("Stopped; nothing was changed."));
      else say(error.message);
    } finally {
      delete document.body.dataset.working;
    }
  }

  // Who did what when; going back is a version of its own and can be undone.
  versions() {
    const { plan } = this;
    const back = (number) => {
      byId("history").close();
      plan.send("restore", () => ({ version: number }));
    };
    const button = (number) => h("button", { type: "button", class: "button", onclick: () => back(number) }, _("Go back to it"));
    const items = plan.state.versions.map(({ number, at, actor, action }) => {
      const now = number === plan.state.version;
      return h("li", {}, h("span", {}, `${number} · ${action} · ${actor}`, h("br"), h("span", { class: "quiet small" }, at)), now ? h("span", { class: "badge plain" }, _("holds now")) : editor.may_edit ? button(number) : null);
    });
    byId("versions").replaceChildren(...items);
  }

  choose(chosen) {
    this.tools.choose(chosen);
    for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === this.tools.act));
    for (const button of document.querySelectorAll("[data-shape]")) button.setAttribute("aria-pressed", String(button.dataset.shape === this.tools.shape));
    const shapes = byId("shapes");
    if (shapes) shapes.hidden = this.tools.act === "look";
  }

  wire() {
    const on = (id, act) => byId(id)?.addEventListener("click", act);
    for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => this.choose({ act: button.dataset.tool }));
    for (const button of document.querySelectorAll("[data-shape]")) button.addEventListener("click", () => this.choose({ shape: button.dataset.shape }));
    for (const button of document.querySelectorAll("[data-next]")) button.addEventListener("click", () => this.next(button.dataset.next));
    for (const button of document.querySelectorAll("[data-suggest]")) button.addEventListener("click", () => this.suggest(button.dataset.suggest));
    for (const button of document.querySelectorAll("[data-opens]")) button.addEventListener("click", () => byId(button.dataset.opens).showModal());
    const shutMenus = (but) => {
      for (const menu of document.querySelectorAll(".menu[open]")) menu.open = menu === but;
    };
    document.addEventListener("click", (event) => shutMenus(event.target.closest("summary")?.parentNode));
    document.addEventListener("keydown", (event) => event.key === "Escape" && shutMenus());
    for (const button of document.querySelectorAll("[data-closes]")) button.addEventListener("click", () => button.closest("dialog").close());
    on("undo", () => this.plan.undo());
    on("redo", () => this.plan.redo());
    on("new-region", () => this.newRegion());
    on("lock-all", () => this.lockAll(true));
    on("unlock-all", () => this.lockAll(false));
    on("share-make", () => this.share());
    on("share-end", () => this.unshare());
    byId("adopt-form")?.addEventListener("submit", (event) => this.adopt(event));
    byId("rename-form")?.addEventListener("submit", (event) => this.rename(event));
    this.choose({});
  }

  async ask(form, action, body) {
    const told = form.querySelector("[role=alert]");
    told.hidden = true;
    try {
      await this.plan.queue;
      return await post(editor.act + action, { expected: this.plan.revision, ...body });
    } catch (error) {
      told.textContent = error.message;
      told.hidden = false;
      return null;
    }
  }

  async adopt(event) {
    event.preventDefault();
    const form = event.target;
    const done = await this.ask(form, "adopt", { why: form.elements.why.value, from: form.elements.from.value });
    if (done) location.reload();
  }

  async rename(event) {
    event.preventDefault();
    const form = event.target;
    const done = await this.ask(form, "rename", { name: form.elements.name.value });
    if (done) location.reload();
  }

  async share() {
    const dialog = byId("share");
    const done = await this.ask(dialog, "share", {});
    if (!done) return;
    const field = h("input", { class: "field", readonly: true, value: done.address, "aria-label": _("Link to look at the plan") });
    byId("share-link").replaceChildren(field, h("p", { class: "quiet small" }, _("Copy it now: it is shown this once. A new link ends this one.")));
    field.select();
  }

  async unshare() {
    const done = await this.ask(byId("share"), "unshare", {});
    if (done) byId("share-link").replaceChildren(h("p", {}, _("The link is withdrawn; it leads nowhere any more.")));
  }

  words(block) {
    byId("spoken").textContent = blockWords(this.plan, block);
    byId("under").textContent = blockWords(this.plan, block);
  }

}

start().catch((error) => {
  console.error(error);
  const place = byId("map");
  place.classList.add("notice");
  place.textContent = place.dataset.failed;
});
