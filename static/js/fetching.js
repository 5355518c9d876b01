// Asking the server; what fails comes back as an error whose message is in the user's words.
import { lang } from "./config.js";
import { _ } from "./strings.js";

export class AskError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function ask(path, { signal, ...params } = {}) {
  const address = new URL(path, location.origin);
  address.searchParams.set("lang", lang);
  for (const [name, value] of Object.entries(params)) address.searchParams.set(name, value);
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError(_("The server can't be reached. Check the network and try again."), 0);
  }
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new AskError(problem.detail ?? problem.title ?? _("The server answered with an error ({status}).", { status: answer.status }), answer.status);
}

const kept = new Map();

// All rows of a layer, page by page, kept for as long as the layer's address doesn't change.
export function rows(layer, { geometry = "point", version = "" } = {}) {
  const key = `${layer} ${geometry} ${version}`;
  if (!kept.has(key)) {
    const found = allRows(layer, geometry);
    found.catch(() => kept.delete(key));
    kept.set(key, found);
  }
  return kept.get(key);
}

const MOST_PAGES = 20;

async function allRows(layer, geometry) {
  const features = [];
  let path = `/api/layers/${layer}.geojson`;
  let params = { geometry, limit: 1000 };
  for (let page = 0; page < MOST_PAGES && path; page += 1) {
    const answer = await ask(path, params);
    features.push(...answer.features);
    path = (answer.links ?? []).find((link) => link.rel === "next")?.href ?? answer.next ?? null;
    params = {};
  }
  return features.map((feature) => ({ ...feature.properties, point: feature.geometry?.coordinates ?? null }));
}

export function forget(layer) {
  for (const key of kept.keys()) if (key.startsWith(`${layer} `)) kept.delete(key);
}
