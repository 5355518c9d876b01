"""What plans are shaped on: the blocks with their people, their borders, and the walks to where an office may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.plans.district import candidates
from gridmap.analysis.plans.ground import ground
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Names = NDArray[np.object_]


@dataclass(frozen=True)
class Ground:
    """Blocks and all that plans of them are measured by.

    Parameters
    ----------
    code, name, kind
        (n,) of each block; a name is a compound's or village's own, else empty.
    community, street
        (n,) codes, empty where unknown.
    households
        (n,)
    xy
        (n, 2) metres: where a block's people are.
    shapes
        (n,) polygons in metres, a coverage.
    edges, border, passable, lines
        (m, 2) pairs of blocks that touch, (m,) metres of common border, whether people can cross it, the border itself.
    sites, walks
        (k,) blocks that may hold a region's office, (k, n) metres from each to every block.
    names
        Names of communities and streets by code.
    prefix, buildings
        Of the blocks of one community only: what the codes of its grids begin with, the block of each building by code.
        There `community` is each block's compound, and `street` the community.
    """

    code: Sequence[str]
    name: Sequence[str]
    kind: Sequence[str]
    community: Names
    street: Names
    households: Ints
    xy: Floats
    shapes: Shapes
    edges: Ints
    border: Floats
    passable: Bools
    lines: Shapes
    sites: Ints
    walks: Floats
    crs: str
    names: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    buildings: dict[str, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many blocks."""
        return len(self.code)

    @cached_property
    def area(self) -> Floats:
        """(n,) square metres."""
        return np.asarray(shapely.area(self.shapes))

    @cached_property
    def length(self) -> Floats:
        """(n,) metres of each block's outline."""
        return np.asarray(shapely.length(self.shapes))

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Position of every block by its code."""
        return {code: number for number, code in enumerate(self.code)}

    @cached_property
    def ways(self) -> Ints:
        """(m', 2) the edges that people can cross and that stay inside one street."""
        a, b = self.edges.T
        return self.edges[self.passable & (self.street[a] == self.street[b])]


def survey(district: District, *, numbers: Numbers = DEFAULT_NUMBERS) -> Ground:
    """The blocks of a district in metres, with their borders, and walks to where offices are or may be.

    Raises
    ------
    DataError
        The district is not in metres or holds nothing to make blocks of.
    """
    made = ground(district, lower=numbers.region_least, numbers=numbers)
    table, touching = made.table, made.every
    street, community = made.group.astype(object), _text(table["community_code"])
    sites = candidates(made, numbers.region_least)
    named: dict[str, str] = {}
    for layer in ("streets", "communities", "compounds"):
        rows = district[layer]
        named |= {str(code): str(name) for code, name in zip(rows["code"], rows["name"], strict=True) if pd.notna(name)}
    codes = table["code"].astype(str).tolist()
    return Ground(
        code=codes,
        name=[named.get(code, "") for code in codes],
        kind=table["kind"].tolist(),
        community=community,
        street=street,
        households=made.weights,
        xy=made.places,
        shapes=table.geometry.to_numpy(),
        edges=touching.edges,
        border=touching.border,
        passable=made.counts,
        lines=touching.lines,
        sites=sites,
        walks=made.walks.to(made.places[sites]),
        crs=str(district.crs),
        names={code: named[code] for code in {*community, *street} if code in named},
    )


def _text(values: pd.Series) -> Names:
    return np.array(["" if pd.isna(value) else str(value) for value in values], dtype=object)
