// Questions about gates that the server works out when asked; while it makes ready, asked again by itself.
import { ask } from "../fetching.js";

const AGAIN_MS = 4000;
const MOST_TIMES = 15;

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// `waiting` is told once when the answer takes longer.
export async function patiently(path, params, waiting = () => {}) {
  for (let times = 0; ; times += 1) {
    try {
      return await ask(path, params);
    } catch (error) {
      if (error.status !== 503 || times === MOST_TIMES) throw error;
      if (times === 0) waiting();
      await pause(AGAIN_MS);
    }
  }
}
