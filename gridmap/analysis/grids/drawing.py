"""From a district to its grids: tables in, tables out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.analysis.grids.community import Drawn, Ground, draw
from gridmap.analysis.grids.finishing import around_buildings, mean_walks, tiling
from gridmap.analysis.grids.households import building_communities, building_households
from gridmap.analysis.grids.numbering import grid_codes
from gridmap.analysis.leaders.walks import Distances, straight
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Grids:
    """The grids of a district.

    Attributes
    ----------
    grids
        Columns of the layer `grids`, geometry in the district's metric system. They tile the communities.
    members
        `grid_code`, `building_code`: every building with its one grid.
    notes
        What was missing or derived, and each grid outside the allowed size with the reason.
    """

    grids: gpd.GeoDataFrame
    members: pd.DataFrame
    notes: list[Note]


def grids(
    district: District,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    distances: Distances | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Grids:
    """Tile every community into contiguous grids near `numbers.grid_target` households.

    Buildings are never split, and compounds only where they alone exceed `numbers.grid_most`. Lines follow ways,
    barriers and the edges of compounds, and inside what is too large the gaps between rows of buildings. Rivers,
    railways and closed roads are crossed only where a side would otherwise stay below `numbers.grid_least`, or where a
    bridge or tunnel leads across. Villages get `rural` grids with no lower bound, and so does land where nobody lives;
    large grounds of employers get `dedicated` ones; the rest is `basic`. A community in several pieces that don't
    touch is divided piece by piece. `walk_m` is defined in `gridmap.analysis.grids.finishing.mean_walks`.

    Parameters
    ----------
    district
        Metric. Communities are needed; buildings, ways, compounds and barriers shape the grids as far as there are any.
    numbers
        `grid_target`, `grid_least`, `grid_most`, `grid_piece`, `dedicated_area_m2`, `dedicated_share`.
    distances
        Metres between buildings; straight lines unless given.
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
    notes = [
        Note("There are no {layer}, so no grid follows any.", {"layer": layer})
        for layer in ("buildings", "compounds", "ways")
        if district[layer].empty
    ]
    households, counted = building_households(district)
    home, placed = building_communities(district)
    notes += counted + placed
    ground = Ground.of(district, households.to_numpy(), numbers)
    taken = _other_codes(district)
    tables, members = [], []
    for number, community in enumerate(communities.itertuples()):
        tell(0.9 * number / len(communities), str(community.name or community.code))
        own = np.flatnonzero(home == number)
        drawn = draw(community.geometry, str(community.kind), own, ground, numbers=numbers, seed=seed)
        shapes = around_buildings(drawn.shapes, ground.buildings[own], drawn.grid_of)
        count, size = ground.households[own], len(shapes)
        table = gpd.GeoDataFrame({"code": grid_codes(str(community.code), shapes, taken)}, geometry=shapes)
        table["community_code"], table["kind"] = community.code, drawn.kind
        table["households"] = np.bincount(drawn.grid_of, weights=count, minlength=size).astype(int)
        if not len(own) and size == 1 and pd.notna(community.households):
            table["households"] = int(community.households)
        table["buildings"] = np.bincount(drawn.grid_of, minlength=size)
        table["walk_m"] = mean_walks(ground.buildings[own], count, drawn.grid_of, size, distances or straight)
        notes += _sizes(table, drawn, count, numbers)
        tables.append(table)
        codes = {
            "grid_code": table["code"].to_numpy()[drawn.grid_of],
            "building_code": buildings["code"].to_numpy()[own],
        }
        members.append(pd.DataFrame(codes))
    tell(0.9, "tiling")
    result = pd.concat(tables, ignore_index=True).set_crs(district.crs)
    result.geometry = gpd.GeoSeries(tiling(result.geometry.to_numpy()), crs=district.crs)
    result = result.astype({"households": "Int64", "buildings": "Int64"})
    names = [name for name in DISTRICT_LAYERS["grids"].names if name in result]
    tell(1.0, "done")
    return Grids(
        grids=result[[*names, "geometry"]].sort_values("code", ignore_index=True),
        members=pd.concat(members, ignore_index=True).sort_values(["grid_code", "building_code"], ignore_index=True),
        notes=notes,
    )


_TOO_MANY = (
    "Grid {grid} has {count} households, more than {most}: no division of its pieces was found within the bounds."
)
_TALL = "Grid {grid} has {count} households, more than {most}, because one of its buildings alone has more."
_TOO_FEW = (
    "Grid {grid} has {count} households, fewer than {least}: no division of its pieces was found within the bounds."
)
_APART = "Grid {grid} has {count} households, fewer than {least}: the part of the community it lies in has no more."


def _sizes(table: gpd.GeoDataFrame, drawn: Drawn, count: np.ndarray, numbers: Numbers) -> list[Note]:
    """What is outside the allowed size, and why."""
    notes = []
    for position, grid in enumerate(table.itertuples()):
        params = {"grid": grid.code, "count": grid.households, "least": numbers.grid_least, "most": numbers.grid_most}
        if grid.households > numbers.grid_most:
            tall = count[drawn.grid_of == position].max(initial=0) > numbers.grid_most
            notes.append(Note(_TALL if tall else _TOO_MANY, params, grid.code))
        elif grid.households < numbers.grid_least and grid.kind == "basic":
            apart = drawn.reach[position] < numbers.grid_least
            notes.append(Note(_APART if apart else _TOO_FEW, params, grid.code))
    return notes


def _other_codes(district: District) -> frozenset[str]:
    """Codes of everything in the district but grids."""
    layers = [name for name, layer in DISTRICT_LAYERS.items() if layer.has_code and name != "grids"]
    return frozenset(str(code) for name in layers for code in district[name]["code"].dropna())
