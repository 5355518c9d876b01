"""How a compound's name is put together, and the shorter and longer forms that people write for it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from gridmap.layers.addresses.spelling import HAN

Grade = Literal["full", "form", "bare", "renamed", "unqualified"]
"""How a written form stands to the name: the name itself; its parts in another order; without its ending (花园);
with 小区 for another ending; without its phase or part (二期, 东区), which says less than the name does."""

_ENDING = re.compile(
    "(?:"
    "教师住宅区|住宅小区|家属院|宿舍区|生活区|住宅区|小区|花园|家园|公寓|新村|新城|"
    "名居|雅居|名苑|嘉园|嘉苑|佳园|佳苑|雅苑|庭院|华府|华庭|山庄|大厦|广场|大院|"
    "宿舍|别墅|名邸|名城|旧村|社区|"
    "[苑园城邸府居庭村])$"
)
_QUALIFIER = re.compile(r"(?:\d+|[A-Z]|[东西南北中新老甲乙丙丁])(?:期|区|片区?|组团|里|庄|院)$")
TELLING = set("东西南北中前后上下大小新老旧内外甲乙丙丁一二三四五六七八九十0123456789ABCDEFGH")
"""Signs that tell neighbours' names apart (东马山村, 西马山村): never a mere slip of the pen."""


class Name(NamedTuple):
    """A name in its parts: 怡园 + 小区 + 2期. Ending and qualifier may be empty."""

    stem: str
    ending: str
    qualifier: str


def split(name: str) -> Name:
    """The parts of a name in the spelling of `spelling.spelled`; at least two signs stay as its stem."""
    stem, ending, qualifier = name, "", ""
    for _ in range(2):
        found = _QUALIFIER.search(stem)
        if found and not qualifier and found.start() >= 2:
            stem, qualifier = stem[: found.start()], found[0]
        found = _ENDING.search(stem)
        if found and not ending and found.start() >= 2:
            stem, ending = stem[: found.start()], found[0]
    return Name(stem, ending, qualifier)


def forms(name: str) -> dict[str, Grade]:
    """What people write for a compound of this name, and how each form stands to it."""
    stem, ending, qualifier = split(name)
    found: dict[str, Grade] = {name: "full"}
    short = len(re.findall(f"[{HAN}]", stem)) < 2
    if qualifier:
        for form in (stem + ending + qualifier, stem + qualifier + ending, stem + qualifier, stem + "小区" + qualifier):
            found.setdefault(form, "form")
        if not short:
            found.setdefault(stem, "unqualified")
        found.setdefault(stem + (ending or "小区"), "unqualified")
    elif ending and not short:
        found.setdefault(stem, "bare")
        if ending != "小区":
            found.setdefault(stem + "小区", "renamed")
    return found


def told_apart(one: str, other: str) -> bool:
    """Whether two names that differ in one place differ in a sign that tells neighbours apart."""
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(other)) - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    changed = one[head : len(one) - tail], other[head : len(other) - tail]
    return all(set(part) <= TELLING for part in changed)


def slips(name: str) -> set[str]:
    """The name and each form of it with one sign left out; two names within one slip of each other share one."""
    return {name, *(name[:k] + name[k + 1 :] for k in range(len(name)))}


def within_a_slip(one: str, other: str) -> bool:
    """Whether one sign put in, left out, exchanged, or two neighbours swapped, make one name of the other."""
    if one == other:
        return True
    if len(one) == len(other):
        differ = [k for k in range(len(one)) if one[k] != other[k]]
        swapped = len(differ) == 2 and differ[1] == differ[0] + 1 and one[differ[0]] == other[differ[1]]
        return len(differ) == 1 or (swapped and one[differ[1]] == other[differ[0]])
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(long[:k] + long[k + 1 :] == short for k in range(len(long)))
