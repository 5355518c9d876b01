"""How text is encoded: by what the file says, else by its bytes, with how sure that is."""

from __future__ import annotations

import codecs
import re
import shutil
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note

_LANGUAGE_BYTES = {0x4D: "gb18030", 0x4F: "big5", 0x13: "cp932", 0x4E: "cp949", 0x7A: "gb18030", 0x78: "big5"}
"""The DBF's language byte, where it can be relied on; 0x57 (ANSI) and 0x03 are written whatever the text is."""
_NAMES = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "950": "big5", "65001": "utf-8"}
_SAMPLE = 400_000
_DECLARED = 200
"""Characters in which an XML declaration stands."""
_LEAST_SURE = 0.5
"""A Western encoding is what remains when nothing else fits."""


@dataclass(frozen=True)
class Encoding:
    """An encoding by Python's name, how it was known, and how sure that is (0 to 1)."""

    encoding: str
    known_by: Note
    sure: float = 1.0


def python_name(name: str) -> str | None:
    """Python's name for an encoding as files and users write it; None where there is none."""
    plain = name.strip().lower().replace("ansi", "").replace("oem", "").replace("cp_", "cp").strip(" _-:")
    plain = _NAMES.get(plain, plain)
    for candidate in (plain, f"cp{plain}", plain.replace("-", "")):
        try:
            found = codecs.lookup(candidate).name
        except (LookupError, ValueError):
            continue
        return {"gbk": "gb18030", "gb2312": "gb18030"}.get(found, found)
    return None


def asked_for(name: str) -> Encoding:
    """The encoding that the user named; InputError where there is none of that name."""
    found = python_name(name)
    if found is None:
        raise InputError("There is no encoding {name}; try utf-8, gb18030 or big5.", name=name)
    return Encoding(found, Note("given"))


def _double_bytes(texts: Iterable[bytes]) -> tuple[np.ndarray, np.ndarray, int]:
    leads, trails, single = [], [], 0
    for text in texts:
        i = 0
        while i < len(text):
            if text[i] < 0x80:
                i += 1
            elif i + 1 < len(text) and 0x81 <= text[i] <= 0xFE and text[i + 1] >= 0x40:
                leads.append(text[i])
                trails.append(text[i + 1])
                i += 2
            else:
                single += 1
                i += 1
    return np.array(leads), np.array(trails), single


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        # fixed-width fields cut the last character in two
        return error.start >= len(text) - 3 and error.reason == "unexpected end of data"
    return True


def _looks_chinese(odd: list[bytes], lead: np.ndarray, trail: np.ndarray, single: int) -> bool:
    """Whether what could be UTF-8 is rather GB18030: only pairs of common Chinese characters, which as UTF-8 would be
    letters between Latin and Arabic, without a single plain letter among them.
    """
    text = b"".join(odd)
    if single or any(byte >= 0xE0 for byte in text) or re.search(rb"[A-Za-z]", text):
        return False
    return bool(((lead >= 0xB0) & (lead <= 0xD7) & (trail >= 0xA1)).all())


def guess(texts: Iterable[bytes]) -> Encoding:
    """The encoding of some texts by their bytes: UTF-8, GB18030, Big5, or a Western one.

    Chinese text is made of common characters, and each encoding keeps those in a part of its own: GB18030 between
    B0 and D7 with a high second byte, Big5 between A4 and C6.
    """
    odd = [text for text in texts if any(byte >= 0x80 for byte in text)]
    if not odd:
        return Encoding("utf-8", Note("all characters are ASCII"))
    lead, trail, single = _double_bytes(odd)
    if all(_is_utf8(text) for text in odd) and not _looks_chinese(odd, lead, trail, single):
        return Encoding("utf-8", Note("the bytes are UTF-8"))
    total = len(lead) + single
    if total == 0 or len(lead) == 0:
        return Encoding("cp1252", Note("the bytes are of a Western encoding"), 0.5)
    symbols = (lead >= 0xA1) & (lead <= 0xA3)
    gb = (((lead >= 0xB0) & (lead <= 0xD7) & (trail >= 0xA1)) | symbols).sum() / total
    big = (((lead >= 0xA4) & (lead <= 0xC6)) | (symbols & (lead < 0xA3))).sum() / total
    high = trail[(trail < 0xA1)]
    # Big5's second byte is low in two characters of five; where GB18030 is unlikely, too, it was chance
    big -= 0.5 if len(lead) >= 4 and len(high) == 0 and gb >= 0.75 else 0.0
    if max(gb, big) < 0.5:
        return Encoding("cp1252", Note("the bytes are of a Western encoding"), 0.5)
    sure = round(float(min(1.0, 0.5 + abs(gb - big))), 2)
    if gb >= big:
        return Encoding("gb18030", Note("the bytes look like GB18030"), sure)
    return Encoding("big5", Note("the bytes look like Big5"), sure)


def of_text(data: bytes) -> Encoding:
    """The encoding of a text file, by its mark or its bytes."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return Encoding(name, Note("the byte order mark"))
    return guess(data[:_SAMPLE].splitlines())


def of_unicode(path: Path) -> Encoding | None:
    """The encoding of a JSON or XML file that isn't in UTF-8, as it should be; None where it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        content = file.read(_SAMPLE)
        try:
            while content:
                decoder.decode(content)
                content = file.read(_SAMPLE)
        except UnicodeDecodeError:
            found = of_text(content)
            return found if found.sure > _LEAST_SURE else None
    return None


def to_utf8(path: Path, copy: Path, encoding: Encoding) -> None:
    """Write a text file anew in UTF-8; what isn't in its encoding becomes the sign for an unknown character.

    An XML declaration doesn't say another encoding any more.
    """
    with (
        path.open(encoding=encoding.encoding, errors="replace", newline="") as old,
        copy.open("w", encoding="utf-8", newline="") as new,
    ):
        new.write(re.sub(r'^(<\?xml[^>]*?) encoding=["\'][^"\']*["\']', r"\1", old.read(_DECLARED)))
        shutil.copyfileobj(old, new)


def _dbf_texts(path: Path) -> tuple[list[bytes], int]:
    data = path.read_bytes()[: _SAMPLE * 4]
    if len(data) < 33:
        return [], 0
    count, head, width = struct.unpack_from("<IHH", data, 4)
    fields, at, offset = [], 32, 1
    texts = []
    while at + 32 <= min(head, len(data)) and data[at] != 0x0D:
        texts.append(data[at : at + 11].split(b"\x00")[0])
        size = data[at + 16]
        if data[at + 11 : at + 12] in (b"C", b"M"):
            fields.append((offset, size))
        offset += size
        at += 32
    for row in range(min(count, 2000)):
        start = head + row * width
        texts += [data[start + o : start + o + n].rstrip(b" \x00") for o, n in fields]
    return [text for text in texts if text], data[29]


def of_shapefile(path: Path) -> Encoding:
    """The encoding of a shapefile's table: by its .cpg, by the language byte of its .dbf, else by the bytes.

    A .cpg or language byte that the bytes contradict is not believed.
    """
    table = sibling(path, ".dbf")
    texts, language = _dbf_texts(table) if table else ([], 0)
    said = sibling(path, ".cpg")
    for name, known_by in (
        (python_name(said.read_text(encoding="latin-1")[:40]) if said else None, Note("the .cpg file")),
        (_LANGUAGE_BYTES.get(language), Note("the language byte of the .dbf")),
    ):
        if name is not None and _holds(name, texts):
            return Encoding(name, known_by)
    return guess(texts)


def _holds(name: str, texts: list[bytes]) -> bool:
    if name == "utf-8":
        return all(_is_utf8(text) for text in texts)
    bad = 0
    for text in texts:
        try:
            text.decode(name)
        except UnicodeDecodeError:
            bad += 1
    return bad <= len(texts) // 10


def sibling(path: Path, ending: str) -> Path | None:
    """The file beside this one with another ending, in whatever case; None where there is none."""
    for other in path.parent.iterdir():
        if other.stem == path.stem and other.suffix.lower() == ending:
            return other
    return None
