// The plan under the planner's hands: what holds on the map now, what is saved, and the queue between the two.
import { lang } from "../config.js";
import { _ } from "../strings.js";
import { figuresOf } from "./figures.js";
import { wordsOf } from "./words.js";

export const NONE = -1;

export class Plan {
  constructor(ground, editor) {
    this.ground = ground;
    this.editor = editor;
    this.words = wordsOf(editor);
    this.listeners = [];
    this.queue = Promise.resolve();
    this.waiting = 0;
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  tell(what) {
    for (const listener of this.listeners) listener(what);
  }

  // Take over what the server says; the blocks that thereby changed.
  take(state) {
    const before = this.region;
    const locksBefore = new Set(this.locked);
    Object.assign(this, { state, revision: state.revision, region: Int16Array.from(state.region), start: state.start });
    this.regions = new Map(state.regions.map((one) => [one.id, { ...one }]));
    this.locked = new Set(state.locked);
    this.codes = state.codes;
    const blocks = [];
    for (let block = 0; block < this.ground.n; block += 1) {
      if (!before || before[block] !== this.region[block] || locksBefore.has(block) !== this.locked.has(block)) blocks.push(block);
    }
    this.members = new Map([[NONE, new Set()], ...[...this.regions.keys()].map((id) => [id, new Set()])]);
    this.region.forEach((label, block) => this.members.get(label).add(block));
    this.known = new Map();
    this.tell({ blocks, labels: [...this.regions.keys()], whole: true });
  }

  figures(label) {
    if (!this.known.has(label)) {
      const members = [...(this.members.get(label) ?? [])];
      this.known.set(label, figuresOf(this.ground, members, { region: this.region, label, start: this.start, far: this.editor.far }));
    }
    return this.known.get(label);
  }

  nameOf(label) {
    if (label === NONE) return _("unassigned");
    return this.regions.get(label)?.name ?? this.words.called?.(label) ?? this.called(this.codes[label]) ?? this.words.fresh(label + 1);
  }

  // By its street and its number there, as everywhere else; by its code where it has no street.
  called(code) {
    const street = code && Object.keys(this.ground.names).filter((each) => each && code.startsWith(each)).sort((a, b) => b.length - a.length)[0];
    return street ? _("{street} mega-community {number}", { street: this.ground.names[street], number: Number(code.slice(-2)) }) : code;
  }

  isShut(block) {
    return this.locked.has(block) || Boolean(this.regions.get(this.region[block])?.locked);
  }

  isEmpty(label) {
    return !(this.members.get(label)?.size > 0);
  }

  // Grids of villages, employers' grounds and open land may be as small as they are.
  leastOf(label) {
    return this.editor.grids && this.figures(label).kind !== "basic" ? 0 : this.editor.least;
  }

  outside(label) {
    const { households } = this.figures(label);
    return !this.isEmpty(label) && (households < this.leastOf(label) || households > this.editor.most);
  }

  // Move blocks at once, without saving; gives those that moved, by where they were.
  move(blocks, label) {
    if (this.regions.get(label)?.locked) return new Map();
    const moved = new Map();
    const labels = new Set();
    for (const block of blocks) {
      const from = this.region[block];
      if (from === label || this.isShut(block)) continue;
      moved.set(block, from);
      this.members.get(from).delete(block);
      this.members.get(label).add(block);
      this.region[block] = label;
      labels.add(from).add(label);
    }
    if (moved.size) {
      for (const one of labels) this.known.delete(one);
      this.tell({ blocks: [...moved.keys()], labels: [...labels].filter((one) => one !== NONE) });
    }
    return moved;
  }

  // Save what was moved and whatever else is said; changes go one after another.
  save(action, blocks = [], more = {}) {
    const to = blocks.map((block) => this.region[block]);
    return this.send("change", () => ({ action, blocks, to, ...more }));
  }

  saveRegions(action, blocks = []) {
    return this.save(action, blocks, { regions: [...this.regions.values()] });
  }

  saveLocks(action = "lock") {
    return this.save(action, [], { locked: [...this.locked], regions: [...this.regions.values()] });
  }

  send(action, body) {
    this.waiting += 1;
    this.tell({ saving: true });
    const sent = this.queue.then(async () => {
      try {
        const state = await post(this.editor.act + action, { expected: this.revision, ...body() });
        this.waiting -= 1;
        if (this.waiting) this.revision = state.revision;
        else this.take(state);
        return true;
      } catch (error) {
        this.waiting -= 1;
        await this.reload();
        this.tell({ error });
        return false;
      }
    });
    this.queue = sent;
    return sent;
  }

  async reload() {
    const answer = await fetch(`${this.editor.state}?lang=${lang}`);
    if (answer.ok) this.take(await answer.json());
  }

  async undo() {
    await this.queue;
    if (this.state.undo) await this.send("undo", () => ({}));
  }

  async redo() {
    await this.queue;
    if (this.state.redo) await this.send("redo", () => ({}));
  }

  // A change that the server works out; nothing is saved until it is here. `signal` stops it.
  async suggest(what, { signal, region } = {}) {
    await this.queue;
    const found = await post(`${this.editor.act}suggest`, { what, region }, signal);
    return found;
  }

  // Take over a suggestion as one change.
  follow(action, found) {
    const blocks = [];
    const by = new Map();
    found.blocks.forEach((block, i) => by.set(found.to[i], [...(by.get(found.to[i]) ?? []), block]));
    for (const label of by.keys()) if (label !== NONE && !this.regions.has(label)) this.addRegion(label);
    for (const [label, list] of by) blocks.push(...this.move(list, label).keys());
    return blocks.length ? this.saveRegions(action, blocks) : Promise.resolve(true);
  }

  addRegion(given) {
    const id = given ?? Math.max(-1, ...this.regions.keys()) + 1;
    this.regions.set(id, { id, name: null, locked: false, phase: null });
    if (!this.members.has(id)) this.members.set(id, new Set());
    return id;
  }
}

export async function post(path, body, signal) {
  let answer;
  try {
    answer = await fetch(`${path}?lang=${lang}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(_("The server can't be reached. Check the network and try again."));
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  throw new Error(found.detail ?? found.title ?? _("The server answered with an error ({status}).", { status: answer.status }));
}
