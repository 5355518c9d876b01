"""The district's own names and addresses, indexed for finding them in what people write."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import pandas as pd
from pypinyin import lazy_pinyin

from gridmap.layers.addresses.naming import TELLING, Grade, forms, slips, told_apart, within_a_slip
from gridmap.layers.addresses.parts import label_of
from gridmap.layers.addresses.spelling import HAN, spelled

Kind = Literal["street", "community", "compound", "building", "group", "road"]
"""What a name names. `group`: what stands before the number in the names of buildings, 静淑东里 of 静淑东里9号楼."""

_ROAD = re.compile(
    rf"([{HAN}A-Z0-9]*?[{HAN}](?:大道|大街|胡同|路|街|巷|道))(\d+(?:-\d+)?)(?:号院|号大院|号(?!楼)|弄|院|(?=$))"
)
_HEAD = re.compile(r"(?:省|市|区|县|街道|镇|乡|社区)(?=.{2,}$)")
_COMMITTEE = re.compile(r"(?:社区)?(?:居民委员会|居委会|村民委员会|村委会)$")


class Meaning(NamedTuple):
    """What a written name may mean: a place of the kind by its code (a road or a group by its own name)."""

    kind: Kind
    grade: Grade
    code: str


class Found(NamedTuple):
    """A known name in a text, and all that it may mean."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]


class Label(NamedTuple):
    """What tells a building from its neighbours: what stands before its number, the number, the word behind it."""

    group: str
    number: str
    counter: str


@dataclass
class Building:
    """A building as it is found by address; `stairwells` are codes by number, those without number under None."""

    code: str
    name: str | None
    address: str | None
    compound: str | None
    community: str | None
    labels: list[Label] = field(default_factory=list)
    house: tuple[str, str] | None = None
    stairwells: dict[int | None, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def all_stairwells(self) -> list[str]:
        """Codes of its stairwells, in order."""
        return [code for codes in self.stairwells.values() for code in codes]


@dataclass
class AddressBook:
    """Names and addresses of a district; see `address_book`."""

    names: dict[str, list[Meaning]] = field(default_factory=lambda: defaultdict(list))
    buildings: dict[str, Building] = field(default_factory=dict)
    in_compound: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    in_community: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    in_group: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    of_compound: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_road: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    titles: dict[str, str] = field(default_factory=dict)
    """How places are called, by code."""
    community_of: dict[str, str | None] = field(default_factory=dict)
    """The community of each compound."""
    street_of: dict[str, str | None] = field(default_factory=dict)
    """The street of each community."""
    buildings_of_stairwells: dict[str, str] = field(default_factory=dict)
    numbers_of_stairwells: dict[str, int | None] = field(default_factory=dict)
    compound_names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Codes of compounds by their full name, spelled."""

    def find(self, text: str) -> list[Found]:
        """The known names in a spelled text, in order; where they overlap, the longest and truest counts."""
        hits: list[tuple[int, int, int, tuple[Meaning, ...]]] = []
        for start in range(len(text)):
            for length in self._lengths.get(text[start], ()):
                end = start + length
                known = self.names.get(text[start:end]) if end <= len(text) else None
                if known is None or not _whole(text, start, end):
                    continue
                fitting = tuple(m for m in known if _may_mean(m, text, end))
                if fitting:
                    order = min(_ORDER[m.grade] for m in fitting)
                    hits.append((-length, order, start, fitting))
        taken: list[Found] = []
        for less, _, start, meanings in sorted(hits, key=lambda hit: hit[:3]):
            end = start - less
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Found(start, end, meanings))
        return sorted(taken, key=lambda found: found.start)

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """How long the names are that begin with a sign."""
        known: dict[str, set[int]] = defaultdict(set)
        for name in self.names:
            known[name[0]].add(len(name))
        return {sign: sorted(lengths) for sign, lengths in known.items()}

    @cached_property
    def _by_slip(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = defaultdict(set)
        for name in self.compound_names:
            for form, grade in forms(name).items():
                if len(form) >= 3 and grade in ("full", "form"):
                    for slip in slips(form):
                        known[slip].add(form)
        return known

    @cached_property
    def _by_sound(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = defaultdict(set)
        for form, meanings in self.names.items():
            if any(m.kind == "compound" and m.grade in ("full", "form", "bare") for m in meanings):
                known[sound(form)].add(form)
        return known

    def near(self, name: str) -> list[Meaning]:
        """Compounds whose name is one slip of the pen away; none where a telling sign tells all of them apart."""
        if len(name) < 3:
            return []
        close = {form for slip in slips(name) for form in self._by_slip.get(slip, ())}
        close = {form for form in close if within_a_slip(name, form)}
        return self._compounds(close) if any(not told_apart(name, form) for form in close) else []

    def alike(self, name: str) -> list[Meaning]:
        """Compounds whose name sounds the same, or is written so in Latin letters."""
        wanted = name.lower() if re.fullmatch("[A-Z]{4,}[0-9]*", name) else sound(name)
        return self._compounds(self._by_sound.get(wanted, set()))

    def longer_names(self, name: str) -> list[str]:
        """Codes of compounds whose name is this one and more: 西南村南庄 of 西南村."""
        return self._longer.get(name, [])

    @cached_property
    def _longer(self) -> dict[str, list[str]]:
        known: dict[str, list[str]] = defaultdict(list)
        for name, codes in self.compound_names.items():
            for end in range(2, len(name)):
                if name[:end] in self.compound_names:
                    known[name[:end]] += codes
        return known

    def _compounds(self, written: set[str]) -> list[Meaning]:
        found = (m for form in sorted(written) for m in self.names.get(form, ()) if m.kind == "compound")
        return list({m.code: m for m in found if m.grade != "unqualified"}.values())

    def title(self, code: str) -> str:
        """How a place is called; its code where it has no name."""
        return self.titles.get(code) or code


_ORDER: dict[Grade, int] = {"full": 0, "form": 1, "bare": 2, "unqualified": 3, "renamed": 4}
_AFTER = re.compile(rf"$|[0-9A-Z\-# ]|[甲乙丙丁](?:号|栋|座|楼|单元)|[东西中南北]单元|网格|[{HAN}]*?(?:单元|楼)\d")


def sound(name: str) -> str:
    """The sound of a name without tones: 中盛园 → zhongshengyuan."""
    return "".join(lazy_pinyin(name)).lower()


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no number or Latin word is cut in two."""
    for left, right in ((start - 1, start), (end - 1, end)):
        if left >= 0 and right < len(text):
            pair = text[left], text[right]
            if all(sign.isascii() and sign.isdigit() for sign in pair) or all(
                sign.isascii() and sign.isalpha() for sign in pair
            ):
                return False
    return True


def _may_mean(meaning: Meaning, text: str, end: int) -> bool:
    """Whether a name that ends there may mean this: a short form ends where no longer name goes on, a group's number
    follows it, and 学院路 is no road in 学院路街道.
    """
    if meaning.kind == "road":
        return re.match("街道|社区|小区|镇|村", text[end:]) is None
    if meaning.kind == "group":
        return re.match("[A-Z]?\\d|[A-Z甲乙丙丁](?:号|座|栋|楼)", text[end:]) is not None
    return meaning.grade in ("full", "form", "renamed") or _AFTER.match(text, end) is not None


def _given(value: Any) -> str | None:
    return str(value) if pd.notna(value) and str(value).strip() else None


def road_and_number(address: str) -> tuple[str, str, str] | None:
    """Road, number on it and what follows, of one of our own addresses, spelled; None where it names no road."""
    found = _ROAD.search(address)
    if found is None:
        return None
    road = found[1]
    cut = 0
    for head in _HEAD.finditer(road):
        if len(road) - head.end() >= 3:
            cut = head.end()
    return road[cut:], found[2], address[found.end() :]


def address_book(
    *,
    compounds: pd.DataFrame,
    buildings: pd.DataFrame,
    stairwells: pd.DataFrame,
    communities: pd.DataFrame | None = None,
    streets: pd.DataFrame | None = None,
) -> AddressBook:
    """The address book of a district.

    Parameters
    ----------
    compounds
        Columns `code`, `name`, `community_code`.
    buildings
        Columns `code`, `name`, `address`, `compound_code`, `community_code`.
    stairwells
        Columns `code`, `building_code`, `number`.
    communities, streets
        Columns `code`, `name`, and of communities `street_code`.
    """
    book = AddressBook()
    _add_areas(book, streets, communities)
    for code, name, community in _rows(compounds, "code", "name", "community_code"):
        book.community_of[str(code)] = _given(community)
        if (given := _given(name)) is None:
            continue
        book.titles[str(code)] = given
        book.compound_names[spelled(given)].append(str(code))
        for form, grade in forms(spelled(given)).items():
            if len(form) >= 2:
                book.names[form].append(Meaning("compound", grade, str(code)))
    _add_buildings(book, buildings)
    for code, building, number in _rows(stairwells, "code", "building_code", "number"):
        owner = book.buildings.get(str(building))
        if owner is not None:
            numbered = None if pd.isna(number) else int(number)
            owner.stairwells[numbered].append(str(code))
            book.buildings_of_stairwells[str(code)] = owner.code
            book.numbers_of_stairwells[str(code)] = numbered
    return book


def _rows(table: pd.DataFrame, *columns: str) -> Any:
    return zip(*(table[column].tolist() for column in columns), strict=True)


def _add_areas(book: AddressBook, streets: pd.DataFrame | None, communities: pd.DataFrame | None) -> None:
    if streets is not None:
        for code, name in _rows(streets, "code", "name"):
            if (given := _given(name)) is not None:
                book.titles[str(code)] = given
                book.names[spelled(given)].append(Meaning("street", "full", str(code)))
    if communities is None:
        return
    for code, name, street in _rows(communities, "code", "name", "street_code"):
        book.street_of[str(code)] = _given(street)
        if (given := _given(name)) is None:
            continue
        book.titles[str(code)] = given
        full = spelled(given)
        stem = re.sub("(?:社区|村)$", "", _COMMITTEE.sub("", full))
        known: dict[str, Grade] = {full: "full"}
        for ending in ("社区", "村") if full == stem else (full[len(stem) :],):
            known.setdefault(stem + ending, "full")
        if len(stem) >= 2:
            known.setdefault(stem, "bare")
        for form, grade in known.items():
            book.names[form].append(Meaning("community", grade, str(code)))


def _add_buildings(book: AddressBook, buildings: pd.DataFrame) -> None:
    groups: set[str] = set()
    columns = ("code", "name", "address", "compound_code", "community_code")
    for values in _rows(buildings, *columns):
        code, name, address, compound, community = (_given(value) for value in values)
        if code is None:
            continue
        building = Building(code, name, address, compound, community)
        book.buildings[code] = building
        book.titles[code] = " ".join(
            part for part in (book.titles.get(compound or ""), name or address) if part is not None
        )
        rest = _locate_building(book, building, spelled(address) if address else "")
        _name_building(book, building, spelled(name) if name else rest, groups)
        if compound is not None:
            book.of_compound[compound].append(code)
        for label in building.labels:
            _file(book, building, label)
    for group in groups:
        for form, grade in forms(group).items():
            if grade in ("full", "form", "bare") and len(re.findall(f"[{HAN}]", form)) >= 2:
                book.names[form].append(Meaning("group", grade, group))


def _locate_building(book: AddressBook, building: Building, address: str) -> str:
    """The building's place on its road; what its address says besides: of a house on a road its number there."""
    located = road_and_number(address) if address else None
    if located is None:
        return address
    road, number, rest = located
    building.house = road, number
    book.at_road[road, number].append(building.code)
    if not any(m.kind == "road" for m in book.names.get(road, ())):
        book.names[road].append(Meaning("road", "full", road))
    return rest or f"{number}号"


def _name_building(book: AddressBook, building: Building, own: str, groups: set[str]) -> None:
    """The building's label by its name; a name without a number is a name for itself."""
    read = label_of(own) if own else None
    if read is None:
        if len(own) >= 2:
            book.names[own].append(Meaning("building", "full", building.code))
        return
    group, number, counter = read
    title = spelled(book.titles.get(building.compound or "", ""))
    for head in sorted(forms(title), key=len, reverse=True) if title else ():
        if group.startswith(head):
            group = group[len(head) :]
            break
    building.labels.append(Label(group, number, counter))
    if group:
        groups.add(group)


def _file(book: AddressBook, building: Building, label: Label) -> None:
    key = label.group + label.number
    if building.compound is not None:
        book.in_compound[building.compound, key].append(building.code)
    if building.community is not None:
        book.in_community[building.community, key].append(building.code)
    if label.group:
        book.in_group[label.group, label.number].append(building.code)


def is_telling(text: str) -> bool:
    """Whether signs beside a name tell neighbours apart (新, 东, 二期), so that the name is another's."""
    return bool(re.fullmatch(rf"(?:[{''.join(sorted(TELLING))}]+(?:期|区|片区?|组团|里|庄|院|苑)?)+", text))
