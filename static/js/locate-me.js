// "Where am I": the device's position, or in words why there is none and what to do instead.
import { bounds } from "./config.js";
import { change } from "./address.js";
import { placeLink } from "./card.js";
import { byId, h, iconButton, skeleton } from "./dom.js";
import { ask } from "./fetching.js";
import { flyTo, pick, position, theMap } from "./map.js";
import { focusSearch } from "./search.js";
import { raise } from "./sheet.js";
import { _, metres } from "./strings.js";
import { hush, say } from "./toast.js";
import { hours } from "./words.js";

const PATIENCE = { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 };
const EDGES = 48;
let marker = null;

const ways = () => [
  ...(theMap() ? [{ label: _("Tap on the map"), act: askForTap }] : []),
  { label: _("Search for a place"), act: focusSearch },
];

function askForTap() {
  say(_("Tap on the map where you are."), [{ label: _("Cancel"), act: () => pick(null) }]);
  pick(({ lng, lat }) => {
    hush();
    here([lng, lat], null);
  });
}

function outline([lon, lat], radius) {
  const up = radius / 111320;
  const side = up / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: EDGES + 1 }, (_unused, n) => {
    const angle = (2 * Math.PI * n) / EDGES;
    return [lon + side * Math.cos(angle), lat + up * Math.sin(angle)];
  });
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

// The dot is an element, the accuracy an area of the map that grows and shrinks with it.
function draw(point, accuracy) {
  const map = theMap();
  if (!map) return;
  marker?.remove();
  marker = new globalThis.maplibregl.Marker({ element: h("div", { class: "position-dot", role: "img", "aria-label": _("You are here") }) }).setLngLat(point).addTo(map);
  position(accuracy ? [outline(point, accuracy)] : []);
}

function inside([lon, lat]) {
  const [west, south, east, north] = bounds;
  return lon >= west && lon <= east && lat >= south && lat <= north;
}

function placeRow(label, place) {
  if (!place) return [h("dt", {}, label), h("dd", { class: "quiet" }, _("none here"))];
  const name = place.name || place.address || place.number || place.code;
  return [h("dt", {}, label), h("dd", {}, place.code ? placeLink(place.code, String(name)) : String(name))];
}

// Who leads a place: a name only if it is published; what an analysis proposes is said to be that.
function leaderWords({ in_office, name, duty_phone, status_label }) {
  return [name, duty_phone, name && in_office ? null : status_label].filter(Boolean).join(" ");
}

function office({ name, office: site, office_address, office_hours, phone, members }) {
  const number = phone ?? site?.phone;
  const open = site?.hours ?? office_hours;
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, name),
    h("p", {}, [site?.name, office_address ?? site?.address_near].filter(Boolean).join(" · ")),
    open ? h("p", { class: "quiet" }, hours(open)) : null,
    number ? h("a", { class: "button primary", href: `tel:${number}` }, _("Call {phone}", { phone: number })) : null,
    members?.length ? h("dl", { class: "rows" }, members.map((one) => [h("dt", {}, one.title ?? _("Member")), h("dd", {}, one.duty_phone ? [one.name, " ", h("a", { href: `tel:${one.duty_phone}` }, one.duty_phone)] : one.name)])) : null,
  );
}

function answer(found, accuracy) {
  const closing = () => {
    byId("card").hidden = true;
    byId("task").hidden = false;
  };
  const best = found.compound ?? found.community ?? found.street;
  return h(
    "article",
    { class: "stack", "aria-labelledby": "card-title" },
    h("header", { class: "head" }, h("div", {}, h("p", { class: "quiet small" }, accuracy ? _("Your position, to {accuracy}", { accuracy: metres(accuracy) }) : _("The place you chose")), h("h2", { id: "card-title" }, best?.name ?? _("You are here"))), iconButton("x", _("Close"), closing)),
    h("dl", { class: "rows" }, placeRow(_("Building"), found.building), placeRow(_("Compound"), found.compound), placeRow(_("Grid"), found.grid), placeRow(_("Community"), found.community), placeRow(_("Street"), found.street)),
    found.committee ? office(found.committee) : null,
    found.leaders?.length
      ? h("section", { class: "stack-tight" }, h("h3", {}, _("Leaders")), h("dl", { class: "rows" }, found.leaders.map((one) => [h("dt", {}, one.role_label), h("dd", {}, leaderWords(one))])))
      : null,
  );
}

async function here(point, accuracy) {
  change({ place: null }, { quiet: true });
  if (!inside(point)) {
    say(_("You are outside the district ({lon}, {lat}), so there is nothing of it around you.", { lon: point[0].toFixed(4), lat: point[1].toFixed(4) }), ways());
    return;
  }
  draw(point, accuracy);
  byId("card").replaceChildren(skeleton(4));
  byId("card").hidden = false;
  byId("task").hidden = true;
  raise();
  flyTo({ point }, { zoom: accuracy && accuracy > 300 ? 14 : 17 });
  try {
    const found = await ask("/api/locate", { lon: point[0], lat: point[1] });
    if (!found.community && !found.street) say(_("You are outside the district ({lon}, {lat}), so there is nothing of it around you.", { lon: point[0].toFixed(4), lat: point[1].toFixed(4) }), ways());
    byId("card").replaceChildren(answer(found, accuracy));
  } catch (error) {
    byId("card").replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message));
  }
}

function refused(error) {
  if (error.code === error.PERMISSION_DENIED) say(_("The browser may not tell your position. Allow it in the settings of this page, or choose the place yourself."), ways());
  else if (error.code === error.TIMEOUT) say(_("Your position took too long to find. Try again under open sky, or choose the place yourself."), ways());
  else say(_("Your device does not know its position now. Choose the place yourself."), ways());
}

export function startLocateMe() {
  byId("locate").addEventListener("click", () => {
    if (!isSecureContext) say(_("Browsers tell a position only over a secure connection (https), and this page has none. Choose the place yourself."), ways());
    else if (!navigator.geolocation) say(_("This browser can't tell a position. Choose the place yourself."), ways());
    else {
      say(_("Looking for your position…"));
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          hush();
          here([coords.longitude, coords.latitude], coords.accuracy);
        },
        refused,
        PATIENCE,
      );
    }
  });
}
