"""What is made of the newest data once and kept by this process: made beside the requests, by a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.database.engine import reading
from gridmap.database.store import load_district
from gridmap.domain.district import District
from gridmap.domain.errors import GridmapError, UnavailableError

logger = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""So long a request waits for the first one before it is told to come again."""

AGAIN_S = 5


class Versioned(Protocol):
    """Something made of one version of the data."""

    @property
    def version(self) -> int:
        """That version."""
        ...


M = TypeVar("M", bound=Versioned)


class Latest(Generic[M]):
    """What was made last of some layers, and the thread that makes the next.

    Making one takes seconds, so it happens beside the requests: those of a process that has none yet wait for it a
    moment, others get the one before.

    Parameters
    ----------
    layers
        What it is made of: a change of one of these makes it anew.
    make
        Makes it of the district in EPSG:4326 and its version.
    """

    def __init__(
        self, engine: Engine, layers: tuple[str, ...], make: Callable[[District, int], M], *, name: str
    ) -> None:
        self._engine, self._layers, self._make_one, self._name = engine, layers, make, name
        self._made = threading.Condition()
        self._found: M | None = None
        self._error: GridmapError | None = None
        self._making: threading.Thread | None = None
        self.patience_s = PATIENCE_S

    def prepare(self) -> None:
        """Have it made of the data as they are now, unless that is under way."""
        with self._made:
            if self._making is None:
                self._error = None
                self._making = threading.Thread(target=self._make, name=self._name, daemon=True)
                self._making.start()

    def wait(self) -> None:
        """Have the first one made, and wait until it is."""
        self.prepare()
        with self._made:
            self._made.wait_for(lambda: self._making is None)

    def at_hand(self) -> M | None:
        """What this process has made last, without waiting for one; None before the first."""
        if self._found is None:
            self.prepare()
        return self._found

    def at(self, version: int) -> M:
        """That of this version of its layers; while it is being made, the one before.

        Raises
        ------
        UnavailableError
            There is none yet; the parameter `seconds` says when to ask again.
        GridmapError
            The data don't allow one.
        """
        with self._made:
            if self._found is None or self._found.version < version:
                self.prepare()
            if self._found is None:
                self._made.wait_for(lambda: self._making is None, timeout=self.patience_s)
            if self._found is not None:
                return self._found
            if self._error is not None:
                raise self._error
        raise UnavailableError(
            "The map of walks is being made, which takes a few seconds after a start. Try again in {seconds} seconds.",
            seconds=AGAIN_S,
        )

    def _make(self) -> None:
        found, failed = None, None
        try:
            with reading(self._engine) as connection:
                version = changes.latest(connection, self._layers)
                district = load_district(connection, self._layers)
            found = self._make_one(district, version)
        except GridmapError as error:
            failed = error
        except Exception:
            logger.exception("the %s could not be made", self._name)
        with self._made:
            self._found, self._error, self._making = found or self._found, failed, None
            self._made.notify_all()
