"""From a district to its grids: tables in, tables out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.grids.community import Drawn, Ground, draw
from gridmap.analysis.grids.finishing import around_buildings, mean_walks, tiling
from gridmap.analysis.grids.households import building_communities, building_households
from gridmap.analysis.grids.keeping import OUT_OF_BOUNDS, kept
from gridmap.analysis.grids.mending import mended
from gridmap.analysis.grids.numbering import grid_codes
from gridmap.analysis.grids.objective import parted, walks_between
from gridmap.analysis.grids.reporting import judged, table
from gridmap.analysis.grids.touring import stops
from gridmap.analysis.grids.walks import PairWalks, pair_walks_of
from gridmap.analysis.grids.workers import in_turn
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note, Words, template
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.uncertainty import household_errors, ranges

Progress = Callable[[float, Words], None]


@dataclass(frozen=True)
class Grids:
    """The grids of a district.

    Attributes
    ----------
    grids
        Columns of the layer `grids`, geometry in the district's metric system. They tile the communities.
    members
        `grid_code`, `building_code`, `stop`: every building with its one grid, and when one comes by on a round.
    values
        One row a community with basic grids: the columns of `gridmap.analysis.grids.reporting.judged`.
    notes
        What was missing or derived, and each grid outside the allowed size with the reason.
    """

    grids: gpd.GeoDataFrame
    members: pd.DataFrame
    values: pd.DataFrame
    notes: list[Note]


def grids(
    district: District,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    drawn: Mapping[str, Drawn] | None = None,
    walks: PairWalks | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Grids:
    """Tile every community into contiguous grids near `numbers.grid_target` households.

    Buildings are never split, and compounds only where they alone exceed `numbers.grid_most`. Lines follow ways,
    barriers and the edges of compounds, and inside what is too large the gaps between rows of buildings. Rivers,
    railways and closed roads are crossed only where a side would otherwise stay below `numbers.grid_least`, or where
    a bridge or tunnel leads across. Villages get `rural` grids, one a natural village, with no lower bound, and so
    does land where nobody lives; large grounds of employers get `dedicated` ones; the rest is `basic`. A community in
    several pieces that don't touch is divided piece by piece. `walk_m` is defined in
    `gridmap.analysis.grids.finishing.mean_walks`. Where households of its buildings were derived, `households_low`
    and `households_high` say between what a grid's may lie.

    Grids from before (the district's layer `grids`) that still fit keep their codes; see
    `gridmap.analysis.grids.keeping.kept` and `gridmap.analysis.grids.mending.mended`. `by_hand` says which grids people
    drew. `size_least` and `size_most` say between how many households each was to have: no fewer than 0 in villages and
    on grounds of employers.

    Parameters
    ----------
    district
        Metric. Communities are needed; buildings, ways, compounds and barriers shape the grids as far as there are any.
    numbers
        `grid_target`, `grid_least`, `grid_most`, `grid_piece`, `grid_per_staff`, `dedicated_area_m2`,
        `dedicated_share`, `village_gap_m`, `village_least`.
    drawn
        Of communities by their code: grids that are drawn already and only measured here.
    walks
        Metres on foot between buildings; by default on the walk graph as residents, or straight lines without ways.
    seed
        Of the random choices in joining pieces.
    progress
        Called with the share done and words.

    Raises
    ------
    DataError
        The district isn't metric, or has no communities.
    """
    if district.crs == GEOGRAPHIC:
        raise DataError("Grids are drawn in metres: give the district in a metric system.")
    communities, buildings = district["communities"], district["buildings"]
    if communities.empty:
        raise DataError("The district has no communities. Grids are drawn inside them: import communities first.")
    tell = progress or (lambda _share, _words: None)
    notes = [note for layer, note in _MISSING.items() if district[layer].empty]
    households, counted = building_households(district)
    home, placed = building_communities(district)
    notes += counted + placed
    ground = Ground.of(district, households.to_numpy(), numbers)
    places = shapely.get_coordinates(shapely.point_on_surface(ground.buildings)).reshape(-1, 2)

    on_foot = walks or pair_walks_of(district, numbers)
    taken = _other_codes(district)
    tables: list[gpd.GeoDataFrame] = []
    values: dict[str, Mapping[str, float]] = {}
    grid_of = np.full(len(buildings), -1)

    def tasks() -> Iterator[_Task]:
        for number, row in enumerate(communities.itertuples()):
            community = _Community(row.code, row.name, row.kind, row.households, row.geometry)
            own = np.flatnonzero(home == number)
            before = district["grids"][district["grids"]["community_code"] == community.code]
            lived_in = ground.households[own] > 0
            own_numbers = community.numbers(ground.households[own], numbers)
            whole = community.kind == "village" and ground.households[own].sum() <= own_numbers.grid_most
            metres = walks_between(places[own], lived_in & (not whole), on_foot)
            yield _Task(community, own, own_numbers, before, metres, (drawn or {}).get(str(community.code)))

    count = len(communities)
    with closing(in_turn(_gridded, tasks(), ground, seed, count=count - len(drawn or ()))) as done:
        for number, (one, (here, value, said)) in enumerate(done):
            name = one.community.name or one.community.code
            tell(0.9 * number / count, Note("grids of {community}", {"community": name}))
            rows = _table(one, here, ground.households[one.own], taken)
            notes += [*said, *_outside(one, rows, here, ground.households[one.own])]
            if value is not None:
                values[str(one.community.code)] = value
            grid_of[one.own] = here.grid_of + sum(map(len, tables))
            tables.append(rows)
    tell(0.9, "tiling")
    result = pd.concat(tables, ignore_index=True).set_crs(district.crs)
    result.geometry = gpd.GeoSeries(tiling(result.geometry.to_numpy()), crs=district.crs)
    tell(0.93, "walks")
    result["walk_m"] = mean_walks(places, ground.households, grid_of, len(result), on_foot)
    members = pd.DataFrame({"grid_code": result["code"].to_numpy()[grid_of], "building_code": buildings["code"]})
    members["stop"] = pd.array(stops(places, grid_of, on_foot), dtype="Int64")
    counts = pd.DataFrame({"households": households.to_numpy(), "derived": buildings["derived"].to_numpy()})
    errors = household_errors(counts, numbers=numbers).summed(grid_of, len(result))
    result = result.join(ranges(result["households"], errors))
    names = [name for name in DISTRICT_LAYERS["grids"].names if name in result]
    tell(1.0, "done")
    return Grids(
        grids=result[[*names, "geometry"]].sort_values("code", ignore_index=True),
        members=members.sort_values(["grid_code", "building_code"], ignore_index=True),
        values=table(values),
        notes=notes,
    )


class _Community(NamedTuple):
    """What is asked of a row of the layer `communities`."""

    code: str
    name: str | None
    kind: str
    households: int | None
    geometry: shapely.Geometry

    def staff(self, of_buildings: np.ndarray, numbers: Numbers) -> int | None:
        """Its staff by the mission's rule, for its own count of households, or else that of its buildings."""
        households = int(self.households if pd.notna(self.households) else of_buildings.sum())
        return numbers.staff_needed(households, self.kind)

    def numbers(self, of_buildings: np.ndarray, numbers: Numbers) -> Numbers:
        """The numbers that its grids are drawn by."""
        return numbers.for_grids(int(of_buildings.sum()), staff=self.staff(of_buildings, numbers))


@dataclass(frozen=True)
class _Task:
    """A community to be divided, its buildings (positions), the numbers that hold for it, its grids from before, the
    walks between its buildings, and its grids where they are drawn already."""

    community: _Community
    own: np.ndarray
    numbers: Numbers
    before: gpd.GeoDataFrame
    metres: np.ndarray
    drawn: Drawn | None = None


def _gridded(task: _Task, ground: Ground, seed: int) -> tuple[Drawn, Mapping[str, float] | None, list[Note]]:
    """The community's grids, from before where they still fit, how good they are, and what is to be said of them."""
    community, own, numbers = task.community, task.own, task.numbers
    reason: Note | None = None
    drawn: Drawn | None = task.drawn

    def anew(area: shapely.Geometry, rows: np.ndarray) -> Drawn:
        """The grids of a part of the community with these of its buildings."""
        metres = task.metres[np.ix_(rows, rows)]
        found = draw(area, str(community.kind), own[rows], ground, metres=metres, numbers=numbers, seed=seed)
        found.shapes = around_buildings(found.shapes, ground.buildings[own[rows]], found.grid_of)
        return found

    if drawn is None and len(task.before):
        before = kept(community.geometry, task.before, ground.buildings[own], ground.households[own], numbers)
        if isinstance(before, Note):
            reason = before
        else:
            drawn, outside = before
            if outside.any():
                reason = OUT_OF_BOUNDS
                # a community whose staff have one grid each needs just so many
                count = ground.households[own]
                drawn = None if numbers.grid_per_staff else mended(drawn, outside, count, anew, numbers)
    if drawn is None:
        drawn = anew(community.geometry, np.arange(len(own)))
    formerly = _formerly(task.before, ground.buildings[own])
    value = judged(drawn, ground.households[own], ground.compound_of[own], task.metres, numbers, before=formerly)
    notes = [] if reason is None else _anew(community, reason, formerly, drawn, ground.households[own])
    return replace(drawn, lumps=()), value, notes


def _anew(
    community: _Community, reason: Note, before: np.ndarray | None, drawn: Drawn, count: np.ndarray
) -> list[Note]:
    """Why a community's grids were drawn anew, and how much is otherwise than before."""
    params: dict[str, object] = {"name": community.name or community.code, "reason": reason}
    if before is None:
        return [Note("The grids of {name} were drawn anew: {reason}.", params, str(community.code))]
    both = pd.DataFrame({"before": before, "now": drawn.grid_of}).drop_duplicates()
    same = ~both["before"].duplicated(keep=False) & ~both["now"].duplicated(keep=False)
    params |= {
        "same": int(same.sum()),
        "grids": len(drawn.shapes),
        "moved": int(parted(before, drawn.grid_of, count)),
        "all": int(count.sum()),
    }
    words = template(
        "The grids of {name} were drawn anew: {reason}. {same} of now {grids} hold the same buildings as one before; "
        "{moved} of {all} households are parted from most of their grid."
    )
    if drawn.codes is not None:
        words = template(
            "Some grids of {name} were drawn anew: {reason}. {same} of now {grids} hold the same buildings as one "
            "before; {moved} of {all} households are parted from most of their grid."
        )
    return [Note(words, params, str(community.code))]


def _formerly(before: gpd.GeoDataFrame, buildings: np.ndarray) -> np.ndarray | None:
    """The grid from before that each building lies in or is nearest to; None where there were none."""
    if before.empty or not len(buildings):
        return None
    nearest: np.ndarray = shapely.STRtree(before.geometry.to_numpy()).nearest(shapely.point_on_surface(buildings))
    return nearest


def _table(task: _Task, drawn: Drawn, count: np.ndarray, taken: frozenset[str]) -> gpd.GeoDataFrame:
    """A community's grids in the columns of the layer, but for the walk."""
    size, community, numbers = len(drawn.shapes), task.community, task.numbers
    codes = np.full(size, None, dtype=object) if drawn.codes is None else drawn.codes.copy()
    new = pd.isna(codes)
    before = [] if drawn.codes is None else task.before["code"].astype(str)
    codes[new] = grid_codes(str(community.code), drawn.shapes[new], taken, before)
    households = np.bincount(drawn.grid_of, weights=count, minlength=size).astype(int)
    if not len(count) and size == 1 and pd.notna(community.households):
        households[0] = int(community.households)
    columns = {
        "code": codes,
        "community_code": community.code,
        "kind": drawn.kind,
        "households": pd.array(households, dtype="Int64"),
        "buildings": pd.array(np.bincount(drawn.grid_of, minlength=size), dtype="Int64"),
        "size_least": pd.array(np.where(drawn.kind == "basic", numbers.grid_least, 0), dtype="Int64"),
        "size_most": pd.array(np.full(size, numbers.grid_most), dtype="Int64"),
        "by_hand": drawn.by_hand,
    }
    return gpd.GeoDataFrame(columns, geometry=drawn.shapes)


_MISSING = {
    "buildings": Note("There are no buildings, so no grid follows any.", {"layer": "buildings"}),
    "compounds": Note("There are no compounds, so no grid follows any.", {"layer": "compounds"}),
    "ways": Note("There are no ways, so no grid follows any.", {"layer": "ways"}),
}
_TOO_MANY = template(
    "Grid {grid} has {count} households, more than {most}: no division of its pieces was found within the bounds."
)
_TALL = template("Grid {grid} has {count} households, more than {most}, because one of its buildings alone has more.")
_TOO_FEW = template(
    "Grid {grid} has {count} households, fewer than {least}: no division of its pieces was found within the bounds."
)
_NONE = template(
    "Grid {grid} has {count} households instead of {least} to {most}: it is proven that the pieces of the part of the "
    "community it lies in can't be joined within these bounds."
)
_APART = template(
    "Grid {grid} has {count} households, fewer than {least}: the part of the community it lies in has no more."
)


_BY_HAND_MANY = template("Grid {grid} has {count} households, more than {most}: it was drawn so by hand.")
_BY_HAND_FEW = template("Grid {grid} has {count} households, fewer than {least}: it was drawn so by hand.")


def _sizes(table: gpd.GeoDataFrame, drawn: Drawn, count: np.ndarray, numbers: Numbers) -> list[Note]:
    """What is outside the allowed size, and why."""
    notes = []
    none = np.zeros(len(table), bool) if drawn.none is None else drawn.none
    for position, grid in enumerate(table.itertuples()):
        params = {"grid": grid.code, "count": grid.households, "least": grid.size_least, "most": grid.size_most}
        if grid.households > numbers.grid_most:
            tall = count[drawn.grid_of == position].max(initial=0) > numbers.grid_most
            many = _TALL if tall else _BY_HAND_MANY if drawn.by_hand else _NONE if none[position] else _TOO_MANY
            notes.append(Note(many, params, grid.code))
        elif grid.households < numbers.grid_least and grid.kind == "basic":
            apart = drawn.reach[position] < numbers.grid_least
            few = _APART if apart else _BY_HAND_FEW if drawn.by_hand else _NONE if none[position] else _TOO_FEW
            notes.append(Note(few, params, grid.code))
    return notes


def _outside(task: _Task, table: gpd.GeoDataFrame, drawn: Drawn, count: np.ndarray) -> list[Note]:
    """What isn't as the numbers want it: sizes, and as many grids as staff."""
    return [*_sizes(table, drawn, count, task.numbers), *_per_staff(task.community, drawn, count, task.numbers)]


def _per_staff(community: _Community, drawn: Drawn, count: np.ndarray, numbers: Numbers) -> list[Note]:
    """Where each of the staff should have one grid and that couldn't be."""
    staff, found = community.staff(count, numbers), int((drawn.kind != "rural").sum())
    if not numbers.grid_per_staff or staff in {None, found}:
        return []
    params = {"name": community.name or community.code, "grids": found, "staff": staff}
    return [Note("{name} has {grids} grids for {staff} members of staff.", params, str(community.code))]


def _other_codes(district: District) -> frozenset[str]:
    """Codes of everything in the district but grids."""
    layers = [name for name, layer in DISTRICT_LAYERS.items() if layer.has_code and name != "grids"]
    return frozenset(str(code) for name in layers for code in district[name]["code"].dropna())
