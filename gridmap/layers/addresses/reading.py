"""One written address understood: the names in it, its numbers, and what is doubtful about either."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gridmap.domain.notes import Note, template
from gridmap.layers.addresses.book import AddressBook, Found, Meaning, is_telling
from gridmap.layers.addresses.naming import split
from gridmap.layers.addresses.parts import NAME, ROAD, Doubt, Parts, Weight, read_parts
from gridmap.layers.addresses.spelling import HAN, spelled

_HARMLESS = re.compile(
    r"(?:家庭|现|常|户籍|居住|联系|详细|住址|住在|住|地址|址|家住|家|在|位于|的|号|院?内|小区|街道办事处|街道办|办事处|办|"
    r"社区居民委员会|社区居委会|居委会|村委会|村民委员会|社区|村|室|楼|楼栋|单元)*"
)
_ADMIN = re.compile(
    rf"(?P<far>(?:[{HAN}]{{2,8}}?(?:省|自治区))?(?:[{HAN}]{{2,5}}?市)?(?:[{HAN}]{{1,10}}?(?:(?<![小社校东西南北中])区|县|旗))?)"
    rf"(?P<street>(?:[{HAN}]{{1,6}}?(?:街道办事处|街道|办事处|镇|乡))?)"
    rf"(?P<community>(?:[{HAN}]{{1,8}}?(?:社区居委会|社区|居委会|村委会))?)"
)
_FAR = re.compile(rf"[{HAN}]+?(?:省|自治区|市|区|县|旗)")
_QUALIFIED = re.compile(r"(?:\d+|[A-Z]|[东西南北中新老甲乙丙丁])(?:期|区|片区?|组团|里|庄|院)")
_SLIP = template("{written} is taken as {name}: one sign differs.")
_RUN = rf"[{HAN}A-Z0-9]+"
_UNKNOWN = re.compile(rf"[{HAN}A-Z]{{2,}}(?:\d(?:期|区))?")


def harmless(text: str) -> bool:
    """Whether the words say nothing about the place: 家住, 办事处, 内."""
    return _HARMLESS.fullmatch(text) is not None


class Reading:
    """One text being understood.

    Attributes
    ----------
    parts
        Its numbers, and what wasn't understood.
    compounds, communities, streets, roads, groups, buildings
        What its names mean; of communities `maybe_communities` are those named without 社区 or 村.
    doubts
        Why it may be something else.
    far
        Names of cities and districts, which nothing here confirms.
    refused
        Why it can't be any place here, with the places that it resembles; None where it can.
    """

    def __init__(self, text: str, around: str, book: AddressBook) -> None:
        self.book = book
        self.text = spelled(text)
        self.found = [name for name in book.find(self.text) if not self._inside_road(name)]
        self.doubts: list[Doubt] = []
        self.far: tuple[str, ...] = ()
        self.refused: tuple[Note, list[str]] | None = None
        self.parts: Parts = read_parts(self._marked())
        self.doubts += self.parts.doubts
        self._take_meanings()
        self._look_around(spelled(around))
        self._recover_name()
        if self.refused is None:
            self._look_beside_names()

    @property
    def house(self) -> tuple[str, str] | None:
        """The known road, and the number on it."""
        return (self.roads[-1], self.parts.house) if self.roads and self.parts.house else None

    @property
    def is_near(self) -> bool:
        """Whether it names a street or community of ours."""
        return bool(self.streets or self.communities)

    @property
    def weight(self) -> int:
        """Of its worst doubt; 0 where there is none."""
        return max((doubt.weight for doubt in self.doubts), default=0)

    @property
    def worst(self) -> Note | None:
        """What its worst doubt says."""
        return max(self.doubts, key=lambda doubt: doubt.weight).note if self.doubts else None

    def doubt(self, weight: Weight, message: str, **params: object) -> None:
        """Add a doubt."""
        self.doubts.append(Doubt(weight, Note(message, params)))

    def is_group(self, text: str) -> bool:
        """Whether signs before a building's number belong to the names of buildings there: 紫荆 in 紫荆9号楼."""
        number = self.parts.building
        return (
            bool(text)
            and number is not None
            and any((m.code, text + number) in self.book.in_compound for m in self.compounds)
        )

    def _inside_road(self, name: Found) -> bool:
        """Whether it is a road's name inside a longer one: 环海路 in 北环海路."""
        before = self.text[: name.start][-1:]
        return _is_road(name) and bool(before) and is_telling(before) and not before.isdigit()

    def _marked(self) -> str:
        """The text with marks for the names in it, and without the names of what lies above: 威海市高区."""
        pieces, end = [], 0
        for name in self.found:
            pieces += [self.text[end : name.start], ROAD if _is_road(name) else NAME]
            end = name.end
        last = self.text[end:]
        for k in range(0, len(pieces), 2):
            pieces[k] = self._without_areas(pieces[k], glued=k > 0)
        return "".join([*pieces, self._without_areas_before_name(last) if not self.found else last])

    def _without_areas(self, piece: str, *, glued: bool) -> str:
        read = None if glued and _QUALIFIED.match(piece) else _ADMIN.match(piece)
        if read is None or not read[0] or re.match(f"[{HAN}]", piece[read.end() :]):
            return piece
        self._note_areas(read)
        return piece[read.end() :] if glued else f" {piece[read.end() :]}"

    def _without_areas_before_name(self, text: str) -> str:
        """The text, which has no known name, without what lies above the name that it may have."""
        read = _ADMIN.match(text)
        if read is None or not read[0]:
            return text
        rest = text[read.end() :]
        if not re.match(rf"[{HAN}]{{2}}|[^{HAN}].*[{HAN}]{{3}}", rest):
            return text
        self._note_areas(read)
        return rest

    def _note_areas(self, read: re.Match[str]) -> None:
        self.far += tuple(_FAR.findall(read["far"]))
        for name in (read["street"], read["community"]):
            if name and not harmless(name):
                self.doubt(1, "{name} is not among the streets and communities here.", name=name)

    def _take_meanings(self) -> None:
        compounds = [name for name in self.found if any(m.kind == "compound" for m in name.meanings)]
        above = {
            name for name in compounds[:-1] if any(m.kind == "community" and m.grade == "full" for m in name.meanings)
        }
        self.compounds = truest(name for name in compounds if name not in above)
        self.roads = [m.code for m in _meanings(self.found, "road")]
        self.streets = {m.code for m in _meanings(self.found, "street")}
        areas = _meanings(self.found, "community")
        own = {m.code for name in compounds if name not in above for m in name.meanings if m.kind == "community"}
        self.communities = {m.code for m in areas if m.grade == "full"} - (own if self.compounds else set())
        self.maybe_communities = {m.code for m in areas if m.grade == "bare"}
        self.buildings = [m.code for m in _meanings(self.found, "building")]
        self.groups = [m.code for m in _meanings(self.found, "group")]

    def _look_around(self, around: str) -> None:
        """Street, community and compound from other columns of the row."""
        if not around:
            return
        found = self.book.find(around)
        self.streets |= {m.code for m in _meanings(found, "street")}
        self.communities |= {m.code for m in _meanings(found, "community")}
        compounds = truest(name for name in found if not any(m.kind == "community" for m in name.meanings))
        if not self.compounds and not self.buildings:
            self.compounds = compounds
        elif compounds and self.compounds:
            both = {m.code for m in compounds} & {m.code for m in self.compounds}
            if both:
                self.compounds = [m for m in self.compounds if m.code in both]
            else:
                self.doubt(2, "The address and the columns of its parts say different places.")

    def _recover_name(self) -> None:
        """Where no compound is known, one whose name is written with a slip, by its sound, or with another ending."""
        if self.compounds or self.buildings or self.groups or (self.house and not self.parts.left):
            return
        for name in self._unknown_names():
            if self._recovered(name):
                return
        if not (self.communities or self.maybe_communities or self.house) and (names := self._unknown_names()):
            self.refused = Note("No compound, village or road here is called {name}.", {"name": names[0]}), []

    def _recovered(self, name: str) -> bool:
        parts = split(name)
        other = [m for m in self.book.names.get(parts.stem, ()) if m.kind == "compound" and m.grade == "bare"]
        if not parts.ending or parts.qualifier:
            other = []
        slips, alike = self.book.near(name), self.book.alike(name)
        found = list({m.code: m for m in (*slips, *alike, *other)}.values())
        if not found:
            return False
        message = (
            _SLIP
            if slips
            else template("{written} is taken as {name}, which sounds the same.")
            if alike
            else template("{written} is taken as {name}: its ending differs.")
        )
        self.doubt(1 if len(found) == 1 else 2, message, written=name, name=self.book.title(found[0].code))
        self.compounds = found
        self.parts.left = self.parts.left.replace(name, "", 1)
        self.parts.before = ""
        return True

    def _unknown_names(self) -> list[str]:
        """What may be a name that isn't known, the longest first."""
        whole = re.match(rf"[{HAN}]+", self.text)
        runs = [run for run in _UNKNOWN.findall(self.parts.left) if not harmless(run)]
        if whole and self.found and runs and runs[0] in whole[0]:
            runs.append(whole[0])
        return sorted(dict.fromkeys(runs), key=len, reverse=True)

    def _look_beside_names(self) -> None:
        """What stands beside a name and isn't understood: it may make another name of it (新, 东, 二期)."""
        left = self.parts.left
        if not left or harmless(left):
            return
        for name in self.found:
            if not any(m.kind in ("compound", "group") for m in name.meanings):
                continue
            if self._other_name(name) or self._slip_beside(name) or self._more_behind(name):
                return
        if not self.is_group(self.parts.before):
            self.doubt(1, "{text} isn't understood.", text=left)

    def _beside(self, name: Found) -> tuple[str, str]:
        """Signs right before and behind a name that weren't understood."""
        k = self.found.index(name)
        before = re.search(f"{_RUN}$", self.text[self.found[k - 1].end if k else 0 : name.start])
        after = re.match(_RUN, self.text[name.end : self.found[k + 1].start if k + 1 < len(self.found) else None])
        head = before[0] if before and before[0] in self.parts.left else ""
        tail = re.match(rf"(?:{_QUALIFIED.pattern})|[{HAN}]+", after[0]) if after else None
        return head, tail[0] if tail and tail[0] in self.parts.left else ""

    def _other_name(self, name: Found) -> bool:
        before, after = self._beside(name)
        written = self.text[name.start : name.end]
        telling = bool(before) and is_telling(before)
        qualified = bool(_QUALIFIED.fullmatch(after)) and not self.is_group(after)
        if telling or qualified:
            whole = f"{before}{written}" if telling else f"{written}{after}"
            near = [m.code for m in name.meanings if m.kind == "compound"]
            self.refused = Note("No compound, village or road here is called {name}.", {"name": whole}), near
        elif len(before) > 1 and not harmless(before):
            self.doubt(2, "{text} before {name} isn't understood.", text=before, name=written)
        else:
            return False
        return True

    def _more_behind(self, name: Found) -> bool:
        """Words behind a name that make it the name of what lies around: 十里铺村, and then a compound not known."""
        after = self._beside(name)[1]
        area = any(m.kind == "community" for m in name.meanings)
        if self.is_group(after) or harmless(after) or len(after) < (2 if area else 3):
            return False
        self.doubt(2, "{text} isn't understood.", text=after)
        return True

    def _slip_beside(self, name: Found) -> bool:
        """A longer name with a slip in it, of which a shorter one is a part: 西南村南压, meant as 西南村南庄."""
        before, after = self._beside(name)
        written = self.text[name.start : name.end]
        for whole, rest in ((written + after, after), (before + written, before)):
            if not rest or self.is_group(rest):
                continue
            found = self.book.near(whole)
            if found:
                self.compounds = found
                title = self.book.title(found[0].code)
                self.doubt(1 if len(found) == 1 else 2, _SLIP, written=whole, name=title)
                return True
            if self.book.longer_names(written) and rest == after:
                self.doubt(2, "{text} isn't understood.", text=rest)
                return True
        return False


def _is_road(name: Found) -> bool:
    return any(m.kind == "road" for m in name.meanings)


def _meanings(found: Iterable[Found], kind: str) -> list[Meaning]:
    return list(dict.fromkeys(m for name in found for m in name.meanings if m.kind == kind))


def truest(found: Iterable[Found]) -> list[Meaning]:
    """The compounds named: where one is called exactly so, not those whose name is longer."""
    kept: dict[Meaning, None] = {}
    for name in found:
        compounds = [m for m in name.meanings if m.kind == "compound"]
        exact = [m for m in compounds if m.grade == "full"]
        kept |= dict.fromkeys(exact or compounds)
    return list(kept)
