"""Words in the reader's language: the message catalogues, for whatever speaks to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from babel.support import Translations

_CATALOGUES = Path(__file__).resolve().parent.parent / "web" / "translations"

Translate = Callable[[str], str]


def translator(lang: str) -> Translate:
    """A function from an English template to `lang` ("zh" or "en"); English is the templates' own language."""
    if lang == "en":
        return str
    gettext = Translations.load(str(_CATALOGUES), [lang]).gettext
    return lambda template: gettext(template) if template else ""  # the empty one is the catalogue's own head


def terminal_language(environment: Mapping[str, str]) -> str:
    """The language of a terminal: `GRIDMAP_LANG`, else Chinese where the locale is Chinese, else English."""
    if environment.get("GRIDMAP_LANG") in ("zh", "en"):
        return environment["GRIDMAP_LANG"]
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"
