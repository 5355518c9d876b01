// Data: what is loaded, how fresh the results are, and where to take them away.
import { analysis, analysisName, madeWhen } from "../analyses.js";
import { config, lang, layers } from "../config.js";
import { h, icon } from "../dom.js";
import { switchTheme } from "../theme.js";
import { _, number } from "../strings.js";
import { findingSection } from "./findings.js";

const STATUS = {
  never: { words: () => _("not computed yet"), badge: "badge plain" },
  running: { words: () => _("being computed"), badge: "badge plain" },
  current: { words: () => _("up to date"), badge: "badge good" },
  stale: { words: () => _("out of date"), badge: "badge" },
  failed: { words: () => _("failed"), badge: "badge bad" },
};

function loaded() {
  const present = config.layers.filter((layer) => !layer.result && layer.count);
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("What is loaded")),
    h("dl", { class: "rows" }, present.map((layer) => [h("dt", {}, layer.name), h("dd", {}, number(layer.count))])),
    config.version === null || config.version === undefined ? null : h("p", { class: "quiet small" }, _("Data version {version}", { version: config.version })),
  );
}

function results() {
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Results")),
    h(
      "ul",
      { class: "list" },
      ["isolation", "grids", "leaders", "plans", "reach", "check"].map((name) => {
        const state = STATUS[analysis(name).status];
        return h("li", { class: "item" }, h("span", { class: "what" }, h("span", { class: "name" }, analysisName(name)), madeWhen(name) ? h("span", { class: "context" }, madeWhen(name)) : null), state ? h("span", { class: state.badge }, state.words()) : null);
      }),
    ),
  );
}

function take() {
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Take it away")),
    h("p", { class: "quiet" }, _("Any layer or result as a file, in the format of its ending:")),
    h("code", { class: "command" }, "gridmap export isolation isolation.geojson"),
    h("code", { class: "command" }, "gridmap snapshot map.html"),
  );
}

export function renderData(place) {
  const other = lang === "zh" ? "en" : "zh";
  place.append(
    ...[
      config.illustrative ? h("p", { class: "notice caution" }, _("This district is illustrative: published figures and names, made-up outlines, walls, gates and people.")) : null,
      loaded(),
      results(),
      layers.has("findings") ? findingSection() : null,
      take(),
      h(
        "div",
        { class: "buttons" },
        config.may_load ? h("a", { class: "button primary", href: "/imports" }, icon("database"), _("Bring in data")) : null,
        h("a", { class: "button", href: "/about" }, icon("info"), _("About the data")),
        config.account === null ? h("a", { class: "button phone-only", href: "/login" }, icon("user"), _("Log in")) : h("a", { class: "button phone-only", href: "/my" }, icon("user"), config.account),
        h("button", { type: "button", class: "button phone-only", onclick: switchTheme }, icon("sun-moon"), _("Light or dark")),
        h("a", { class: "button phone-only", href: `?lang=${other}`, "data-language": "", lang: other }, icon("languages"), lang === "zh" ? "English" : "中文"),
      ),
    ].filter(Boolean),
  );
}
