// The walk to a place: the answer, its gates and steps in words; a map when it is asked for.
import { byId, h } from "../dom.js";
import { _, metres } from "../strings.js";
import { accuracyWords, mapOnDemand, start } from "./start.js";

function steps(answer) {
  return h("ol", { class: "steps" }, answer.steps.map((step) => h("li", { class: step.gate ? "is-gate" : null }, h("span", {}, step.words))));
}

// Copying needs a secure context, which the office's network may lack: the text can always be marked.
function coordinates([lon, lat]) {
  const field = h("input", { class: "field", readonly: true, value: `${lat.toFixed(6)},${lon.toFixed(6)}`, "aria-label": _("Coordinates (latitude, longitude)"), onfocus: () => field.select() });
  const button = h(
    "button",
    {
      type: "button",
      class: "button",
      onclick: async () => {
        field.select();
        try {
          await navigator.clipboard.writeText(field.value);
          button.textContent = _("Copied");
        } catch {
          button.textContent = _("Marked: copy it");
        }
      },
    },
    _("Copy the coordinates"),
  );
  return h("div", { class: "copied" }, field, button);
}

function handOn(answer) {
  return h(
    "section",
    { class: "stack" },
    h("h2", {}, _("To the {place} by another app", { place: answer.aim.name })),
    h("div", { class: "buttons" }, answer.apps.map((one) => h("a", { class: "button", href: one.href, rel: "noopener noreferrer" }, one.label))),
    coordinates(answer.aim.point),
  );
}

function answered(answer, { accuracy }) {
  return [
    h("p", { class: "walk-answer" }, answer.sentence),
    h("p", { class: "quiet" }, accuracyWords(accuracy), " · ", _("{n} in a straight line", { n: metres(answer.straight_m) })),
    ...answer.notes.map((note) => h("p", { class: "notice caution" }, note)),
    ...(answer.line ? [steps(answer), mapOnDemand({ from: answer.from, accuracy, line: answer.line, gates: answer.stops_at ? [...answer.gates, answer.stops_at] : answer.gates, aim: answer.to.point })] : []),
    handOn(answer),
  ];
}

const place = byId("walk");
start(place, "/api/route", { to: place.dataset.to }, answered);
