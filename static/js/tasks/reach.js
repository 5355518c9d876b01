// Services within reach: who walks how far to each kind, where it lacks, and where one more would help most.
import { change, onChange, state } from "../address.js";
import { analysis, madeWhen, stateNotice } from "../analyses.js";
import { layers } from "../config.js";
import { h, icon, skeleton } from "../dom.js";
import { rows } from "../fetching.js";
import { growing, placeItem, shareBar } from "../lists.js";
import { palette } from "../palette.js";
import { serviceOf } from "../style.js";
import { _, number, share } from "../strings.js";
import { openTable } from "../table.js";
import { SERVICES, serviceWord } from "../words.js";

const MINUTES = [5, 10, 15];

const sum = (list, name) => list.reduce((total, row) => total + (row[name] ?? 0), 0);
const part = (list, name, whole) => (sum(list, whole) ? sum(list, name) / sum(list, whole) : null);
const percent = (value) => (value === null ? "–" : share(value));

function choose(patch) {
  const next = { ...serviceOf(state), ...patch };
  change({ service: `${next.kind}.${next.minutes}` });
}

function choices(kinds, { kind, minutes }) {
  const option = (value) => h("option", { value, selected: value === kind }, serviceWord(value));
  const chip = (n) => h("label", { class: "chip" }, h("input", { type: "radio", name: "minutes", value: n, checked: n === minutes, onchange: () => choose({ minutes: n }) }), h("span", {}, _("{n} min", { n })));
  return h(
    "section",
    { class: "stack-tight" },
    h("label", { class: "stack-tight" }, h("span", { class: "quiet small" }, _("Service")), h("select", { class: "field", id: "service", onchange: (event) => choose({ kind: event.target.value }) }, kinds.map(option))),
    h("div", { class: "chips", role: "radiogroup", "aria-label": _("Minutes on foot") }, MINUTES.map(chip)),
  );
}

function overview(list, minutes, p) {
  const within = sum(list, `within_${minutes}`);
  const all = sum(list, "residents");
  const counted = list.filter((row) => row.elderly !== null);
  const older = part(counted, `elderly_within_${minutes}`, "elderly");
  const worst = minutes === 15 ? part(list, "within_15_worst", "residents") : null;
  return h(
    "section",
    { class: "stack-tight" },
    h("p", { class: "answer" }, _("{share} of residents are there within {n} minutes on foot.", { share: percent(all ? within / all : null), n: minutes })),
    shareBar([{ count: within, colour: p["answer-open"] }, { count: all - within, colour: p["answer-isolated"] }]),
    h(
      "dl",
      { class: "rows" },
      [h("dt", {}, _("Residents farther away")), h("dd", {}, number(all - within))],
      older === null ? null : [h("dt", {}, _("Over 60, at their own pace")), h("dd", {}, percent(older))],
      worst === null ? null : [h("dt", {}, _("If what nobody surveyed is closed")), h("dd", {}, percent(worst))],
    ),
  );
}

function siteItem(row) {
  return placeItem({
    code: `service:${row.kind}:${row.rank}`,
    layer: "reach_sites",
    name: row.beside ?? row.community_name ?? _("Site without a name"),
    context: [row.beside ? row.community_name : null, _("{n} more residents within 15 minutes", { n: number(row.residents) })].filter(Boolean).join(" · "),
    figure: share(row.within_15),
    mark: h("span", { class: "rank" }, row.rank),
  });
}

function proposals(sites, kind) {
  const own = sites.filter((row) => row.kind === kind).sort((a, b) => a.rank - b.rank);
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("Where one more would help most")),
    own.length ? h("ul", { class: "list" }, own.map(siteItem)) : h("p", { class: "quiet small" }, _("No further site would bring anybody into reach.")),
  );
}

function byCommunity(list, kind, minutes) {
  const name = `within_${minutes}`;
  const ordered = list.filter((row) => row.community_code).sort((a, b) => b.residents - b[name] - (a.residents - a[name]));
  const item = (row) => placeItem({ code: row.community_code, layer: "communities", name: row.community_name, context: _("{n} residents farther away", { n: number(row.residents - row[name]) }), figure: share(row[name] / row.residents) });
  return h(
    "section",
    { class: "stack-tight" },
    h("h3", {}, _("By community")),
    h("button", { type: "button", class: "button desk-only", onclick: () => tableOf(ordered, kind) }, icon("table"), _("All communities as a table")),
    exports(),
    growing(ordered, item, { step: 12 }),
  );
}

function tableOf(list, kind) {
  const column = (id, title, value, show = number) => ({ id, title, number: true, value, show: (row) => (value(row) === null ? null : show(value(row))) });
  const within = (minutes) => column(`within_${minutes}`, _("{n} min", { n: minutes }), (row) => row[`within_${minutes}`] / row.residents, share);
  openTable({
    title: `${_("Services within reach")}: ${serviceWord(kind)}`,
    layer: "communities",
    rows: list.map((row) => ({ ...row, code: row.community_code })),
    sort: "beyond",
    filters: ["street"],
    columns: [
      { id: "name", title: _("Community"), value: (row) => row.community_name },
      { id: "street", title: _("Street"), value: (row) => row.street_name ?? null },
      column("sites", _("Sites inside"), (row) => row.sites),
      column("residents", _("Residents"), (row) => row.residents),
      ...MINUTES.map(within),
      column("beyond", _("Farther than 15 min"), (row) => row.residents - row.within_15),
      column("elderly", _("Over 60 within 15 min"), (row) => (row.elderly ? (row.elderly_within_15 ?? 0) / row.elderly : null), share),
      column("walk", _("Mean walk, m"), (row) => row.mean_walk_m),
    ],
  });
}

function exports() {
  const to = (href, words) => h("a", { href, download: "" }, words);
  return h("p", { class: "small" }, _("Export:"), " ", to("/api/reach/export.xlsx", "Excel"), " · ", to("/api/reach/export.gpkg", "GeoPackage"), " · ", to("/api/reach/export.geojson?layer=reach_gaps", _("GeoJSON of gaps")), " · ", to("/api/reach/export.geojson?layer=reach_sites", _("GeoJSON of sites")));
}

// The card of a proposed site; its figures come with the layer, there is no such place.
export async function siteCard(kind, rank) {
  const row = (await rows("reach_sites")).find((one) => one.kind === kind && one.rank === rank);
  if (!row) throw Object.assign(new Error(_("There is no such proposed site any more.")), { status: 410 });
  return {
    layer: "reach_sites",
    layer_name: layers.get("reach_sites")?.name ?? _("Proposed site"),
    name: `${rank}. ${serviceWord(kind)}`,
    mark: `service:${kind}:${rank}`,
    sentence: _("One more here would bring {n} residents within 15 minutes on foot.", { n: number(row.residents) }),
    figures: [
      { label: _("Residents who gain"), value: row.residents },
      { label: _("Over 60 who gain"), value: row.elderly },
      { label: _("Within 15 minutes then"), value: share(row.within_15) },
    ],
    parts: [{ title: _("Place"), rows: [row.beside ? { label: _("Beside"), value: row.beside } : null, row.community_code ? { label: _("Community"), value: row.community_name, code: row.community_code } : null].filter(Boolean) }],
    method: _("Possible sites lie along the ways near homes, one every 120 m or so. They are chosen one after another, each given those before it; the land and the building are not looked at."),
    point: row.point,
  };
}

export function renderReach(place) {
  const notice = stateNotice("reach");
  if (notice) place.append(notice);
  if (analysis("reach").status === "never") return;
  const content = h("div", { class: "stack" }, skeleton(6));
  place.append(content);
  Promise.all([rows("reach"), rows("reach_sites")])
    .then(([found, sites]) => {
      const kinds = Object.keys(SERVICES).filter((kind) => found.some((row) => row.kind === kind));
      if (!kinds.length) return content.replaceChildren(h("p", { class: "notice" }, _("The data hold no services: no facilities, no offices. Import them to see who reaches them.")));
      const draw = () => {
        const { kind, minutes } = serviceOf(state);
        const own = found.filter((row) => row.kind === kind);
        const made = madeWhen("reach");
        const focused = document.activeElement?.closest("#task")?.contains(document.activeElement) ? document.activeElement : null;
        content.replaceChildren(
          ...[
            choices(kinds, { kind, minutes }),
            own.length ? overview(own, minutes, palette()) : h("p", { class: "quiet" }, _("None is recorded in the data.")),
            own.length ? proposals(sites, kind) : null,
            own.length ? byCommunity(own, kind, minutes) : null,
            made ? h("p", { class: "quiet small" }, made) : null,
          ].filter(Boolean),
        );
        if (focused?.id) content.querySelector(`#${focused.id}`)?.focus();
        else if (focused?.name) content.querySelector(`input[name=${focused.name}]:checked`)?.focus();
      };
      draw();
      redraw = () => content.isConnected && draw();
    })
    .catch((error) => content.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
}

let redraw = () => {};
onChange(["service"], () => redraw());
