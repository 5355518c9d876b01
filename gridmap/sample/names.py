"""Names and codes of streets and communities: real ones first, illustrative ones where the figures need more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridmap.sample import source

ZONE = "371071"
_SUFFIXES = ("社区居民委员会", "社区居委会", "村民委员会", "村委会", "居委会")
_FIRST = "东西南北上下前后大小新老高长"
_SECOND = "泊夼疃庄寨沟崖河山岭湾店口屯埠洼"
_MIDDLE = "石松柳槐杨林泉桥阳徐孙姜丛毕邹刘宋于谷温"


@dataclass(frozen=True)
class StreetName:
    """A street or town: its code, name and kind; `share` of the district's area; how many communities it gets."""

    code: str
    name: str
    kind: str
    share: float
    centre: tuple[float, float] | None
    counts: dict[str, int]
    official: bool


@dataclass(frozen=True)
class CommunityName:
    """A community's code and name, the committee's full name, and whether the code is an official one."""

    code: str
    name: str
    committee: str
    official: bool


# Areas in km²: published for 怡园 and 初村, the rest of the zone halved between the other two.
_STREETS = (
    ("371071004", "怡园街道", "street", 26.4, (122.061, 37.527), True),
    ("371071007", "田和街道", "street", 14.6, (122.067, 37.496), True),
    ("371071901", "双岛街道", "street", 15.6, (122.008, 37.488), False),
    ("371071108", "初村镇", "town", 83.4, (121.943, 37.415), True),
)
KINDS = ("urban", "converted", "village")
COUNTS = {"urban": 15, "converted": 23, "village": 41}


def stem(committee: str) -> str:
    """The place's own name in a committee's name."""
    for suffix in _SUFFIXES:
        if committee.endswith(suffix):
            return committee.removesuffix(suffix)
    return committee


def streets(scale: float) -> list[StreetName]:
    """The streets and towns of a district of that scale, with the number of communities of each kind."""
    totals = {kind: max(1, round(count * scale)) for kind, count in COUNTS.items()}
    wanted = source.table("committees")
    counts: dict[str, dict[str, int]] = {name: dict.fromkeys(KINDS, 0) for _, name, *_ in _STREETS}
    for row in wanted.itertuples():
        counts[str(row.street)][str(row.kind)] = len(str(row.names).split())
    counts["初村镇"]["village"] = COUNTS["village"] - counts["双岛街道"]["village"]

    if scale < 1:
        return _few(totals, max(1, round(3 * scale)))
    found = [
        StreetName(code, name, kind, area, centre, counts[name], official)
        for code, name, kind, area, centre, official in _STREETS
    ]
    more = round(3 * scale) - 3, round(scale) - 1
    return found + _more(more[0], more[1], {k: totals[k] - COUNTS[k] for k in KINDS})


def _few(totals: dict[str, int], streets_wanted: int) -> list[StreetName]:
    code, name, kind, _, _, official = _STREETS[3]
    town = StreetName(
        code, name, kind, 83.4, None, {"urban": 0, "converted": 0, "village": totals["village"]}, official
    )
    shared = {kind: _shared(totals[kind], [1.0] * streets_wanted) for kind in ("urban", "converted")}
    return [
        StreetName(
            code,
            name,
            kind,
            56.6 / streets_wanted,
            None,
            {"urban": int(shared["urban"][k]), "converted": int(shared["converted"][k]), "village": 0},
            official,
        )
        for k, (code, name, kind, _, _, official) in enumerate(_STREETS[:streets_wanted])
    ] + [town]


def _more(streets_wanted: int, towns: int, totals: dict[str, int]) -> list[StreetName]:
    number = streets_wanted + towns
    if not number:
        return []
    is_town = [k >= streets_wanted for k in range(number)]
    weights = {
        "urban": [0.3 if town else 1.0 for town in is_town],
        "converted": [0.2 if town else 1.0 for town in is_town],
        "village": [1.0 if town else 0.05 for town in is_town],
    }
    counts = {kind: _shared(totals[kind], weights[kind]) for kind in KINDS}
    found = []
    for k, town in enumerate(is_town):
        name = f"{_FIRST[k % 14]}{_MIDDLE[(k * 5 + k // 14) % 20]}{'镇' if town else '街道'}"
        split = {kind: int(counts[kind][k]) for kind in KINDS}
        found.append(
            StreetName(
                f"{ZONE}{902 + k}", name, "town" if town else "street", 83.4 if town else 18.9, None, split, False
            )
        )
    return found


def _shared(total: int, weights: list[float]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    share = np.array(weights) / np.sum(weights) * total
    whole = np.floor(share).astype(np.int64)
    rest = np.argsort(-(share - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return whole


class Committees:
    """Hands out community names and codes, street by street: official ones while there are any."""

    def __init__(self, rng: np.random.Generator) -> None:
        places = source.table("places")
        self._places = places[places["level"].str.contains("committee")]
        self._wanted = source.table("committees").set_index(["street", "kind"])["names"].str.split()
        self._used: set[str] = set()
        self._serial: dict[str, int] = {}
        self._rng = rng

    def take(self, street: StreetName, kind: str, count: int) -> list[CommunityName]:
        """`count` names of that kind for a street."""
        stems = list(self._wanted.get((street.name, kind), []))
        if street.name == "初村镇" and kind == "village":
            own = self._places[self._places["level"].eq("village_committee")]
            stems = [stem(name) for name in own["name"]]
        named = [self._named(street, kind, name) for name in stems[:count]]
        return named + [self._named(street, kind, self._invented()) for _ in range(count - len(named))]

    def _named(self, street: StreetName, kind: str, name: str) -> CommunityName:
        self._used.add(name)
        places = self._places
        rows = places[places["name"].map(stem).eq(name)]
        own = rows[rows["parent_code"].eq(street.code)]
        short = name.removesuffix("村") + "村" if kind == "village" else name.removesuffix("社区") + "社区"
        if len(own):
            return CommunityName(own["code"].iloc[0], short, own["name"].iloc[0], official=True)
        serial = self._serial.get(street.code, 0) + 1
        self._serial[street.code] = serial
        first = {"urban": 0, "converted": 0, "village": 200}[kind] + (500 if street.official else 0)
        committee = rows["name"].iloc[0] if len(rows) else short + ("村民委员会" if kind == "village" else "居委会")
        committee = committee.replace("村村", "村").replace("社区居委会", "社区居委会")
        return CommunityName(f"{street.code}{first + serial:03d}", short, committee, official=False)

    def _invented(self) -> str:
        while True:
            name = self._rng.choice(list(_FIRST)) + self._rng.choice(list(_MIDDLE)) + self._rng.choice(list(_SECOND))
            if name not in self._used:
                return str(name)
