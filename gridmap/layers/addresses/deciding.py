"""From an address understood to a place: which buildings answer to it, which stairwell, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from gridmap.domain.notes import Note
from gridmap.layers.addresses.book import AddressBook, Building, Meaning
from gridmap.layers.addresses.reading import Reading
from gridmap.layers.addresses.spelling import spelled

Sureness = Literal["sure", "likely", "several", "none"]
Level = Literal["street", "community", "compound", "building", "stairwell"]

MOST_CANDIDATES = 20
_FLATS = {"公寓", "公寓楼", "号公寓", "号公寓楼"}
_LETTERS = "甲乙丙丁"


@dataclass(frozen=True)
class Match:
    """What one written address means.

    Attributes
    ----------
    sureness
        sure, likely, several (one of the candidates; a person has to say which), none.
    reason
        Why, in words.
    place, level
        Code of the finest place that is known, and which kind of place it is; None where nothing is.
    compound, building, stairwell
        Codes, as far as the address goes; a building's only stairwell is taken where none is written.
    candidates
        Codes that it may be, best first; empty where it is sure.
    """

    sureness: Sureness
    reason: Note
    place: str | None = None
    level: Level | None = None
    compound: str | None = None
    building: str | None = None
    stairwell: str | None = None
    candidates: tuple[str, ...] = ()
    far: tuple[str, ...] = field(default=(), repr=False)
    """Names of cities and districts in it that nothing in the address confirms."""
    near: bool = field(default=False, repr=False)
    """Whether it names a street or community that the place lies in."""


def decided(text: str, around: str, book: AddressBook) -> Match:
    """The match of one text; `around` is what is written elsewhere about where it lies."""
    return _Decision(Reading(text, around, book), book).match()


class _Decision:
    """One reading on its way to a place."""

    def __init__(self, reading: Reading, book: AddressBook) -> None:
        self.reading, self.book, self.parts = reading, book, reading.parts

    def match(self) -> Match:
        reading = self.reading
        if reading.refused is not None:
            return self._none(*reading.refused)
        if self.parts.building is not None:
            return self._numbered(self.parts.building)
        return self._unnumbered()

    def _unnumbered(self) -> Match:
        reading = self.reading
        if reading.buildings:
            return self._settled(self._within(reading.buildings))
        if reading.house is not None and (at := self.book.at_road.get(reading.house)):
            return self._on_road(at)
        if reading.compounds:
            return self._compound()
        if reading.groups:
            return self._none(Note("It doesn't say which building."), self._in_groups(reading.groups))
        return self._area()

    def _numbered(self, number: str) -> Match:
        """A building by its number: in a compound, a group, on a road, in a community."""
        reading, book, before = self.reading, self.book, self.parts.before
        groups = [*reading.groups, *([before] if reading.is_group(before) else [])]
        if reading.compounds:
            found = self._in_compounds(number, groups)
        elif groups:
            found = self._in_groups(groups, number)
        elif reading.house is not None and reading.house in book.at_road:
            found = [
                code
                for code in book.at_road[reading.house]
                if any(b.number == number for b in book.buildings[code].labels)
            ]
        elif reading.communities or reading.maybe_communities:
            areas = sorted(reading.communities or reading.maybe_communities)
            found = [code for area in areas for code in book.in_community.get((area, number), ())]
            reading.doubt(1, "It names a community, but no compound.")
        else:
            return self._nowhere()
        found = self._of_kind(list(dict.fromkeys(found)))
        if not found:
            return self._none(
                Note("{place} has no building {number}.", {"place": self._where(groups), "number": number})
            )
        self._weigh_names(found, number)
        return self._settled(self._within(found))

    def _in_compounds(self, number: str, groups: list[str]) -> list[str]:
        book, compounds = self.book, self.reading.compounds
        keys = [group + number for group in groups] or [number]
        found = [code for m in compounds for key in keys for code in book.in_compound.get((m.code, key), ())]
        if not found and groups:
            found = self._in_groups(groups, number)
        if not any(m.grade in ("full", "form") for m in compounds):
            # 银杏 may be short for the compound and for the community of that name
            for area in sorted(self.reading.maybe_communities):
                found += book.in_community.get((area, number), ())
        return found

    def _in_groups(self, groups: Sequence[str], number: str | None = None) -> list[str]:
        return [
            code
            for (group, label), codes in self.book.in_group.items()
            if group in groups and number in (None, label)
            for code in codes
        ]

    def _where(self, groups: Sequence[str]) -> str:
        """What the address calls the place that it is in."""
        reading = self.reading
        if reading.compounds:
            return self.book.title(reading.compounds[0].code)
        if groups:
            return groups[0]
        if reading.house is not None and reading.house in self.book.at_road:
            return "".join(reading.house) + "号"
        return self.book.title(min(reading.communities or reading.maybe_communities))

    def _of_kind(self, codes: list[str]) -> list[str]:
        """Of buildings with one number those whose word behind it is the one written: 3公寓, 3号楼."""
        if not codes:
            return codes
        counter = self.parts.counter
        own = {code: {label.counter for label in self.book.buildings[code].labels} for code in codes}
        alike = [code for code in codes if any((c in _FLATS) == (counter in _FLATS) for c in own[code])]
        same = [code for code in alike if counter in own[code]]
        if same and counter and len({self.book.buildings[code].compound for code in alike}) == 1 < len(alike):
            return same
        if not alike or (counter == "号" and not same and self.parts.unit is None):
            name = self.book.title((alike or codes)[0])
            self.reading.doubt(1, "The building is called otherwise: {name}.", name=name)
        return alike or codes

    def _weigh_names(self, found: list[str], number: str) -> None:
        """Doubts about the compound's name: a part left out, or a neighbour whose name begins the same."""
        reading = self.reading
        owners = {self.book.buildings[code].compound for code in found}
        grades = {m.grade for m in reading.compounds if m.code in owners}
        if not grades:
            return
        title = self.book.title(next(m.code for m in reading.compounds if m.code in owners))
        if grades & {"full", "form"}:
            self._weigh_neighbours(number)
        elif len(reading.compounds) > 1:
            reading.doubt(
                1, "More than one compound is called so; only here there is a building {number}.", number=number
            )
        elif "renamed" in grades:
            reading.doubt(1, "It is called otherwise: {name}.", name=title)
        elif "unqualified" in grades or (self.parts.counter == "号" and self.parts.unit is None):
            reading.doubt(1, "Its name is longer: {name}.", name=title)

    def _weigh_neighbours(self, number: str) -> None:
        """西南村 and 西南村南庄, 怡园小区 and 怡园小区二期: the longer name may have been cut short."""
        book = self.book
        for meaning in self.reading.compounds:
            for other in book.longer_names(spelled(book.title(meaning.code))):
                elsewhere = self.reading.communities and book.community_of.get(other) not in self.reading.communities
                if (other, number) in book.in_compound and not elsewhere:
                    name = book.title(other)
                    self.reading.doubt(1, "{name} has a building {number} too.", name=name, number=number)
                    return

    def _on_road(self, at: list[str]) -> Match:
        """By a road's number alone: a building, or the compound that all buildings there belong to."""
        within = self._within(at)
        compounds = {self.book.buildings[code].compound for code in within}
        if len(within) > 1 and len(compounds) == 1 and None not in compounds:
            self.reading.compounds = [Meaning("compound", "full", str(next(iter(compounds))))]
            return self._compound()
        self._weigh_address(within)
        return self._settled(within)

    def _weigh_address(self, codes: list[str]) -> None:
        """A number on a road that one building of a compound has is perhaps the whole compound's."""
        building = self.book.buildings[codes[0]]
        others = [code for code in self.book.of_compound.get(building.compound or "", ()) if code != building.code]
        if len(codes) == 1 and others and not any(self.book.buildings[code].house for code in others):
            name = self.book.title(building.code)
            self.reading.doubt(1, "Only {name} has this address here; others may share it.", name=name)

    def _within(self, codes: list[str]) -> list[str]:
        """Those of the buildings that lie in the community, street, compound and at the number that are written."""
        reading, book = self.reading, self.book
        codes = self._inside(codes, reading.communities, lambda code: book.buildings[code].community)
        codes = self._inside(
            codes, reading.streets, lambda code: book.street_of.get(book.buildings[code].community or "")
        )
        compounds = {m.code for m in reading.compounds}
        codes = self._inside(codes, compounds, lambda code: book.buildings[code].compound)
        house = reading.house
        if house is None:
            return codes
        said = f"{house[0]}{house[1]}号"
        there = set(book.at_road.get(house, ()))
        if inside := [code for code in codes if code in there]:
            return inside
        if there:
            reading.doubt(2, "It isn't in {place}, as is written.", place=said)
        elif any(own is not None and own[0] == house[0] for own in (book.buildings[code].house for code in codes)):
            reading.doubt(1, "It isn't in {place}, as is written.", place=said)
        return codes

    def _inside(self, codes: list[str], wanted: set[str], of: Callable[[str], str | None]) -> list[str]:
        """Those that lie in one of the areas; all of them, and a doubt, where none does."""
        if not wanted:
            return codes
        inside = [code for code in codes if of(code) in wanted]
        if not inside and all(of(code) is not None for code in codes):
            self.reading.doubt(2, "It isn't in {place}, as is written.", place=self.book.title(min(wanted)))
        return inside or codes

    def _settled(self, codes: list[str]) -> Match:
        """The match for these buildings: one, or several to choose from."""
        unit = self.parts.unit
        if len(codes) > 1 and unit is not None and unit.isdigit():
            having = [code for code in codes if int(unit) in self.book.buildings[code].stairwells]
            if len(having) == 1:
                self.reading.doubt(
                    1, "Of {count} buildings only this has a stairwell {number}.", count=len(codes), number=unit
                )
                codes = having
        if len(codes) > 1:
            return self._given("several", Note("{count} buildings answer to it.", {"count": len(codes)}), codes)
        building = self.book.buildings[codes[0]]
        stairwells = building.all_stairwells
        stairwell: str | None = stairwells[0] if len(stairwells) == 1 else None
        if unit is not None:
            found = self._stairwell(building, unit)
            if isinstance(found, Note):
                return replace(
                    self._given("several", found, stairwells or [building.code]),
                    compound=building.compound,
                    building=building.code,
                )
            stairwell = found
        place = stairwell or building.code
        worst = self.reading.worst
        if self.reading.weight == 2 and worst is not None:
            return self._given("several", worst, [place])
        agreed = (
            Note("Compound, building and stairwell are as written.")
            if unit is not None
            else Note("Compound and building are as written.")
        )
        return replace(
            self._given("likely" if worst else "sure", worst or agreed, [place] if worst else []),
            place=place,
            level="stairwell" if stairwell else "building",
            compound=building.compound,
            building=building.code,
            stairwell=stairwell,
        )

    def _stairwell(self, building: Building, unit: str) -> str | Note:
        """The stairwell of that number, or why there is none."""
        params = {"building": self.book.title(building.code), "number": unit}
        if not building.stairwells:
            return Note("{building} has no stairwells here.", params)
        if unit.isdigit():
            number = int(unit)
        elif unit in _LETTERS or unit.isascii():
            number = (_LETTERS.index(unit) if unit in _LETTERS else ord(unit) - ord("A")) + 1
            self.reading.doubt(1, "Stairwell {letter} is taken as number {number}.", letter=unit, number=number)
        else:
            return Note("The stairwells here have numbers; which one is {number}?", params)
        found = building.stairwells.get(number, [])
        if len(found) == 1:
            return found[0]
        if found:
            return Note("{building} has more than one stairwell {number}.", params)
        return Note("{building} has no stairwell {number}.", params)

    def _compound(self) -> Match:
        """A compound by its name alone."""
        reading, book = self.reading, self.book
        codes = list(dict.fromkeys(m.code for m in reading.compounds))
        codes = self._inside(codes, reading.communities, book.community_of.get)
        codes = self._inside(codes, reading.streets, lambda code: book.street_of.get(book.community_of.get(code) or ""))
        if self.parts.unit is not None or self.parts.room is not None:
            reading.doubt(2, "It doesn't say which building.")
        if len(codes) > 1:
            return self._given("several", Note("{count} compounds answer to it.", {"count": len(codes)}), codes)
        if not any(m.grade in ("full", "form", "bare") for m in reading.compounds):
            reading.doubt(1, "It is called otherwise: {name}.", name=book.title(codes[0]))
        worst = reading.worst
        if reading.weight == 2 and worst is not None:
            return self._given("several", worst, codes)
        note = worst or Note("The compound is as written; no building is.")
        found = self._given("likely" if worst else "sure", note, codes if worst else [])
        return replace(found, place=codes[0], level="compound", compound=codes[0])

    def _area(self) -> Match:
        """A community or street by its name alone."""
        reading = self.reading
        levels: list[tuple[set[str], Level]] = [
            (reading.communities or reading.maybe_communities, "community"),
            (reading.streets, "street"),
        ]
        for codes, level in levels:
            if not codes:
                continue
            if len(codes) > 1:
                note = Note("{count} places answer to it.", {"count": len(codes)})
                return self._given("several", note, sorted(codes))
            if self.parts.unit or self.parts.room or self.parts.lane or reading.roads:
                return self._none(Note("It doesn't say which building."))
            if codes is reading.maybe_communities:
                reading.doubt(1, "It is called otherwise: {name}.", name=self.book.title(min(codes)))
            note = reading.worst or Note("The community or street is as written; no building is.")
            sureness: Sureness = "likely" if reading.doubts else "sure"
            found = self._given(sureness, note, sorted(codes) if reading.doubts else [])
            return replace(found, place=min(codes), level=level)
        return self._nowhere()

    def _nowhere(self) -> Match:
        """Nothing that it names is known here."""
        house, lane = self.reading.house, self.parts.lane
        name = lane if house is None else f"{house[0]}{house[1]}号"
        if name is None:
            return self._none(Note("It names no compound, village or road."))
        return self._none(Note("No compound, village or road here is called {name}.", {"name": name}))

    def _none(self, note: Note, candidates: Sequence[str] = ()) -> Match:
        return self._given("none", note, candidates)

    def _given(self, sureness: Sureness, note: Note, candidates: Sequence[str]) -> Match:
        reading = self.reading
        return Match(
            sureness, note, candidates=tuple(candidates)[:MOST_CANDIDATES], far=reading.far, near=reading.is_near
        )
