// Browse: the district in figures, themes by attribute, and all places as a list.
import { layers, themes } from "../config.js";
import { change, state } from "../address.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem } from "../lists.js";
import { _, compare, households, number } from "../strings.js";

function figure(label, value, unit) {
  return h("div", {}, h("dt", {}, label), h("dd", {}, value, unit ? h("small", {}, unit) : null));
}

function summary(communities) {
  const sum = (name) => communities.reduce((total, one) => total + (one[name] ?? 0), 0);
  return h(
    "dl",
    { class: "figures" },
    figure(_("Residents"), number(sum("residents"))),
    figure(_("Households"), number(sum("households"))),
    figure(layers.get("communities").name, number(communities.length)),
    figure(layers.get("compounds").name, number(layers.get("compounds").count ?? 0)),
  );
}

function themeChoice() {
  if (!themes.size) return null;
  const option = (id, name) =>
    h("label", { class: "chip" }, h("input", { type: "radio", name: "theme", value: id, checked: (state.theme ?? "") === id, onchange: () => change({ theme: id || null }) }), h("span", {}, name));
  return h("section", { class: "stack-tight" }, h("h3", {}, _("Colour by")), h("div", { class: "chips", role: "radiogroup", "aria-label": _("Colour by") }, option("", _("nothing")), [...themes.values()].map((theme) => option(theme.id, theme.name))));
}

function street(one, communities) {
  const inside = communities.filter((community) => community.street_code === one.code).sort((a, b) => compare(a.name ?? "", b.name ?? ""));
  const total = inside.reduce((sum, community) => sum + (community.households ?? 0), 0);
  const details = h("details", {}, h("summary", { class: "item" }, h("span", { class: "what" }, h("span", { class: "name" }, one.name ?? one.code)), h("span", { class: "figure" }, households(total)), icon("chevron-down")));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(growing(inside, (community) => placeItem({ code: community.code, layer: "communities", name: community.name, context: community.kind_label ?? null, figure: households(community.households) })));
    }
  });
  return details;
}

function directory(streets, communities) {
  const found = streets.length ? streets.map((one) => street(one, communities)) : growing(communities, (one) => placeItem({ code: one.code, layer: "communities", name: one.name, figure: households(one.households) }));
  return h("section", { class: "stack-tight" }, h("h3", {}, _("All places")), found);
}

export function renderLook(place) {
  const figures = h("div", {}, skeleton(2));
  const list = h("div", {});
  place.append(figures, themeChoice() ?? "", list);
  Promise.all([rows("communities"), rows("streets")])
    .then(([communities, streets]) => {
      figures.replaceChildren(summary(communities));
      list.replaceChildren(directory(streets, communities));
    })
    .catch((error) => figures.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}

