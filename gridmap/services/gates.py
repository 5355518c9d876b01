"""Questions about single gates on the data as they are now: what if, the best ones of a place, what to survey first."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from sqlalchemy import Engine

from gridmap.analysis.isolation.gates import Gain, proposals
from gridmap.analysis.isolation.standing import standing
from gridmap.analysis.isolation.survey import Question, survey_list
from gridmap.analysis.isolation.walks import between_neighbours
from gridmap.analysis.isolation.what_if import FIGURES, Change, Effect, what_if
from gridmap.domain.district import District
from gridmap.domain.errors import InputError, NotFoundError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.network import placed
from gridmap.services.latest import Latest

logger = logging.getLogger(__name__)

LAYERS = ("streets", "communities", "compounds", "buildings", "gates", "barriers", "ways")
"""What the answers are made of: a change of one of these makes them anew."""

MOST_CHANGES = 10
MOST_GATES = 50


@dataclass(frozen=True)
class Wish:
    """One change as it is asked for, with the place in EPSG:4326."""

    kind: str
    point: tuple[float, float] | None = None
    compound: str | None = None
    gate: str | None = None


class Neighbour(NamedTuple):
    """A neighbour of a compound: directness and detour (metres) to it, None where it can't be reached; a building on
    each side between which the walk is typical: the point of one, in EPSG:4326, and the code of the other."""

    code: str
    name: str | None
    directness: float | None
    detour_m: float | None
    start: tuple[float, float]
    building: str | None


class GateMap:
    """How the compounds of one version of the district stand towards each other, and what is asked of that.

    Parameters
    ----------
    district
        The layers `LAYERS` in EPSG:4326.
    """

    def __init__(self, district: District, *, version: int, numbers: Numbers = DEFAULT_NUMBERS) -> None:
        metric = district.metric()
        self.version = version
        self.base = standing(metric, numbers=numbers)
        self._there = Transformer.from_crs(GEOGRAPHIC, metric.crs, always_xy=True)
        self._back = Transformer.from_crs(metric.crs, GEOGRAPHIC, always_xy=True)
        compounds = self.base.district["compounds"]
        self._row_of = {code: row for row, code in enumerate(compounds["code"])}
        self._names = {code: _text(name) for code, name in zip(compounds["code"], compounds["name"], strict=True)}
        self._surveying: Thread | None = None
        # asked by the first request else
        _ = self.base.measures

    def what_if(self, wishes: Sequence[Wish]) -> dict[str, Any]:
        """What these changes together come to, as `/api/isolation/what-if` tells it but for its words."""
        if len(wishes) > MOST_CHANGES:
            raise InputError("At most {most} changes are weighed together.", most=MOST_CHANGES)
        effect = what_if(self.base, [self._change(wish) for wish in wishes])
        return {
            "data_version": self.version,
            "changes": [
                {
                    "kind": row.kind,
                    "gate": row.code,
                    "compound": {"code": row.compound_code, "name": self._names.get(row.compound_code)},
                    "joins": row.joins,
                    "point": self._degrees(row.geometry.x, row.geometry.y),
                }
                for row in effect.gates.itertuples()
            ],
            "gain": _gain(effect.gain),
            "loss": _gain(effect.loss),
            "compounds": _compounds(effect),
        }

    def proposals(self, *, compound: str | None, street: str | None, count: int) -> list[dict[str, Any]]:
        """The best gates of one compound or street, computed now."""
        compounds = self.base.district["compounds"]
        if compound is not None:
            only = (compounds["code"] == compound).to_numpy(dtype=bool)
        else:
            only = (self._streets == street).to_numpy(dtype=bool)
        if not only.any():
            raise NotFoundError("There is no compound there.")
        table = proposals(self.base, count=count, only=only)
        points = shapely.get_coordinates(table.geometry.to_numpy())
        return [
            {
                **{name: _plain(row[name]) for name in table.columns if name not in ("geometry", "classes_changed")},
                "compound_name": self._names.get(row["compound_code"]),
                "classes_changed": [
                    {**one, "name": self._names.get(one["code"])} for one in json.loads(row["classes_changed"])
                ],
                "point": self._degrees(*xy),
            }
            for row, xy in zip(table.to_dict("records"), points, strict=True)
        ]

    def neighbours(self, code: str) -> list[Neighbour]:
        """The neighbours of a compound, those that can't be reached first, then the longest detours."""
        row = self._row_of.get(code)
        if row is None:
            raise NotFoundError("There is no compound {code}.", code=code[:80])
        base = self.base
        mine = np.flatnonzero((base.neighbours == row).any(axis=1))
        found = [self._neighbour(row, int(pair)) for pair in mine]
        known = [one for one in found if one is not None]
        return sorted(known, key=lambda one: (one.detour_m is not None, -(one.detour_m or 0.0)))

    def _neighbour(self, row: int, pair: int) -> Neighbour | None:
        base = self.base
        low, high = np.searchsorted(base.pairs.pair, [pair, pair + 1])
        if low == high:
            return None
        rows = slice(low, high)
        walk, straight, weight = base.walk[rows], base.pairs.straight[rows], base.pairs.weight[rows]
        table = between_neighbours(base.neighbours[pair : pair + 1], base.pairs._replace(
            pair=np.zeros(high - low, np.int64), a=base.pairs.a[rows], b=base.pairs.b[rows], straight=straight,
            weight=weight), walk).iloc[0]  # fmt: skip
        first = base.neighbours[pair, 0] == row
        other = int(base.neighbours[pair, 1 if first else 0])
        reached = bool(table["reached"])
        mean = table["ratio_sum"] / table["weight"] if reached else 0.0
        typical = int(low + np.argmin(np.where(np.isfinite(walk), np.abs(walk / straight - mean), 1e9)))
        homes = base.pairs.a[typical], base.pairs.b[typical]
        start, end = homes if first else homes[::-1]
        code = base.district["compounds"]["code"].iloc[other]
        return Neighbour(
            code,
            self._names.get(code),
            float(mean) if reached else None,
            float(table["detour_sum"] / table["weight"]) if reached else None,
            self._degrees(*base.homes.xy[start]),
            self._building(base.homes.xy[end]),
        )

    @property
    def surveyed(self) -> bool:
        """Whether `survey` is known; if not, it is worked out beside the requests from now on."""
        if "survey" not in self.__dict__ and self._surveying is None:
            self._surveying = Thread(target=self._survey_beside, name="survey", daemon=True)
            self._surveying.start()
        return "survey" in self.__dict__

    def _survey_beside(self) -> None:
        try:
            _ = self.survey
        except Exception:
            logger.exception("the list of what to survey could not be made")
        finally:
            self._surveying = None  # after a fault the next who asks has it tried again

    @cached_property
    def survey(self) -> list[tuple[Question, tuple[float, float]]]:
        """What to look at first, each with its point in EPSG:4326."""
        return [(one, self._degrees(*one.place)) for one in survey_list(self.base)]

    @cached_property
    def _streets(self) -> pd.Series:
        of = self.base.district["communities"].drop_duplicates("code").set_index("code")["street_code"]
        return self.base.district["compounds"]["community_code"].map(of)

    @cached_property
    def _houses(self) -> tuple[shapely.STRtree, list[str]]:
        buildings = placed(self.base.district["buildings"])
        return shapely.STRtree(buildings.geometry.to_numpy()), buildings["code"].tolist()

    def _building(self, xy: Any) -> str | None:
        tree, codes = self._houses
        found = tree.query(shapely.Point(xy), "intersects")
        return codes[int(found[0])] if len(found) else None

    def _change(self, wish: Wish) -> Change:
        place = None
        if wish.point is not None:
            x, y = self._there.transform(*wish.point)
            place = (float(x), float(y))
        return Change(wish.kind, place, wish.compound, wish.gate)  # type: ignore[arg-type]

    def _degrees(self, x: float, y: float) -> tuple[float, float]:
        lon, lat = self._back.transform(x, y)
        return round(float(lon), 7), round(float(lat), 7)


class GateMaps(Latest[GateMap]):
    """The gate map of the newest version that this process has made."""

    def __init__(self, engine: Engine, *, numbers: Numbers = DEFAULT_NUMBERS) -> None:
        super().__init__(
            engine,
            LAYERS,
            lambda district, version: GateMap(district, version=version, numbers=numbers),
            name="gate map",
        )


def _gain(gain: Gain) -> dict[str, float]:
    return {
        "households": round(gain.households),
        "mean_m": round(gain.mean_m, 1),
        "p90_m": round(gain.p90_m, 1),
        "share_50m": round(gain.share_50m, 3),
    }


def _compounds(effect: Effect) -> list[dict[str, Any]]:
    names = ["class", *FIGURES]
    return [
        {
            "code": row["code"],
            "name": _text(row["name"]),
            "households": _plain(row["households"]),
            "own": bool(row["own"]),
            "before": {name: _plain(row[f"{name}_before"]) for name in names},
            "after": {name: _plain(row[f"{name}_after"]) for name in names},
        }
        for row in effect.compounds.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    """A value as JSON has it: numbers to a tenth of a millimetre, what is missing as null."""
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, float | np.floating):
        return round(float(value), 4)
    return int(value) if isinstance(value, np.integer) else value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
