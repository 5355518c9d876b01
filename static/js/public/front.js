// The front page made quicker: places while one types, and "where am I". The words are the page's own, unhidden.
import { h } from "../dom.js";

const PAUSE = 180;
const PATIENCE = { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 };
const NEAR = 60; // metres: a position less sure than this says nothing about the building
const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const field = document.getElementById("find");
const found = document.querySelector("[data-found]");

async function ask(path, params, signal) {
  const answer = await fetch(`${path}?${new URLSearchParams({ ...params, lang })}`, { signal });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function page(code) {
  return `/p/${encodeURIComponent(code)}`;
}

// As one types

let waiting = null;
let asking = null;

function item({ code, name, layer_name, context }) {
  const words = h("span", { class: "what" }, h("span", { class: "name" }, name), h("span", { class: "context" }, [layer_name, context].filter(Boolean).join(" · ")));
  return h("li", {}, h("a", { class: "item", href: page(code) }, words));
}

async function search() {
  asking?.abort();
  const query = field.value.trim();
  if (!query) {
    found.replaceChildren();
    return;
  }
  asking = new AbortController();
  try {
    const { results } = await ask("/api/search", { q: query, limit: 8 }, asking.signal);
    found.replaceChildren(h("ul", { class: "list" }, results.filter(({ name, code }) => name !== code).map(item)));
  } catch (error) {
    if (error.name !== "AbortError") console.error(error); // the button still searches
  }
}

field.addEventListener("input", (event) => {
  clearTimeout(waiting);
  if (!event.isComposing) waiting = setTimeout(search, PAUSE);
});
field.addEventListener("compositionend", search);

// Where am I

function say(what) {
  for (const words of document.querySelectorAll("[data-say]")) words.hidden = words.dataset.say !== what;
}

function best(place, accuracy) {
  const near = accuracy <= NEAR ? [place.building, place.compound] : [];
  return [...near, place.community, place.street, place.compound].find(Boolean);
}

async function here({ coords: { longitude: lon, latitude: lat, accuracy } }) {
  try {
    const place = await ask("/api/locate", { lon, lat });
    if (place) {
      location.assign(page(best(place, accuracy).code));
      return;
    }
    const shifted = await ask("/api/locate", { lon, lat, crs: "gcj02" });
    if (!shifted) {
      say("outside");
      return;
    }
    const there = best(shifted, accuracy);
    const link = document.querySelector("[data-place]");
    link.href = page(there.code);
    link.textContent = [shifted.compound?.name, there.name ?? there.address].filter((part, n, all) => part && all.indexOf(part) === n).join(" ");
    say("shifted");
  } catch (error) {
    console.error(error);
    say("failed");
  }
}

function refused({ code, PERMISSION_DENIED, TIMEOUT }) {
  say(code === PERMISSION_DENIED ? "refused" : code === TIMEOUT ? "slow" : "unknown");
}

document.querySelector("[data-here-ask]").hidden = false;
document.querySelector("[data-here]").addEventListener("click", () => {
  if (!isSecureContext) say("insecure");
  else if (!navigator.geolocation) say("unknown");
  else {
    say("looking");
    navigator.geolocation.getCurrentPosition(here, refused, PATIENCE);
  }
});
