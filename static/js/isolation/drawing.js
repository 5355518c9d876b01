// What the task of isolation draws on the map for a moment: gates that are tried out, and a walk beside the straight line.
import { sketch } from "../map.js";

const parts = { gates: [], walk: [] };

function draw() {
  sketch([...parts.walk, ...parts.gates]);
}

const SIGNS = { add: "+", open: "○", close: "×" };

// Gates with `kind` (add, open, close), `point`, and a number in place of the sign where they have a rank.
export function drawGates(gates) {
  parts.gates = gates.map(({ kind, point, rank }) => ({ type: "Feature", geometry: { type: "Point", coordinates: point }, properties: { what: "gate", kind, sign: rank ? String(rank) : SIGNS[kind] } }));
  draw();
}

export function drawWalk(line, ends) {
  const straight = { type: "Feature", geometry: { type: "LineString", coordinates: ends }, properties: { what: "straight" } };
  const walk = line ? [{ type: "Feature", geometry: line, properties: { what: "walk" } }] : [];
  parts.walk = [straight, ...walk];
  draw();
}

export function clearWalk() {
  if (!parts.walk.length) return;
  parts.walk = [];
  draw();
}
