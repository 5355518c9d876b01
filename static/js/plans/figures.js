// Figures of one region, live: the same as the server's own (gridmap/analysis/shaping/figures.py).
import { hull } from "./ground.js";

const TAIL = 0.95;
const UNKNOWN = 65535;

// The pieces of some blocks that people can walk between without leaving them; the piece of most households first.
export function piecesOf(ground, members) {
  const inside = new Set(members);
  const pieces = [];
  while (inside.size) {
    const [first] = inside;
    inside.delete(first);
    const piece = [first];
    for (let i = 0; i < piece.length; i += 1) {
      for (const { other, passable } of ground.beside[piece[i]]) {
        if (passable && inside.delete(other)) piece.push(other);
      }
    }
    pieces.push(piece);
  }
  const weight = (piece) => piece.reduce((sum, block) => sum + ground.households[block], 0);
  return pieces.sort((a, b) => weight(b) - weight(a));
}

function circle(a, b, c) {
  if (!b) return { x: a[0], y: a[1], r: 0 };
  if (!c) return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, r: Math.hypot(a[0] - b[0], a[1] - b[1]) / 2 };
  const bx = b[0] - a[0];
  const by = b[1] - a[1];
  const cx = c[0] - a[0];
  const cy = c[1] - a[1];
  const d = 2 * (bx * cy - by * cx);
  if (Math.abs(d) < 1e-9) return null;
  const x = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / d;
  const y = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / d;
  return { x: a[0] + x, y: a[1] + y, r: Math.hypot(x, y) };
}

// The least circle around some points (Welzl, step by step over the hull).
function around(points) {
  const corners = hull(points);
  const outside = (found, point) => !found || Math.hypot(point[0] - found.x, point[1] - found.y) > found.r * (1 + 1e-9) + 1e-6;
  let found = null;
  corners.forEach((p, i) => {
    if (!outside(found, p)) return;
    found = circle(p);
    for (let j = 0; j < i; j += 1) {
      if (!outside(found, corners[j])) continue;
      found = circle(p, corners[j]);
      for (let k = 0; k < j; k += 1) if (outside(found, corners[k])) found = circle(p, corners[j], corners[k]) ?? found;
    }
  });
  return found?.r ?? 0;
}

function walksOf(ground, members, total, far) {
  let site = -1;
  let least = Infinity;
  for (const block of members) {
    const row = ground.siteOf[block];
    if (row < 0) continue;
    let sum = 0;
    for (const other of members) sum += ground.walks[row * ground.n + other] * ground.households[other];
    if (sum < least) [site, least] = [row, sum];
  }
  if (site < 0 || total <= 0) return { office: site < 0 ? null : ground.sites[site], mean: null, tail: null, beyond: null };
  const walks = members.map((block) => [ground.walks[site * ground.n + block], ground.households[block]]).sort((a, b) => a[0] - b[0]);
  let passed = 0;
  let tail = UNKNOWN;
  for (const [metres, count] of walks) {
    passed += count;
    if (passed >= TAIL * total) {
      tail = metres;
      break;
    }
  }
  const beyond = walks.reduce((sum, [metres, count]) => sum + (metres > far ? count : 0), 0);
  return { office: ground.sites[site], mean: least / total, tail, beyond: beyond / total };
}

// The kind in which most households live; without any that of most blocks.
function kindOf(ground, members) {
  const sums = new Map();
  for (const block of members) {
    const { kind } = ground.about[block];
    const [people, blocks] = sums.get(kind) ?? [0, 0];
    sums.set(kind, [people + ground.households[block], blocks + 1]);
  }
  return [...sums].sort(([, a], [, b]) => b[0] - a[0] || b[1] - a[1])[0]?.[0] ?? null;
}

export function figuresOf(ground, members, { region, label, start, far }) {
  let households = 0;
  let area = 0;
  let outline = 0;
  let changed = 0;
  const points = [];
  for (const block of members) {
    households += ground.households[block];
    area += ground.area[block];
    outline += ground.length[block];
    if (start[block] !== label) changed += ground.households[block];
    for (const { other, m } of ground.beside[block]) if (region[other] === label) outline -= m;
    points.push(...ground.corners[block]);
  }
  const r = around(points);
  return {
    kind: kindOf(ground, members),
    households,
    blocks: members.length,
    changed,
    area,
    polsbyPopper: outline > 0 ? Math.min(1, (4 * Math.PI * area) / outline ** 2) : 0,
    reock: r > 0 ? Math.min(1, area / (Math.PI * r * r)) : 0,
    pieces: piecesOf(ground, members),
    ...walksOf(ground, members, households, far),
  };
}
