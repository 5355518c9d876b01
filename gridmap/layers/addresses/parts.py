"""The numbers in a written address: which is the building, which the stairwell, which the room."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gridmap.domain.notes import Note
from gridmap.layers.addresses.spelling import HAN

NAME, ROAD = "\ue000", "\ue001"
"""Stand in the text where a known name, or a road's name, was taken out."""

Weight = Literal[1, 2]
"""Of a doubt: 1 leaves a match likely, 2 wants a person's decision."""


class Doubt(NamedTuple):
    """Why a match isn't sure."""

    weight: Weight
    note: Note


_LETTER = "A-Z甲乙丙丁"
_LABEL = rf"(?:(?:(?<![A-Z])[{_LETTER}])?\d+(?:-\d+)*[{_LETTER}]?|(?<![A-Z])[{_LETTER}])"
_KIND = "(?:住宅|居民|宿舍|家属|商住|商品|综合|单身|公寓)"
_TOKEN = re.compile(
    rf"(?P<house>{ROAD}(?:\d+(?:-\d+)?(?:号院|号大院|号(?!楼|住宅|居民|公寓)|弄|院)|\d+(?=$|[{HAN}{NAME}])(?!#|号|栋|幢|座|楼|单元|门|公寓))"
    rf"(?:附\d+号?)?)"
    rf"|(?P<joined>{ROAD}\d+(?=-))"
    rf"|(?P<lane>[{HAN}]{{1,8}}?(?:大道|大街|胡同|路|街|巷)\d+(?:-\d+)?(?:号院|号大院|号(?!楼|住宅|居民|公寓)|弄|院))"
    rf"|(?P<part>(?:\d+|(?<![A-Z])[A-Z])(?:期|区|组团|片区))"
    rf"|(?P<flat>[东西中南北]户|[东西中南北]室)"
    rf"|(?P<pair>楼(?:号|栋)?\d+(?=单元号?\d))"
    rf"|(?P<unit>(?:(?:(?:\d+(?:-\d+)*|[{_LETTER}])(?:#|号)?(?:单元门?|门洞?(?![面卫口岗])|梯(?!户))|[东西中南北]单元)"
    rf"|\d+楼道|单元号?(?:\d+|[{_LETTER}](?![A-Z]))))"
    rf"|(?P<building>{_LABEL}(?:(?:号|#)?{_KIND}?(?:楼栋|楼|栋楼?|幢楼?|座)|(?:号|#)?公寓楼?|#))"
    rf"|(?P<floor>\d+(?:层|F(?![A-Z])))"
    rf"|(?P<room>\d+(?:-\d+)*(?:号房|室|户|房))"
    rf"|(?P<plot>{_LABEL}号院?)"
    rf"|(?P<plain>(?:(?<![A-Z])[A-Z])?\d+[A-Z]?(?![A-Z]))"
    rf"|(?P<letter>(?<![A-Z])[A-Z](?![A-Z]))"
)
_ROOM = 100
"""From this number on it is a room, as floor and flat: 302."""
_LABEL_ONLY = re.compile(_LABEL)


class _Token(NamedTuple):
    kind: str
    text: str
    joined: bool
    """Whether a dash or a blank joins it to the one before."""

    @property
    def label(self) -> str:
        found = re.search(rf"[{_LETTER}东西中南北]?\d+(?:-\d+)*[{_LETTER}]?|[{_LETTER}东西中南北]", self.text)
        return found[0] if found else ""

    @property
    def is_room(self) -> bool:
        digits = re.sub(r"\D", "", self.text)
        return self.kind == "room" or (self.kind == "plain" and bool(digits) and int(digits) >= _ROOM)


@dataclass
class Parts:
    """The numbers of an address. `counter` is the word behind the building's number; `house` the number on a road.

    `lane` says that the road isn't a known one. `before` and `left` are signs that weren't understood: right before
    the building's number, and everywhere.
    """

    building: str | None = None
    counter: str = ""
    unit: str | None = None
    room: str | None = None
    house: str | None = None
    lane: str | None = None
    before: str = ""
    left: str = ""
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, weight: Weight, note: Note) -> None:
        """Add a doubt."""
        self.doubts.append(Doubt(weight, note))


def _tokens(text: str) -> tuple[list[_Token], list[tuple[int, int]]]:
    found, spans = [], []
    end = -1
    for match in _TOKEN.finditer(text):
        between = text[end : match.start()] if end >= 0 else None
        found.append(_Token(str(match.lastgroup), match[0], between in ("-", " ")))
        spans.append(match.span())
        end = match.end()
    return found, spans


def _without_floors(tokens: list[_Token]) -> list[_Token]:
    """楼 behind a number is a floor where another word already says the building: 12号楼3楼."""
    strong = [t for t in tokens if t.kind in ("building", "pair") and t.text != f"{t.label}楼"]
    if strong:
        tokens = [t._replace(kind="floor") if t.kind == "building" and t.text == f"{t.label}楼" else t for t in tokens]
    return [t for t in tokens if t.kind not in ("floor", "flat")]


def _unclear(numbers: list[_Token]) -> Note:
    return Note("It isn't clear what {numbers} stands for.", {"numbers": " ".join(t.text for t in numbers)})


def read_parts(text: str) -> Parts:
    """The numbers of an address in the spelling of `spelling.spelled`, names taken out and marked.

    Where no word says so, numbers joined by dashes are building, stairwell and room: 12-3-502; two of them building and
    stairwell, or with a second one of 100 and more building and room.
    """
    tokens, spans = _tokens(text)
    parts = Parts()
    known = [span for token, span in zip(tokens, spans, strict=True) if token.kind != "part"]
    outside = _gaps(text, known)
    parts.left = "".join(re.findall(f"[{HAN}A-Z0-9]+", " ".join(outside)))
    rest = []
    for token, span in zip(tokens, spans, strict=True):
        if token.kind in ("house", "joined"):
            parts.house = _house(token.text)
        elif token.kind == "lane":
            parts.lane = token.text
        elif token.kind == "part":
            continue
        else:
            if token.kind in ("building", "plot", "pair") and not parts.before:
                head = text[: span[0]]
                found = re.search(f"[{HAN}A-Z]+$", head)
                parts.before = found[0] if found else ""
            rest.append(token)
    tokens = _without_floors(rest)
    _take_building(parts, tokens)
    return parts


def _gaps(text: str, spans: list[tuple[int, int]]) -> list[str]:
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    return [text[edges[k] : edges[k + 1]] for k in range(0, len(edges), 2)]


def _house(text: str) -> str:
    digits = re.findall(r"\d+", text)
    return "-".join(digits)


def _take_building(parts: Parts, tokens: list[_Token]) -> None:
    named = [k for k, t in enumerate(tokens) if t.kind in ("building", "pair")]
    if len(named) == 2 and named[1] == named[0] + 1 and tokens[named[1]].text.endswith("#"):
        # 12#3#
        parts.doubt(1, _unclear([tokens[named[1]]]))
        tokens[named[1]] = _Token("unit", tokens[named[1]].label, joined=True)
    elif len(named) > 1:
        parts.doubt(2, Note("It names more than one building."))
    if named:
        at = named[0]
        parts.building, parts.counter = tokens[at].label, tokens[at].text.replace(tokens[at].label, "", 1)
        if tokens[at].kind == "pair":
            parts.counter = "楼"
        before = [t for t in tokens[:at] if t.kind in ("plain", "letter")]
        if before:
            parts.doubt(2, _unclear(before))
        if any(t.kind == "plot" for t in tokens[:at]):
            parts.doubt(1, _unclear([t for t in tokens[:at] if t.kind == "plot"]))
        units = [t for t in tokens if t.kind == "unit"]
        after = [t for k, t in enumerate(tokens) if k > at and t.kind in ("plain", "room", "plot", "letter")]
        _take_unit(parts, units, after, spoken=True)
        if parts.counter == "楼" and tokens[at].kind == "building" and parts.unit is None:
            parts.doubt(1, Note("{number} may be a floor.", {"number": tokens[at].text}))
        return
    _take_unnamed(parts, tokens)


def _take_unnamed(parts: Parts, tokens: list[_Token]) -> None:
    """The building where no word says it: 12号3单元, 12-3单元, 12-3-502, 12."""
    units = [t for t in tokens if t.kind == "unit"]
    numbers = [t for t in tokens if t.kind in ("plain", "room", "plot")]
    plots = [t for t in numbers if t.kind == "plot"]
    letters = [t for t in tokens if t.kind == "letter"]
    if plots and (numbers[0].kind == "plot" or units):
        numbers = numbers[numbers.index(plots[0]) :]
        parts.building, parts.counter = plots[0].label, "号"
        _take_unit(parts, units, numbers[1:] + letters, spoken=True)
        return
    if not numbers:
        _take_unit(parts, units, letters, spoken=True)
        return
    first, rest = numbers[0], numbers[1:]
    if first.kind == "room":
        _split_room(parts, units, first, rest)
        return
    if units:
        before = [t for t in numbers if tokens.index(t) < tokens.index(units[0])]
        if len(before) > 1 or not (before or numbers[0].is_room):
            parts.doubt(2, _unclear(numbers))
        if not before:
            _take_unit(parts, units, numbers, spoken=True)
            return
        parts.building = before[-1].label
        _take_unit(parts, units, [t for t in numbers if t not in before], spoken=True)
        return
    parts.building = first.label
    if len(numbers) > 3 or not all(t.joined for t in rest):
        parts.doubt(2, _unclear(numbers))
    elif not rest:
        parts.doubt(1, Note("{number} stands there without a word that says it is a building.", {"number": first.text}))
    elif len(rest) == 1 and rest[0].is_room:
        parts.doubt(1, Note("{number} is taken as a room, not as a stairwell.", {"number": rest[0].text}))
    _take_unit(parts, units, rest + letters, spoken=False)


def _split_room(parts: Parts, units: list[_Token], first: _Token, rest: list[_Token]) -> None:
    """12-3-502室, which one word ends."""
    numbers = re.findall(r"\d+", first.text)
    if rest or len(numbers) > 3:
        parts.doubt(2, _unclear([first, *rest]))
    if units:
        if len(numbers) > 1:
            parts.doubt(2, _unclear([first]))
        parts.room = numbers[-1]
        _take_unit(parts, units, [], spoken=True)
        return
    if len(numbers) == 2:
        parts.doubt(1, Note("{number} is taken as a room, not as a stairwell.", {"number": numbers[1]}))
    parts.room = numbers[-1]
    if len(numbers) > 1:
        parts.building = numbers[0]
    if len(numbers) > 2:
        parts.unit = numbers[1]


def _take_unit(parts: Parts, units: list[_Token], after: list[_Token], *, spoken: bool) -> None:
    """Stairwell and room from what stands behind the building. `spoken`: a word says which number is the building."""
    flat = [t if not (t.kind == "room" and "-" in t.text) else None for t in after]
    after = [part for t, whole in zip(after, flat, strict=True) for part in ([whole] if whole else _unjoined(t))]
    if units:
        label = units[0].label
        if "-" in label:
            parts.doubt(2, Note("It names more than one stairwell."))
        if len({t.label for t in units}) > 1:
            parts.doubt(2, Note("It names more than one stairwell."))
        parts.unit = label.split("-")[0]
        if after:
            parts.room = after[0].label
        if len(after) > 1:
            parts.doubt(1, _unclear(after[1:]))
        return
    if not after:
        return
    if after[0].is_room:
        parts.room = after[0].label
        if len(after) > 1:
            parts.doubt(1, _unclear(after[1:]))
        return
    parts.unit = after[0].label
    if len(after) == 1 and spoken:
        number = {"number": after[0].text}
        parts.doubt(1, Note("{number} stands there without a word that says it is a stairwell.", number))
    elif len(after) > 1:
        parts.room = after[1].label
    if len(after) > 2:
        parts.doubt(2, _unclear(after[2:]))


def _unjoined(token: _Token) -> list[_Token]:
    numbers = re.findall(r"\d+", token.text)
    return [*(_Token("plain", n, joined=True) for n in numbers[:-1]), _Token("room", numbers[-1], joined=True)]


def label_of(name: str) -> tuple[str, str, str] | None:
    """A building's own name as what stands before its number, the number, and the word behind it (with what follows).

    None where it has no number: 教学楼.
    """
    found = None
    for found in _TOKEN.finditer(name):  # noqa: B007  # the last one is the building's
        pass
    if found is None or found.lastgroup not in ("building", "plot", "plain", "pair"):
        whole = _LABEL_ONLY.fullmatch(name)
        return ("", whole[0], "") if whole else None
    token = _Token(str(found.lastgroup), found[0], joined=False)
    counter = token.text.replace(token.label, "", 1)
    return name[: found.start()], token.label + name[found.end() :], counter
