"""Archives, of which nothing is trusted: size, number and names are checked before a byte is unpacked."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from gridmap.domain.errors import InputError
from gridmap.layers.encoding import guess

MOST_BYTES = 4 * 1024**3
MOST_FILES = 2000
MOST_RATIO = 400
"""Bytes out for a byte in; real shapefiles pack to a tenth, a bomb to a thousandth."""
_NESTED = {".zip", ".kmz", ".rar", ".7z", ".gz", ".tar", ".bz2", ".xz"}
_SMALL = 10 * 1024**2


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; where the archive doesn't say it is UTF-8, by its bytes."""
    if entry.flag_bits & 0x800:
        return entry.filename
    data = entry.filename.encode("cp437", errors="ignore")
    return data.decode(guess([data]).encoding, errors="replace")


def _checked(path: Path, entries: list[zipfile.ZipInfo]) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    if len(entries) > MOST_FILES:
        raise InputError("{path} holds more than {most} files.", path=path, most=MOST_FILES)
    kept = []
    for entry in entries:
        inside = PurePosixPath(_name(entry).replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
            raise InputError("{path} holds a file that points outside of it ({name}).", path=path, name=inside)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InputError("{path} holds a link ({name}), not a file.", path=path, name=inside)
        if entry.flag_bits & 0x1:
            raise InputError("{path} is locked with a password; unpack it first.", path=path)
        if inside.suffix.lower() in _NESTED:
            raise InputError("{path} holds another archive ({name}); unpack it first.", path=path, name=inside)
        if entry.file_size > _SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise InputError("{path} says it unpacks to far more than it holds; it isn't read.", path=path)
        hidden = inside.parts[0] == "__MACOSX" or inside.name.startswith(".")
        if not entry.is_dir() and not hidden:
            kept.append((entry, inside))
    if sum(entry.file_size for entry, _ in kept) > MOST_BYTES:
        raise InputError("{path} unpacks to more than {most} GB.", path=path, most=MOST_BYTES // 1024**3)
    return kept


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack an archive into an empty folder.

    Returns
    -------
    list of Path
        Its files, without hidden ones; names read as UTF-8 or by their bytes.

    Raises
    ------
    InputError
        No zip, damaged, locked, too large, or one that tries to reach outside.
    """
    files = []
    try:
        with zipfile.ZipFile(path) as archive:
            for entry, inside in _checked(path, archive.infolist()):
                target = folder.joinpath(*inside.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("wb") as out:
                    shutil.copyfileobj(_Bounded(source, entry.file_size, path), out)
                files.append(target)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise InputError("{path} can't be unpacked: {reason}.", path=path, reason=error) from error
    return sorted(files)


class _Bounded:
    """A stream that gives no more than was announced."""

    def __init__(self, source: object, most: int, path: Path) -> None:
        self._source, self._left, self._path = source, most, path

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._source.read(size)  # type: ignore[attr-defined]
        self._left -= len(data)
        if self._left < 0:
            raise InputError("{path} unpacks to more than it says; it isn't read.", path=self._path)
        return data
