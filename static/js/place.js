// The place that the address names: its card in the panel, its mark on the map.
import { change, onChange, state } from "./address.js";
import { renderCard } from "./card.js";
import { byId, h, skeleton } from "./dom.js";
import { ask } from "./fetching.js";
import { flyTo, seen, select, takeTap, theMap } from "./map.js";
import { raise } from "./sheet.js";
import { _ } from "./strings.js";
import { findingCard } from "./tasks/findings.js";
import { clearWalk } from "./isolation/drawing.js";
import { borderCard, regionCard } from "./tasks/alternatives.js";
import { isolationParts, proposalCard } from "./tasks/isolation.js";
import { siteCard } from "./tasks/reach.js";

let asking = null;
let last = null; // where the keyboard goes back to when the card closes

export function close() {
  change({ place: null });
}

function show(content) {
  byId("card").replaceChildren(content);
  byId("card").scrollTop = 0;
}

async function cardOf(code, signal) {
  const rank = /^proposal:(\d+)$/.exec(code);
  const finding = /^finding:(\d+)$/.exec(code);
  const border = /^border:(\d+):(\d+)$/.exec(code);
  const region = /^region:(\d+):(.+)$/.exec(code);
  const service = /^service:([a-z_]+):(\d+)$/.exec(code);
  if (service) return siteCard(service[1], Number(service[2]));
  if (border) return borderCard(border[1], Number(border[2]));
  if (region) return regionCard(region[1], region[2]);
  if (finding) return findingCard(Number(finding[1]));
  return rank ? proposalCard(Number(rank[1])) : ask(`/api/places/${encodeURIComponent(code)}`, { signal });
}

// A tap doesn't move the map, unless the sheet now hides what was tapped; a place from a list or a link is gone to.
function bringIntoView(card, tap) {
  if (!theMap()) return;
  if (tap) {
    if (!seen(tap)) flyTo({ point: [tap.lng, tap.lat] }, { zoom: 0 });
  } else if (card.bbox || card.point) {
    if (!card.point || !seen(card.point) || theMap().getZoom() < 12.5) flyTo(card);
  }
}

async function open(code) {
  asking?.abort();
  asking = null;
  clearWalk();
  const tap = takeTap();
  const has = Boolean(code);
  const inPanel = byId("panel").contains(document.activeElement) && document.activeElement !== byId("search");
  byId("card").hidden = !has;
  byId("task").hidden = has;
  if (!has) {
    select(null);
    if (inPanel) (byId("task").querySelector(`.item[data-code="${CSS.escape(last ?? "")}"]`) ?? byId("task")).focus({ preventScroll: true });
    return;
  }
  last = code;
  if (inPanel) byId("card").focus({ preventScroll: true });
  asking = new AbortController();
  const slow = setTimeout(() => show(skeleton(5)), 120);
  try {
    const card = await cardOf(code, asking.signal);
    clearTimeout(slow);
    show(renderCard(card, { onClose: close, extra: state.task === "isolation" ? isolationParts(card) : null }));
    select(card.layer, card.mark ?? card.code);
    raise();
    bringIntoView(card, tap);
  } catch (error) {
    clearTimeout(slow);
    if (error.name === "AbortError") return;
    select(null);
    show(
      h(
        "div",
        { class: "notice bad", role: "alert" },
        h("p", {}, error.status === 404 ? _("There is no place with the code {code}.", { code }) : error.message),
        h("div", { class: "buttons" }, error.status === 404 ? null : h("button", { type: "button", class: "button", onclick: () => open(code) }, _("Try again")), h("button", { type: "button", class: "button", onclick: close }, _("Back"))),
      ),
    );
    raise();
  }
}

export function startPlace() {
  onChange(["place"], () => open(state.place));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.place && !event.defaultPrevented) close();
  });
  if (state.place) open(state.place);
}
