"""The illustrative district put together: from the outline to the tables of a district file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.sample import estates, gates, houses, people, rivers, roads, tables, truth, works
from gridmap.sample.draft import Draft, Land
from gridmap.sample.lattice import Cells, cells
from gridmap.sample.outline import outline
from gridmap.sample.zones import Zones, zones

Progress = Callable[[float, str], None]

_BANKS = {"river": 34, "river_bridge": 38}
"""Compounds on the far bank of a river that are tried for at scale 1."""

_HOUSED = 0.27
"""Share of factories with their workers' housing inside their wall."""

_LEAST_SCALE, _MOST_SCALE = 0.05, 20.0


@dataclass(frozen=True)
class Sample:
    """The illustrative district (EPSG:4326), and which of its compounds were made isolated, and how."""

    district: District
    truth: pd.DataFrame


def make_sample(*, seed: int = 2012, scale: float = 1.0, progress: Progress | None = None) -> Sample:
    """Make the illustrative district.

    Parameters
    ----------
    seed
        The same seed gives the same content.
    scale
        1 is the real zone's size: 140 km², 79 communities, about 800 compounds, 186,000 residents; 10 is ten times
        all of these, inland where the coast ends; less than 1 is a part of it.
    progress
        Called with the share done and words.

    Returns
    -------
    The district in EPSG:4326 and its truth: `compound_code`, `isolated`, `how`.

    Raises
    ------
    InputError
        Where the scale is out of range.
    """
    if not _LEAST_SCALE <= scale <= _MOST_SCALE:
        raise InputError("A sample's scale lies between {least} and {most}; {scale} was given.",
                         least=_LEAST_SCALE, most=_MOST_SCALE, scale=scale)  # fmt: skip
    tell = progress or (lambda *_: None)
    rng = np.random.default_rng(seed)
    tell(0.0, "outline and street lines")
    place = outline(scale)
    plat = cells(place, rng)
    tell(0.15, "communities and land uses")
    zoning = zones(plat, scale, rng)
    tell(0.2, "compounds and buildings")
    draft = Draft()
    streets, _ = roads.streets(plat, zoning, rng)
    draft.ways += streets
    _build(draft, plat, zoning, scale, rng)
    tell(0.45, "people")
    settled = people.settle(draft, zoning, scale, rng)
    tell(0.5, "walls and gates")
    gates.assign_roles(draft, scale, rng)
    gates.enclose(draft, rng)
    through, openings = gates.potential(draft)
    ways = roads.noded(draft.ways + through + gates.inner_ways(draft))
    tell(0.6, "walks between neighbours")
    truth.settle(draft, settled.households, ways, openings, scale)
    gates.draw(draft, rng)
    draft.ways = roads.joined([w for w in ways if w.opening < 0 or openings[w.opening].access])
    tell(0.8, "tables")
    layers, made = tables.tables(tables.Drawn(place, plat, zoning, draft, settled), rng)
    district = District(layers, crs=GEOGRAPHIC)
    tell(1.0, "done")
    return Sample(district, made)


def _wide(plat: Cells) -> NDArray[np.object_]:
    """The arterial edges of each cell, or None."""
    named = np.array([bool(line.name) for line in plat.lines])[plat.line]
    found = np.full(len(plat.polygon), None, dtype=object)
    index = np.flatnonzero(named)
    for side in (plat.left, plat.right):
        for edge in index[side[index] >= 0]:
            cell = side[edge]
            found[cell] = plat.edge[edge] if found[cell] is None else shapely.union(found[cell], plat.edge[edge])
    return found


def _build(draft: Draft, plat: Cells, zoning: Zones, scale: float, rng: np.random.Generator) -> None:
    """Build on every cell what its use asks for."""
    wide = _wide(plat)
    factories = housed = 0
    for k in range(len(plat.polygon)):
        use, land = zoning.use[k], Land(k, int(zoning.community[k]), plat.polygon[k], float(plat.angle[k]), wide[k])
        if use == "estate":
            estates.build(draft, land, rng)
        elif use in ("village", "houses"):
            houses.build(draft, land, rng, floors=1 if use == "village" else 2)
        elif use == "works":
            factories += 1
            if housed < _HOUSED * factories:
                housed += works.quarters(draft, land, rng)
            else:
                works.works(draft, land, rng, dormitory=factories % 2 == 0)
        elif use == "trade":
            works.trade(draft, land, rng)
    for number in range(int(zoning.campus.max()) + 1):
        members = np.flatnonzero(zoning.campus == number)
        name = ("山东大学(威海)", "哈尔滨工业大学(威海)")[number] if number < 2 else f"第{number + 1}职业学院"
        works.campus(draft, plat, members, rng, community=int(zoning.community[members[0]]), name=name)
    wanted = {role: max(2, round(count * scale)) for role, count in _BANKS.items()}
    rivers.build(draft, plat, zoning, wanted, rng)
