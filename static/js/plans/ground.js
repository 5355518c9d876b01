// The blocks that a plan is shaped on, as arrays: sent once, never changing.
const RADIUS = 6371008.8;

async function sent(path, kind) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer[kind]();
}

// Corners of a block's outline in metres about a common origin; enough for the circle around a region.
function corners(geometry, origin) {
  const scale = (Math.PI / 180) * RADIUS;
  const across = scale * Math.cos((origin[1] * Math.PI) / 180);
  const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map((part) => part[0]);
  return hull(rings.flat().map(([lon, lat]) => [(lon - origin[0]) * across, (lat - origin[1]) * scale]));
}

function turn(o, a, b) {
  return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

export function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list) => {
    const out = [];
    for (const point of list) {
      while (out.length > 1 && turn(out[out.length - 2], out[out.length - 1], point) <= 0) out.pop();
      out.push(point);
    }
    return out.slice(0, -1);
  };
  return sorted.length < 3 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

function middle(geometry) {
  const ring = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0][0];
  return ring.reduce(([x, y], point) => [x + point[0] / ring.length, y + point[1] / ring.length], [0, 0]);
}

function boxOf(geometry) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (part) => {
    if (typeof part[0] !== "number") return part.forEach(take);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  take(geometry.coordinates);
  return box;
}

export async function loadGround(blocksPath, walksPath) {
  const [whole, packed] = await Promise.all([sent(blocksPath, "json"), sent(walksPath, "arrayBuffer")]);
  const features = whole.blocks.features;
  const n = features.length;
  const origin = n ? middle(features[0].geometry) : [0, 0];
  const column = (name) => Float64Array.from(features, (one) => one.properties[name]);
  const beside = Array.from({ length: n }, () => []);
  const borders = whole.borders.features.map(({ properties }) => properties);
  borders.forEach(({ a, b, m, passable }, edge) => {
    beside[a].push({ other: b, m, passable, edge });
    beside[b].push({ other: a, m, passable, edge });
  });
  const bytes = new DataView(packed);
  const walks = new Uint16Array(packed.byteLength / 2);
  for (let i = 0; i < walks.length; i += 1) walks[i] = bytes.getUint16(2 * i, true);
  const siteOf = new Int32Array(n).fill(-1);
  whole.sites.forEach((block, site) => (siteOf[block] = site));
  return {
    n,
    blocks: whole.blocks,
    lines: whole.borders,
    borders,
    beside,
    names: whole.names,
    about: features.map(({ properties }) => properties),
    households: column("households"),
    area: column("area"),
    length: column("length"),
    middles: features.map(({ geometry }) => middle(geometry)),
    boxes: features.map(({ geometry }) => boxOf(geometry)),
    corners: features.map(({ geometry }) => corners(geometry, origin)),
    sites: whole.sites,
    siteOf,
    walks,
  };
}

export function communityOf(ground, block) {
  const code = ground.about[block].community;
  return ground.names[code] ?? code;
}

// All blocks of the block's community, or of its compound where the blocks are those of one community.
export function together(ground, block) {
  const code = ground.about[block].community;
  return code ? ground.about.flatMap(({ community }, other) => (community === code ? [other] : [])) : [block];
}

export function boxAround(ground, blocks) {
  return blocks.reduce((box, block) => {
    const [w, s, e, north] = ground.boxes[block];
    return [Math.min(box[0], w), Math.min(box[1], s), Math.max(box[2], e), Math.max(box[3], north)];
  }, [Infinity, Infinity, -Infinity, -Infinity]);
}
