"""Things an analysis has to say beside its result: what was missing, what was derived, what can't be met and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def template(message: str) -> str:
    """The message as it is; marks words that are translated elsewhere, so that the catalogues have them."""
    return message


@dataclass(frozen=True)
class Note:
    """One statement for the user; like an error's message a template with its parameters apart.

    `place` is the code of the place that it is about, None where it is about the whole. A parameter that is a note
    itself is worded in the same language.
    """

    message: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    place: str | None = None

    def __str__(self) -> str:
        return self.worded(str)

    def worded(self, translate: Callable[[str], str]) -> str:
        """The statement in the language of `translate`, a function from the English template to another."""
        params = {
            name: value.worded(translate) if isinstance(value, Note) else value for name, value in self.params.items()
        }
        return translate(self.message).format(**params)
