// Questions about gates that the server works out when asked; while it makes ready, asked again by itself.
import { ask } from "../fetching.js";

const AGAIN_MS = 3000;
const MOST_TIMES = 30;

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// One of several processes may be ready and another not yet: then it says 503.
async function answered(path, params) {
  try {
    return await ask(path, params);
  } catch (error) {
    if (error.status === 503) return null;
    throw error;
  }
}

async function again(once, last, waiting) {
  for (let times = 0; times < MOST_TIMES; times += 1) {
    const found = await once();
    if (found) return found;
    if (times === 0) waiting();
    await pause(AGAIN_MS);
  }
  return last();
}

// `waiting` is told once when the answer takes longer.
export function patiently(path, params, waiting = () => {}) {
  const once = async () => ((await ask("/api/isolation/readiness")).ready ? answered(path, params) : null);
  return again(once, () => ask(path, params), waiting);
}

// A walk on the map of walks, which is made after a start.
export function walkPatiently(params) {
  return again(() => answered("/api/route", params), () => ask("/api/route", params), () => {});
}
