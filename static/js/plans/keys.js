// The whole editor by keyboard: a cursor that walks from block to block, and a key for every tool.
import { byId } from "../dom.js";
import { boxAround, together } from "./ground.js";
import { NONE } from "./plan.js";
import { ACTS, SHAPES } from "./tools.js";

const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

// The neighbour that lies most in this direction; where there is none, the nearest block that does.
function towards(ground, block, [dx, dy]) {
  const [x, y] = ground.middles[block];
  const across = Math.cos((y * Math.PI) / 180);
  const score = (other) => {
    const [east, north] = [(ground.middles[other][0] - x) * across, ground.middles[other][1] - y];
    const length = Math.hypot(east, north) || 1e-12;
    const along = (east * dx + north * dy) / length;
    return along < 0.35 ? -Infinity : along;
  };
  const near = ground.beside[block].map(({ other }) => other).filter((other) => score(other) > -Infinity);
  if (near.length) return near.reduce((found, other) => (score(other) > score(found) ? other : found));
  const far = ground.middles.map((_middle, other) => other).filter((other) => other !== block && score(other) > -Infinity);
  if (!far.length) return block;
  const away = (other) => Math.hypot((ground.middles[other][0] - x) * across, ground.middles[other][1] - y) / score(other);
  return far.reduce((found, other) => (away(other) < away(found) ? other : found));
}

function walk(desk, to) {
  desk.cursor = to;
  desk.drawing.mark("cursor", [to]);
  desk.words(to);
  const { ground } = desk.plan;
  const [w, s, e, n] = ground.boxes[to];
  const view = desk.map.getBounds();
  if (w < view.getWest() || e > view.getEast() || s < view.getSouth() || n > view.getNorth()) {
    const [west, south, east, north] = boxAround(ground, [to]);
    desk.map.panTo([(west + east) / 2, (south + north) / 2], { duration: 0 });
  }
}

function first(desk) {
  const members = desk.panel.active === null ? [] : [...desk.plan.members.get(desk.panel.active)];
  return members[0] ?? 0;
}

function onMap(desk, event) {
  const { plan } = desk;
  const arrow = ARROWS[event.key];
  if (arrow) {
    walk(desk, desk.cursor === null ? first(desk) : towards(plan.ground, desk.cursor, arrow));
    if (event.shiftKey && desk.cursor !== null) desk.apply(reach(desk));
    return true;
  }
  if (desk.cursor === null) return false;
  if (event.key === "Enter" || event.key === " ") {
    if (desk.tools.act === "look") desk.activate(plan.region[desk.cursor] === NONE ? null : plan.region[desk.cursor]);
    else desk.apply(reach(desk));
    desk.words(desk.cursor);
    return true;
  }
  if (event.key === "Delete" || event.key === "Backspace") {
    if (!plan.editor.may_edit) return false;
    const { act } = desk.tools;
    desk.choose({ act: "erase" });
    desk.apply(reach(desk));
    desk.choose({ act });
    return true;
  }
  return false;
}

// By keyboard a stroke reaches the block under the cursor, or its whole community.
function reach(desk) {
  return desk.tools.shape === "community" ? together(desk.plan.ground, desk.cursor) : [desk.cursor];
}

function anywhere(desk, event) {
  const { key } = event;
  if (key === "?") return byId("keys").showModal() ?? true;
  if (key === "p") return desk.next("pieces") ?? true;
  if (key === "u") return desk.next("unassigned") ?? true;
  if (key === "o") return desk.next("outside") ?? true;
  if (key === "+" || key === "=") return desk.map.zoomIn() && true;
  if (key === "-") return desk.map.zoomOut() && true;
  if (!desk.plan.editor.may_edit) return false;
  if (key === "n") return desk.newRegion() ?? true;
  const place = "1234567890".indexOf(key);
  if (place < 0) return false;
  if (place < ACTS.length) desk.choose({ act: ACTS[place] });
  else desk.choose({ shape: SHAPES[place - ACTS.length] });
  return true;
}

function commanded(desk, event) {
  const key = event.key.toLowerCase();
  if (!desk.plan.editor.may_edit || (key !== "z" && key !== "y")) return false;
  if (key === "y" || event.shiftKey) desk.plan.redo();
  else desk.plan.undo();
  return true;
}

export function listenToKeys(desk) {
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog") || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const took = command ? commanded(desk, event) : (event.target.closest("#map") && onMap(desk, event)) || anywhere(desk, event);
    if (took) event.preventDefault();
  });
}
