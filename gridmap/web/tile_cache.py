"""Finished tiles in this process's memory: the least recently used go first when the bytes run out."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple


class Packed(NamedTuple):
    """A gzipped tile (empty: nothing is there) and the digest of what is in it."""

    data: bytes
    digest: str


Key = tuple[str, int, int, int, int]
"""Layer, version, zoom, column, row."""

_OVERHEAD = 400
"""Bytes that an entry costs beside its tile, so that many empty tiles count as well."""


class TileCache:
    """A cache bounded by bytes; safe between threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._tiles: OrderedDict[Key, Packed] = OrderedDict()
        self._lock = Lock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def get(self, key: Key) -> Packed | None:
        """The tile, now the most recently used; None where it isn't held."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: Key, tile: Packed) -> None:
        """Keep a tile, and let others go until the bytes fit; one larger than a quarter of all is not kept."""
        size = len(tile.data) + _OVERHEAD
        if size * 4 > self._most:
            return
        with self._lock:
            old = self._tiles.pop(key, None)
            if old is not None:
                self._held -= len(old.data) + _OVERHEAD
            self._tiles[key] = tile
            self._held += size
            while self._held > self._most:
                _, gone = self._tiles.popitem(last=False)
                self._held -= len(gone.data) + _OVERHEAD
