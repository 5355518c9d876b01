"""The roster: staff of the communities and candidates who live in their buildings, as in life not enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.sample.lattice import Ints
from gridmap.sample.zones import Zones

_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕丛毕邹"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国海波文辉红梅志鹏晓东雪峰春燕"
_SOURCES = (
    "recruited",
    "three_supports",
    "village_graduate",
    "civil_servant",
    "military_officer",
    "veteran",
    "elected",
)


@dataclass(frozen=True)
class Homes:
    """Where people may live, one value a stairwell: code, community, compound (-1: none), households."""

    code: list[str]
    community: Ints
    compound: Ints
    households: Ints


def roster(zones: Zones, households: Ints, homes: Homes, rng: np.random.Generator) -> tuple[pd.DataFrame, Ints]:
    """The rows of the roster and the stairwell each person lives in (-1: lives elsewhere or unknown).

    The staff of the urban communities number what the mission's rule asks for in all, but they do not sit
    where it asks for them; some compounds and stairwells have no candidate.
    """
    rows: list[dict[str, object]] = []
    home: list[int] = []
    at = [np.flatnonzero(homes.community == k) for k in range(len(zones.kind))]
    for k, number in enumerate(_staff_in_place(zones, households, rng)):
        for j in range(int(number)):
            lives_here = rng.random() < 0.55 and len(at[k]) > 0
            where = int(rng.choice(at[k])) if lives_here else -1
            if not lives_here and rng.random() < 0.6:
                where = int(rng.integers(len(homes.code)))
            rows.append(_person(zones, k, "staff grid" if j or rng.random() < 0.5 else "staff", j, rng))
            home.append(where)
    _candidates(zones, rows, home, homes, rng)
    table = pd.DataFrame(rows)
    table.insert(0, "code", [f"P{k + 1:06d}" for k in range(len(table))])
    index = np.array(home, dtype=np.int64)
    table["stairwell_code"] = [homes.code[k] if k >= 0 else None for k in index]
    return table, index


def _staff_in_place(zones: Zones, households: Ints, rng: np.random.Generator) -> Ints:
    need = np.zeros(len(zones.kind), dtype=np.int64)
    for k, kind in enumerate(zones.kind):
        if kind == "urban":
            need[k] = DEFAULT_NUMBERS.staff_needed(int(households[k]), kind) or 0
        else:
            need[k] = rng.integers(4, 7) if kind == "converted" else rng.integers(3, 6)
    urban = np.flatnonzero(np.array(zones.kind) == "urban")
    moves = len(urban) // 5
    order = rng.permutation(urban)
    need[order[:moves]] -= 1
    need[order[moves : 2 * moves]] += 1
    return need


def _person(zones: Zones, k: int, roles: str, rank: int, rng: np.random.Generator) -> dict[str, object]:
    kind = zones.kind[k]
    head = "书记、主任" if rank == 0 else "副主任" if rank == 1 else "委员"
    return {
        "name": _name(rng),
        "duty_phone": f"0631-5{rng.integers(100000, 999999)}" if rank < 2 else None,
        "phone": _mobile(rng),
        "title": head,
        "published": rank < 3,
        "community_code": zones.communities[k].code,
        "party_member": bool(rank == 0 or rng.random() < 0.5),
        "roles": roles,
        "capacity": int(rng.choice([1, 1, 1, 2])),
        "source": "elected"
        if kind == "village"
        else str(rng.choice(_SOURCES, p=[0.5, 0.1, 0.08, 0.1, 0.07, 0.1, 0.05])),
    }


def _candidates(
    zones: Zones, rows: list[dict[str, object]], home: list[int], homes: Homes, rng: np.random.Generator
) -> None:
    """Candidates for stairwells, compounds and the Party's compound role, and volunteers, by where they live."""
    community, compound, dense = homes.community, homes.compound, homes.households
    chance = np.where(dense > 1, 0.68, 0.05)
    lucky = np.flatnonzero(rng.random(len(community)) < chance)
    party = rng.random(len(lucky)) < 0.35
    for k, member in zip(lucky.tolist(), party.tolist(), strict=True):
        roles = "stairwell" if dense[k] > 1 else "volunteer stairwell"
        rows.append(_resident(zones, int(community[k]), roles, member, rng))
        home.append(k)
    inside = np.flatnonzero(compound >= 0)
    inside = inside[np.argsort(compound[inside], kind="stable")]
    _, starts = np.unique(compound[inside], return_index=True)
    for own in np.split(inside, starts[1:]):
        for role, share in (("compound", 0.82), ("party_compound", 0.7)):
            if rng.random() < share:
                for k in rng.choice(own, int(rng.integers(1, 3))).tolist():
                    member = role == "party_compound" or bool(rng.random() < 0.3)
                    rows.append(_resident(zones, int(community[k]), role, member, rng))
                    home.append(k if rng.random() < 0.94 else -1)


def _resident(zones: Zones, k: int, roles: str, member: bool, rng: np.random.Generator) -> dict[str, object]:
    published = bool(rng.random() < 0.6)
    return {
        "name": _name(rng),
        "duty_phone": _mobile(rng) if published else None,
        "phone": _mobile(rng),
        "title": None,
        "published": published,
        "community_code": zones.communities[k].code,
        "party_member": member,
        "roles": roles,
        "capacity": 1,
        "source": None,
    }


def _name(rng: np.random.Generator) -> str:
    given = "".join(_GIVEN[int(i)] for i in rng.integers(len(_GIVEN), size=int(rng.integers(1, 3))))
    return _FAMILY[int(rng.integers(len(_FAMILY)))] + given


def _mobile(rng: np.random.Generator) -> str:
    return f"1{rng.choice([30, 31, 35, 38, 50, 58, 86, 89])}{rng.integers(10_000_000, 99_999_999)}"
