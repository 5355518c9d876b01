"""The walk to a place: the graph of the district as it is now, kept by this process, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from sqlalchemy import Engine

from gridmap.domain.district import District
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import Legs, Routes, Step, Steps, Walk, placed
from gridmap.services.latest import Latest

LAYERS = ("compounds", "gates", "barriers", "ways")
"""What the walk graph is made of: a change of one of these makes it anew."""


@dataclass(frozen=True)
class Gate:
    """What is told of a gate: `bearing` is its direction from the middle of its compound, degrees from north."""

    code: str
    name: str | None
    kind: str | None
    access: str
    compound_code: str | None
    compound_name: str | None
    bearing: float | None
    point: tuple[float, float]


@dataclass(frozen=True)
class Target:
    """Where to: points in EPSG:4326, of which the nearest is meant, its compound, or the gate that it is itself."""

    points: tuple[tuple[float, float], ...]
    compound_code: str | None = None
    gate: str | None = None
    whole_compound: bool = False


@dataclass(frozen=True)
class Found:
    """The walk that there is for the asker.

    `walk` leads to the target, or up to the gate `stops_at`, which doesn't open to the asker; None where there is no
    way. `worst_m` is the length of the way round what nobody surveyed, None where there is none.
    """

    walk: Walk | None
    stops_at: str | None
    unsurveyed: tuple[str, ...]
    worst_m: float | None
    straight_m: float


class WalkMap:
    """The walk graph of one version of the district, with all that is told of a walk.

    Parameters
    ----------
    district
        The layers `LAYERS` in EPSG:4326, with their version.
    """

    def __init__(self, district: District, *, version: int, numbers: Numbers = DEFAULT_NUMBERS) -> None:
        metric = district.metric()
        self.version = version
        self.routes = Routes(metric, numbers=numbers)
        self.steps = Steps(metric)
        self._there = Transformer.from_crs(GEOGRAPHIC, metric.crs, always_xy=True)
        self._back = Transformer.from_crs(metric.crs, GEOGRAPHIC, always_xy=True)
        self._names = {code: _text(name) for code, name in metric["compounds"].set_index("code")["name"].items()}
        self._gates = self._told_of_gates(metric)
        self._of_compound: dict[str, dict[str, str]] = {}
        for gate in self._gates.values():
            if gate.compound_code is not None:
                self._of_compound.setdefault(gate.compound_code, {})[gate.code] = gate.access

    def metres(self, points: Any) -> np.ndarray:
        """Points (n, 2) in EPSG:4326 in the metric system."""
        lon, lat = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
        return np.stack(self._there.transform(lon, lat), axis=1)

    def degrees(self, xy: Any) -> np.ndarray:
        """Places (n, 2) in EPSG:4326."""
        x, y = np.asarray(xy, dtype=np.float64).reshape(-1, 2).T
        return np.stack(self._back.transform(x, y), axis=1)

    def _told_of_gates(self, metric: District) -> dict[str, Gate]:
        table, compounds = placed(metric["gates"]), placed(metric["compounds"])
        xy = shapely.get_coordinates(table.geometry.to_numpy())
        middles = dict(zip(compounds["code"], shapely.get_coordinates(compounds.geometry.centroid), strict=True))
        names = table["name"] if "name" in table else [None] * len(table)
        rows = zip(
            table["code"],
            names,
            table["kind"],
            table["access"],
            table["compound_code"],
            xy,
            self.degrees(xy),
            strict=True,
        )
        gates = {}
        for code, name, kind, access, compound, at, point in rows:
            middle = middles.get(compound)
            bearing = None if middle is None else float(np.degrees(np.arctan2(*(at - middle))) % 360)
            gates[code] = Gate(
                code,
                _text(name),
                kind,
                access or "public",
                compound,
                self._names.get(compound),
                bearing,
                (float(point[0]), float(point[1])),
            )
        return gates

    def gate(self, code: str) -> Gate:
        """What is told of a gate."""
        return self._gates[code]

    def compound_name(self, code: str) -> str:
        """The name of a compound, else its code."""
        return self._names.get(code) or code

    def told(self, walk: Walk) -> list[Step]:
        """The stretches of a walk."""
        return self.steps.along(walk.line)

    def compounds_at(self, point: tuple[float, float]) -> tuple[str, ...]:
        """Codes of the compounds in which a point in EPSG:4326 lies."""
        return self.routes.compounds_at(self.metres([point])[0])

    def gates_of(self, compound: str) -> Mapping[str, str]:
        """The gates of a compound by code, with who may pass them."""
        return self._of_compound.get(compound, {})

    def find(self, start: tuple[float, float], target: Target, opened: frozenset[str]) -> Found:
        """The walk for an asker to whom these compounds' residents' gates open.

        Where none leads to the target, but one through residents' gates would, it is the walk up to the first of those.
        """
        here, places = self.routes.places(self.metres([start])), self.routes.places(self.metres(target.points))
        straight = float(np.hypot(*(places.xy - here.xy).T).min())
        walk = self._to(here, places, target, opened)
        if walk is not None:
            unsurveyed = self.routes.unsurveyed(walk.line)
            worst: float | None = walk.length_m
            if unsurveyed:
                round_it = self._to(here, places, target, opened, surveyed_only=True)
                worst = round_it.length_m if round_it else None
            return Found(walk, None, unsurveyed, worst, straight)
        compounds = {*self.routes.compounds_at(here.xy[0])}
        if target.compound_code is not None:
            compounds.add(target.compound_code)
        through = self._to(here, places, target, opened | compounds)
        if through is None:
            return Found(None, None, (), None, straight)
        barred = [one.code for one in through.gates if not self._passes(one.code, opened)][:1]
        if target.whole_compound and not barred:
            barred = self._end_gates(target, opened | compounds)
        upto = self.routes.to_gates(here, tuple(barred), opened=opened)
        if upto is None:
            return Found(None, None, (), None, straight)
        return Found(upto, barred[upto.target], self.routes.unsurveyed(upto.line), upto.length_m, straight)

    def _passes(self, code: str, opened: frozenset[str]) -> bool:
        gate = self._gates[code]
        return gate.access == "public" or (gate.access == "residents" and gate.compound_code in opened)

    def _end_gates(self, target: Target, opened: frozenset[str]) -> list[str]:
        """The gates at which a walk to a whole compound ends."""
        gates = self.gates_of(target.compound_code) if target.compound_code else {}
        return [code for code in gates if self._passes(code, opened)]

    def _to(self, here: Legs, places: Legs, target: Target, opened: frozenset[str], **case: bool) -> Walk | None:
        if target.gate is not None:
            return self.routes.to_gates(here, (target.gate,), opened=opened, **case)
        if target.whole_compound and target.compound_code not in self.routes.compounds_at(here.xy[0]):
            gates = self._end_gates(target, opened)
            if gates or self.gates_of(target.compound_code or ""):
                return self.routes.to_gates(here, tuple(gates), opened=opened, **case)
        return self.routes.to_places(here, places, opened=opened, **case)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class WalkMaps(Latest[WalkMap]):
    """The walk map of the newest version that this process has made."""

    def __init__(self, engine: Engine, *, numbers: Numbers = DEFAULT_NUMBERS) -> None:
        def make(district: District, version: int) -> WalkMap:
            found = WalkMap(district, version=version, numbers=numbers)
            _compile(found)
            return found

        super().__init__(engine, LAYERS, make, name="walk map")


def _compile(made: WalkMap) -> None:
    """Walk once in each way, so that no request waits for the compiler."""
    xy = made.routes.graph.xy
    if len(xy):
        for opened in (frozenset[str](), frozenset({""})):
            for surveyed_only in (False, True):
                made.routes.to_places(xy[0], xy[-1:], opened=opened, surveyed_only=surveyed_only)


def line_of(made: WalkMap, walk: Walk) -> list[list[float]]:
    """The line of a walk in EPSG:4326, to six decimals, without points that lie within half a metre of it."""
    xy = shapely.get_coordinates(shapely.simplify(walk.line, 0.5))
    line: list[list[float]] = made.degrees(xy).round(6).tolist()
    return line
