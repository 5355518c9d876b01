// What is said of a plan's regions and blocks, or of a community's grids and buildings.
import { _, ngettext } from "../strings.js";

const PLAN = {
  choose: () => _("Choose a region first: from the list, or tap one on the map while browsing."),
  chooseOne: () => _("Choose a region from the list, or tap one on the map."),
  begun: () => _("A new region: paint the blocks that belong to it."),
  changed: (n) => ngettext("{n} block changed.", "{n} blocks changed.", n),
  soFar: (n) => ngettext("{n} region so far.", "{n} regions so far.", n),
  allWell: (n) => ngettext("{n} region, all within the bounds and in one piece.", "{n} regions, all within the bounds and in one piece.", n),
  outside: (n) => ngettext("{n} region outside the bounds", "{n} regions outside the bounds", n),
  apart: (n) => ngettext("{n} piece apart from its region", "{n} pieces apart from their regions", n),
  loose: (n, people) => ngettext("{n} block unassigned ({households})", "{n} blocks unassigned ({households})", n, { households: people }),
  left: (people) => _("The plan covers a part of the district: {households} belong to none of its regions and stay where they are today.", { households: people }),
  fresh: (n) => _("new region {n}", { n }),
  meanWalk: () => _("Walk to the office, mean"),
  blocks: () => _("Blocks"),
  office: (place) => (place ? _("Office at: {place}, the best of the possible sites in the region.", { place }) : _("No block of this region may hold an office, so walks aren't known.")),
  lock: (locked) => (locked ? _("Unlock region") : _("Lock region")),
};

const GRIDS = {
  choose: () => _("Choose a grid first: from the list, or tap one on the map while browsing."),
  chooseOne: () => _("Choose a grid from the list, or tap one on the map."),
  begun: () => _("A new grid: paint the buildings that belong to it."),
  changed: (n) => ngettext("{n} building changed.", "{n} buildings changed.", n),
  soFar: (n) => ngettext("{n} grid so far.", "{n} grids so far.", n),
  allWell: (n) => ngettext("{n} grid, all within the bounds and in one piece.", "{n} grids, all within the bounds and in one piece.", n),
  outside: (n) => ngettext("{n} grid outside the bounds", "{n} grids outside the bounds", n),
  apart: (n) => ngettext("{n} piece apart from its grid", "{n} pieces apart from their grids", n),
  loose: (n, people) => ngettext("{n} building in no grid ({households})", "{n} buildings in no grid ({households})", n, { households: people }),
  left: (people) => _("{households} are in no grid yet; the draft can't be published like that.", { households: people }),
  called: (n) => _("Grid {n}", { n }),
  meanWalk: () => _("Walk to its best place, mean"),
  blocks: () => _("Buildings or groups of them"),
  office: () => null,
  lock: (locked) => (locked ? _("Unlock grid") : _("Lock grid")),
};

export function wordsOf(editor) {
  return editor.grids ? GRIDS : PLAN;
}
