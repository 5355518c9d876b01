"""What GDAL says when it can't read a file, in our words where these are clearer."""

from __future__ import annotations

from gridmap.domain.notes import Note


def reason_of(error: Exception) -> Note | str:
    """Why a file can't be read."""
    if error.args and isinstance(error.args[0], Note):
        return error.args[0]
    words = str(error).strip()
    if "not recognized as being in a supported file format" in words:
        return Note("its content is of another kind, or damaged")
    return words
