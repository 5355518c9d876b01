// The phone's sheet with its three heights, and the fold of the desk's panel.
import { byId } from "./dom.js";

const HEIGHTS = ["answer", "half", "all"];
const phone = matchMedia("(max-width: 1023px)");
const listeners = new Set();

export function onRoom(listener) {
  listeners.add(listener);
}

function tell() {
  for (const listener of listeners) listener();
}

export function setHeight(name) {
  document.body.dataset.sheet = name;
  tell();
}

// Something is there to be read: at least half the sheet, and the panel unfolded.
export function raise() {
  if (phone.matches && document.body.dataset.sheet === "answer") setHeight("half");
  unfold();
}

export function unfold() {
  if (document.body.classList.contains("folded")) fold(false);
}

function fold(folded) {
  document.body.classList.toggle("folded", folded);
  const button = document.querySelector(".fold");
  button.setAttribute("aria-expanded", String(!folded));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, folded ? "#chevron-right" : "#chevron-left"));
  tell();
}

export function startSheet() {
  document.querySelector(".fold").addEventListener("click", () => fold(!document.body.classList.contains("folded")));
  const sheet = document.querySelector(".sheet");
  const grip = document.querySelector(".grip");
  let start = null;
  grip.addEventListener("pointerdown", (event) => {
    start = { y: event.clientY, height: sheet.getBoundingClientRect().height, moved: false };
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => {
    if (!start) return;
    const by = start.y - event.clientY;
    if (Math.abs(by) > 6) start.moved = true;
    if (!start.moved) return;
    sheet.classList.add("is-dragged");
    document.body.style.setProperty("--sheet", `${Math.max(96, start.height + by)}px`);
  });
  const end = (event) => {
    if (!start) return;
    const { moved } = start;
    const height = sheet.getBoundingClientRect().height;
    start = null;
    sheet.classList.remove("is-dragged");
    document.body.style.removeProperty("--sheet");
    if (event.type === "pointercancel") return;
    if (moved) setHeight(nearest(height));
  };
  grip.addEventListener("pointerup", end);
  grip.addEventListener("pointercancel", end);
  grip.addEventListener("click", (event) => {
    if (event.detail && dragged) return;
    const next = HEIGHTS[(HEIGHTS.indexOf(document.body.dataset.sheet) + 1) % HEIGHTS.length];
    setHeight(next);
  });
  let dragged = false;
  grip.addEventListener("pointermove", () => (dragged = Boolean(start?.moved)));
  grip.addEventListener("pointerdown", () => (dragged = false));
  byId("task").addEventListener("focusin", () => phone.matches && document.body.dataset.sheet === "answer" && document.activeElement?.matches(":focus-visible") && setHeight("half"));
}

function nearest(height) {
  const share = height / innerHeight;
  if (share < 0.3) return "answer";
  return share < 0.65 ? "half" : "all";
}
