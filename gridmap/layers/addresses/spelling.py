"""One spelling for what people write: width, case, traditional characters, Chinese numerals, signs between parts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

HAN = "\u3400-\u9fff"

_TABLE = Path(__file__).with_name("traditional.txt")
_DASHES = "‐‑‒–—―−－~～"
_DIGITS = {
    **{
        sign: value
        for value, signs in enumerate(
            ("〇零○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
        )
        for sign in signs
    },
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100}
_SCORES = {"廿": 20, "卅": 30}
_NUMERAL = "".join([*_DIGITS, *_TENS, *_SCORES])
_COUNTER = "号|栋|幢|座|楼|#|单元|门|梯|层|户|室|期|区|片|院|弄|组团|公寓|网格|住宅楼|宿舍楼|居民楼"
_NUMERALS = re.compile(
    rf"第?[{_NUMERAL}]+(?={_COUNTER})"
    rf"|(?:(?<![{HAN}])|(?<=单元)|(?<=[楼栋幢座门梯层号第弄]))[{_NUMERAL}]+(?![{HAN}])"
)
_LATIN_COUNTERS = (
    (re.compile(r"(?<=\d)\s*HAO\s*LOU(?![A-Z]{2})"), "号楼"),
    (re.compile(r"(?<=\d)\s*(?:DAN\s*YUAN|DY)"), "单元"),
    (re.compile(r"(?<=\d)\s*(?:DONG|ZHUANG)"), "栋"),
    (re.compile(r"(?<=\d)\s*HAO"), "号"),
    (re.compile(r"(?<=\d)\s*SHI"), "室"),
)
_NUMBER_SIGN = re.compile(r"\bNO[.:]?\s*(?=\d)")
_JOINS = re.compile(r"(?<=[0-9A-Z#])\s*[/\\.·\-]+\s*(?=[0-9A-Z#])")
_REST = re.compile(rf"[^{HAN}0-9A-Z#\-]+")
_LOOSE = re.compile(r"(?<![0-9A-Z#])[ \-]+|[ \-]+(?![0-9A-Z#])")
_ORDINAL = re.compile(r"第(?=\d)")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[1-9])")


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Each traditional character's simplified form, by its number."""
    lines = [line for line in _TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pairs = "".join(lines)
    table = {ord(pairs[k]): pairs[k + 1] for k in range(0, len(pairs), 2)}
    return {**table, **{ord(dash): "-" for dash in _DASHES}}


def number(numeral: str) -> str:
    """A Chinese numeral in Arabic figures: `十二` → `12`, `一百零二` → `102`, `五〇二` → `502`, `廿三` → `23`."""
    if not any(sign in _TENS or sign in _SCORES for sign in numeral):
        return "".join(str(_DIGITS[sign]) for sign in numeral)
    total, digit = 0, 0
    for place, sign in enumerate(numeral):
        if sign in _SCORES:
            total += _SCORES[sign]
        elif sign in _TENS:
            total += (digit if digit or place else 1) * _TENS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    if len(numeral) >= 3 and numeral[-2] in "百佰" and numeral[-1] in _DIGITS:
        digit *= 10  # 一百二 is 120, 一百零二 is 102
    return str(total + digit)


@lru_cache(maxsize=1 << 16)
def spelled(text: str) -> str:
    """The text in one spelling, for comparing.

    Half width, capitals, simplified characters; Chinese numerals before a word that counts (十二号楼, 三单元, 二期) or
    standing alone in figures; a dash or a blank only where it stands between figures or letters.
    """
    out = unicodedata.normalize("NFKC", text).translate(_simplified()).upper()
    out = _NUMBER_SIGN.sub("", out.replace("♯", "#"))
    out = _NUMERALS.sub(lambda found: number(found[0].removeprefix("第")), out)
    for sound, word in _LATIN_COUNTERS:
        out = sound.sub(word, out)
    out = _REST.sub(" ", _JOINS.sub("-", out))
    out = _LOOSE.sub("", re.sub(r" *- *", "-", out))
    return _ZEROS.sub("", _ORDINAL.sub("", out)).strip()
