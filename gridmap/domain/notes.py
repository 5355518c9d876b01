"""What the program has to say beside results and errors: what was missing, repaired, can't be met, is being done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


def template(message: str) -> str:
    """The message as it is; marks words that are translated elsewhere, so that the catalogues have them."""
    return message


_LAYERS = {
    "streets": template("streets"),
    "communities": template("communities"),
    "compounds": template("compounds"),
    "buildings": template("buildings"),
    "stairwells": template("stairwells"),
    "gates": template("gates"),
    "barriers": template("barriers"),
    "ways": template("ways"),
    "ground": template("ground"),
    "centres": template("centres"),
    "facilities": template("facilities"),
    "staff": template("staff"),
    "grids": template("grids"),
    "members": template("buildings of grids"),
    "assignments": template("assignments"),
    "isolation": template("isolation"),
    "gate_proposals": template("proposed gates"),
    "leaders": template("leaders of places"),
    "need": template("staff need"),
    "regions": template("mega-communities"),
    "reach": template("services within reach"),
    "reach_gaps": template("gaps of services"),
    "reach_sites": template("proposed sites"),
    "findings": template("findings"),
}
"""The layers as a sentence calls them."""
SOURCES = {
    "points": template("point shapes"),
    "lines": template("line shapes"),
    "multipolygons": template("area shapes"),
}
"""The layers of an extract of OpenStreetMap, which have no names of their own."""
_LAYER_PARAMETERS = ("layer", "layers", "ours", "parent")
"""Parameters that hold a layer's name, or several with a comma between them; others of these names stay as they are."""


@dataclass(frozen=True)
class Note:
    """One statement for the user; like an error's message a template with its parameters apart.

    `place` is the code of the place that it is about, None where it is about the whole; `code` stands for the statement
    where machines must tell it from others. A parameter that is a note itself is worded in the same language.
    """

    message: str
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    place: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        return self.worded(str)

    def worded(self, translate: Callable[[str], str]) -> str:
        """The statement in the language of `translate`, a function from the English template to another."""
        params = {name: _spoken(name, value, translate) for name, value in self.params.items()}
        return translate(self.message).format(**params)

    def as_data(self) -> dict[str, Any]:
        """The statement as JSON keeps it, so that it can be worded in any language later: `message` and `params`."""
        params = {
            name: value.as_data()
            if isinstance(value, Note)
            else value
            if isinstance(value, int | float | None)
            else str(value)
            for name, value in self.params.items()
        }
        return {"message": self.message, "params": params}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Note:
        """What `as_data` gave, as a statement again."""
        params = {
            name: cls.from_data(value) if isinstance(value, Mapping) else value
            for name, value in data["params"].items()
        }
        return cls(data["message"], params)


def _spoken(name: str, value: object, translate: Callable[[str], str]) -> object:
    """A parameter as a sentence has it."""
    if isinstance(value, Note):
        return value.worded(translate)
    if name in _LAYER_PARAMETERS and isinstance(value, str):
        return ", ".join(translate(_LAYERS[one]) if one in _LAYERS else one for one in value.split(", "))
    return value


def joined(first: Note, *more: Note) -> Note:
    """Several statements as one, with the codes of all of them."""
    for then in more:
        codes = f"{first.code} {then.code}" if first.code and then.code else None
        first = Note("{first}; {then}", {"first": first, "then": then}, code=codes)
    return first


Words: TypeAlias = str | Note
"""What is being done: a template that has no parameters, or a note."""


def worded(words: Words, translate: Callable[[str], str]) -> str:
    """Words in the language of `translate`."""
    return words.worded(translate) if isinstance(words, Note) else translate(words)
