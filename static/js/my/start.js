// Where one starts: the device's position, else a place that is searched for or tapped on the map.
import { h, skeleton } from "../dom.js";
import { ask } from "../fetching.js";
import { _, metres } from "../strings.js";
import { askFrom, askFromHere, isShifted, setShifted } from "./position.js";

const PAUSE = 250;

// `place` is the element to fill; `answered(answer, {accuracy, chosen})` gives what to show for the server's answer.
export function start(place, path, params, answered) {
  async function attempt(asking, chosen) {
    place.replaceChildren(h("p", { class: "quiet", role: "status" }, chosen ? _("Working out the walk…") : _("Looking for your position…")), skeleton(4));
    try {
      const { answer, accuracy = null, guessed = false } = await asking();
      place.replaceChildren(
        ...(guessed ? [h("p", { class: "notice" }, _("Your position lay outside the district and was shifted back, as Chinese maps shift it."))] : []),
        ...answered(answer, { accuracy, chosen }),
        after(chosen),
      );
    } catch (error) {
      place.replaceChildren(h("div", { class: "notice caution", role: "alert" }, h("p", {}, error.message), choices()));
    }
  }
  const fromHere = () => attempt(() => askFromHere(path, params), false);
  const from = (point) => attempt(async () => ({ answer: await askFrom(path, point, params) }), true);

  function choices() {
    return h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "button", onclick: fromHere }, _("Try again")),
      h("button", { type: "button", class: "button", onclick: () => place.replaceChildren(search(from), choices()) }, _("Search for a place")),
      h("button", { type: "button", class: "button", onclick: () => tap(place, from, choices) }, _("Tap on the map")),
    );
  }

  function after(chosen) {
    const shifted = h("input", {
      type: "checkbox",
      checked: isShifted(),
      onchange: () => {
        setShifted(shifted.checked);
        fromHere();
      },
    });
    return h(
      "details",
      { class: "method" },
      h("summary", {}, chosen ? _("Another start") : _("Is the position wrong?")),
      h("label", { class: "choice" }, shifted, h("span", {}, _("The position looks off by about 500 m"))),
      choices(),
    );
  }
  fromHere();
}

function search(from) {
  const list = h("ul", { class: "list" });
  let waiting = null;
  const field = h("input", {
    class: "field",
    type: "search",
    maxlength: "100",
    "aria-label": _("Search for a place"),
    placeholder: _("Where are you? Name or address"),
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(find, PAUSE);
    },
  });
  async function find() {
    const query = field.value.trim();
    if (!query) return;
    try {
      const { results } = await ask("/api/search", { q: query, limit: 8 });
      const found = results.filter((one) => one.point);
      list.replaceChildren(
        ...found.map((one) =>
          h("li", {}, h("button", { type: "button", class: "item", onclick: () => from(one.point) }, h("span", { class: "what" }, h("span", { class: "name" }, one.name), h("span", { class: "context" }, one.context || one.layer_name)))),
        ),
        ...(found.length ? [] : [h("li", { class: "quiet" }, _("Nothing found for “{query}”. Try part of a name, an address, a code or the initials of the pinyin.", { query }))]),
      );
    } catch (error) {
      list.replaceChildren(h("li", { role: "alert" }, error.message));
    }
  }
  return h("div", { class: "stack" }, field, list);
}

async function tap(place, from, choices) {
  const box = h("div", { class: "small-map" });
  place.replaceChildren(h("p", { class: "quiet", role: "status" }, _("Tap on the map where you are.")), box, choices());
  try {
    const { drawMap } = await import("./walk-map.js");
    await drawMap(box, { onTap: from });
  } catch {
    place.replaceChildren(h("div", { class: "notice caution", role: "alert" }, h("p", {}, _("This browser can't draw the map. Search for the place instead.")), choices()));
  }
}

// A button that draws the map in its place when it is asked for.
export function mapOnDemand(what) {
  const box = h("div", {});
  const button = h(
    "button",
    {
      type: "button",
      class: "button",
      onclick: async () => {
        const map = h("div", { class: "small-map" });
        box.replaceChildren(map);
        try {
          const { drawMap } = await import("./walk-map.js");
          await drawMap(map, what);
        } catch {
          box.replaceChildren(h("p", { class: "notice caution", role: "alert" }, _("This browser can't draw the map. The words above lead there as well.")));
        }
      },
    },
    _("Show on the map"),
  );
  box.append(button);
  return box;
}

export function accuracyWords(accuracy) {
  return accuracy === null ? _("The place you chose") : _("Your position, to {accuracy}", { accuracy: metres(Math.max(1, accuracy)) });
}
