"""Places that belong nowhere, gates off their boundary, ways that nearly meet, references that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from gridmap.domain.district import District
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import Numbers
from gridmap.layers.checking.findings import Finding

_BELONGS = (
    ("communities", "street_code", "streets", template("{code} lies in no street")),
    ("compounds", "community_code", "communities", template("{code} lies in no community")),
    ("buildings", "community_code", "communities", template("{code} lies in no community")),
    ("centres", "community_code", "communities", template("{code} lies in no community")),
    ("grids", "community_code", "communities", template("{code} lies in no community")),
    ("stairwells", "building_code", "buildings", template("{code} belongs to no building")),
    ("gates", "compound_code", "compounds", template("{code} is on no compound's boundary")),
)
"""Which layer's rows belong to which other's, by which column, and what is said of one that doesn't."""

_JUST_BEFORE = 3
"""An end isn't loose where its way meets the other within so many times the distance that is nearly joined."""


def orphans(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Places whose parent isn't named and can't be told from where they are; only of parents that are there at all."""
    for name, column, parent, sentence in _BELONGS:
        table, parents = district[name], district[parent]
        if not len(table) or not len(parents):
            continue
        lost = np.flatnonzero(table[column].isna() & table.geometry.notna())
        points = shapely.point_on_surface(table.geometry.to_numpy()[lost])
        reach = {"gates": numbers.gate_boundary_m, "stairwells": numbers.gate_reach_m}.get(name, 0.0)
        found = shapely.STRtree(parents.geometry.to_numpy()).query(points, predicate="dwithin", distance=reach)[0]
        for row in np.delete(lost, np.unique(found)):
            code = table["code"].iloc[row]
            yield Finding(
                "orphan",
                "error" if name != "gates" else "doubt",
                name,
                Note(sentence, {"code": code}, code="orphan"),
                code=code,
                shape=table.geometry.iloc[row],
            )


def far_gates(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Gates that are away from the boundary of their compound."""
    gates, compounds = district["gates"], district["compounds"].drop_duplicates("code").set_index("code")
    gates = gates[gates["compound_code"].isin(compounds.index)]
    if not len(gates):
        return
    edges = shapely.boundary(compounds.geometry.reindex(gates["compound_code"]).to_numpy())
    away = shapely.distance(gates.geometry.to_numpy(), edges)
    for row in np.flatnonzero(away > numbers.gate_boundary_m):
        code, other = gates["code"].iloc[row], gates["compound_code"].iloc[row]
        yield Finding(
            "far_gate",
            "doubt",
            "gates",
            Note(
                "{code} is {metres} m from the boundary of {other}, whose gate it is",
                {"code": code, "other": other, "metres": f"{away[row]:,.1f}"},
                code="far_gate",
            ),
            code=code,
            other=other,
            length_m=float(away[row]),
            shape=gates.geometry.iloc[row],
        )


def _ends(lines: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """The two ends of each open line, and the number of the line."""
    parts, own = shapely.get_parts(lines, return_index=True)
    open_ = ~shapely.is_closed(parts) & ~shapely.is_empty(parts)
    parts, own = parts[open_], own[open_]
    ends = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    return ends, np.concatenate([own, own])


def loose_ends(district: District, numbers: Numbers) -> Iterator[Finding]:
    """Ends of ways that another way passes or ends close by, without meeting it."""
    ways = district["ways"]
    if len(ways) < 2:  # it takes two
        return
    lines = ways.geometry.to_numpy()
    ends, own = _ends(lines)
    end, way = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=numbers.nearly_joined_m)
    end, way = end[own[end] != way], way[own[end] != way]
    gap = shapely.distance(ends[end], lines[way])
    meeting = shapely.distance(shapely.intersection(lines[own[end]], lines[way]), ends[end])
    gap[meeting <= _JUST_BEFORE * numbers.nearly_joined_m] = 0  # it meets the other, and runs a little past it
    order = np.lexsort((gap, end))
    end, way, gap = end[order], way[order], gap[order]
    first = np.unique(end, return_index=True)[1]
    for at in first[gap[first] > numbers.joined_m]:
        names = [ways["name"].iloc[number] for number in (own[end[at]], way[at])]
        told = {"metres": f"{gap[at]:.2f}", "one": _named(names[0]), "two": _named(names[1])}
        yield Finding(
            "loose_end",
            "doubt",
            "ways",
            Note("{one} ends {metres} m from {two} and isn't joined to it", told, code="loose_end"),
            length_m=float(gap[at]),
            shape=ends[end[at]],
        )


def _named(name: str | None) -> Note | str:
    return Note("a way without a name") if name is None else name


def dead_references(district: District, _numbers: Numbers) -> Iterator[Finding]:
    """Codes of places that aren't there; where the whole layer isn't there, one finding a column."""
    codes = {name: set(district[name]["code"]) for name, layer in DISTRICT_LAYERS.items() if layer.has_code}
    everything = set().union(*codes.values())
    for name, layer in DISTRICT_LAYERS.items():
        table = district[name]
        for column in layer.columns:
            if column.refers_to is None and column.name not in ("place_code", "serves"):
                continue
            known = codes[column.refers_to] if column.refers_to else everything
            named = table[column.name].dropna()
            if column.name == "serves":
                named, known = named.str.split().explode().dropna(), codes["communities"]
            dead = named[~named.isin(known)]
            if not known and len(dead):
                told = {"layer": name, "column": column.name, "count": len(dead)}
                sentence = Note("{count} rows of {layer} name a {column} and that layer is empty", told)
                yield Finding("dead_reference", "doubt", name, sentence, other=column.refers_to, count=len(dead))
                continue
            for row, value in dead.items():
                code = table["code"][row] if layer.has_code else None
                told = {"code": code or name, "column": column.name, "value": value}
                yield Finding(
                    "dead_reference",
                    "error",
                    name,
                    Note("{column} of {code} is {value}, which doesn't exist", told, code="dead_reference"),
                    code=code,
                    other=str(value),
                    shape=table.geometry[row] if layer.geometry else None,
                )
