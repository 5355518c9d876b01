// Questions about gates that the server works out when asked; while it makes ready, asked again by itself.
import { ask } from "../fetching.js";

const AGAIN_MS = 3000;
const MOST_TIMES = 30;

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// One of several processes may be ready and another not yet: then it says 503, too.
async function once(path, params) {
  if (!(await ask("/api/isolation/readiness")).ready) return null;
  try {
    return await ask(path, params);
  } catch (error) {
    if (error.status === 503) return null;
    throw error;
  }
}

// `waiting` is told once when the answer takes longer.
export async function patiently(path, params, waiting = () => {}) {
  for (let times = 0; times < MOST_TIMES; times += 1) {
    const found = await once(path, params);
    if (found) return found;
    if (times === 0) waiting();
    await pause(AGAIN_MS);
  }
  return ask(path, params);
}
