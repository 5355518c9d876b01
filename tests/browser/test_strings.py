"""The catalogues: every string translated, none left over, and the compiled ones of today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "gridmap" / "web" / "translations" / "zh" / "LC_MESSAGES"
PYTHON, SCRIPTS = (
    parse_keywords((FOLDER.parents[1] / f"{domain}.keywords").read_text(encoding="utf-8").split())
    for domain in ("messages", "browser")
)
SOURCES = {
    "messages": [
        ("gridmap", "**.py", "gridmap.catalogues:collect", PYTHON),
        ("templates", "**.html", "jinja2", PYTHON),
    ],
    "browser": [("static/js", "**.js", "javascript", SCRIPTS)],
}
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")

pytestmark = pytest.mark.parametrize("domain", SOURCES)


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _in_code(domain: str) -> set[str]:
    return {
        _key(found[2])
        for folder, pattern, method, keywords in SOURCES[domain]
        for found in extract_from_dir(ROOT / folder, [(pattern, method)], keywords=keywords)
    }


def _catalogue(domain: str) -> Catalog:
    with (FOLDER / f"{domain}.po").open("rb") as file:
        return read_po(file, locale="zh")


def _compiled(domain: str) -> Catalog:
    with (FOLDER / f"{domain}.mo").open("rb") as file:
        return read_mo(file)


def _strings(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    return {
        _key(message.id): (message.string,) if isinstance(message.string, str) else tuple(message.string)
        for message in catalogue
        if message.id
    }


def test_no_string_of_the_code_is_missing(domain: str) -> None:
    assert _in_code(domain) - set(_strings(_catalogue(domain))) == set()


def test_no_string_is_left_over(domain: str) -> None:
    assert set(_strings(_catalogue(domain))) - _in_code(domain) == set()


def test_every_string_is_translated(domain: str) -> None:
    assert [english for english, chinese in _strings(_catalogue(domain)).items() if not all(chinese)] == []


def test_translations_keep_the_parameters(domain: str) -> None:
    strings = _strings(_catalogue(domain)).items()
    assert [one for one, (chinese, *_) in strings if set(PLACE.findall(one)) != set(PLACE.findall(chinese))] == []


def test_the_compiled_catalogue_is_of_today(domain: str) -> None:
    assert _strings(_compiled(domain)) == _strings(_catalogue(domain))
