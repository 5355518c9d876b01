"""Places by name, address, code, pinyin or initials."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

MOST_WORDS = 6

# A word is looked for in one text a place: its names, its address, and the names of the compound and community that
# it stands in, so that "中盛园 12号楼" finds a building. The rank looks at the whole query: the shorter the name around
# it and the higher the layer, the earlier.
_SEARCH = text(
    """
    WITH found AS (
        SELECT p.code, p.layer, p.name, p.address, p.community_code, p.point, p.west, p.south, p.east, p.north,
            coalesce(b.compound_code, g.compound_code) AS compound_code,
            CASE
                WHEN lower(p.code) = :whole OR lower(p.name) = :whole THEN 0
                WHEN lower(p.name) LIKE :start THEN 1
                WHEN p.initials = :plain OR p.pinyin = :plain THEN 2
                WHEN lower(p.name) LIKE :inside THEN 3
                WHEN p.initials LIKE :plain_start OR p.pinyin LIKE :plain_start THEN 4
                WHEN lower(p.address) LIKE :inside THEN 5
                WHEN lower(p.code) LIKE :start THEN 6
                ELSE 7
            END AS rank
        FROM gridmap.places p
        LEFT JOIN gridmap.buildings b ON p.layer = 'buildings' AND b.code = p.code
        LEFT JOIN gridmap.gates g ON p.layer = 'gates' AND g.code = p.code
        LEFT JOIN gridmap.compounds e ON e.code = coalesce(b.compound_code, g.compound_code)
        LEFT JOIN gridmap.communities c ON c.code = p.community_code
        WHERE p.layer = ANY(:layers)
            AND (
                lower(concat_ws(' ', p.name, p.address, e.name, c.name)) LIKE ALL(:words)
                OR p.initials LIKE :plain_start OR p.pinyin LIKE :plain_start OR lower(p.code) LIKE :start
            )
    )
    SELECT f.code, f.layer, f.name, f.address, e.name AS compound, c.name AS community, s.name AS street,
        ST_X(f.point) AS lon, ST_Y(f.point) AS lat, f.west, f.south, f.east, f.north
    FROM found f
    LEFT JOIN gridmap.compounds e ON e.code = f.compound_code
    LEFT JOIN gridmap.communities c ON c.code = f.community_code
    LEFT JOIN gridmap.streets s ON s.code = c.street_code
    ORDER BY f.rank, array_position(:layers, f.layer), length(coalesce(f.name, f.address)), f.name, f.code
    LIMIT :most
    """
).bindparams(bindparam("layers", type_=ARRAY(Text)), bindparam("words", type_=ARRAY(Text)))


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def search(connection: Connection, query: str, *, layers: tuple[str, ...], most: int) -> list[dict[str, Any]]:
    """Places that match every word of a query, best first.

    Parameters
    ----------
    query
        Names, addresses, a code, pinyin or initials.
    layers
        The layers that may be found, the weightier ones first.
    most
        Most places given.

    Returns
    -------
    list of dict
        `code`, `layer`, `name`, `address`, names of the `compound`, `community` and `street` it stands in; `lon`,
        `lat`, `west`, `south`, `east`, `north` (EPSG:4326).
    """
    whole = query.lower()
    plain = "".join(letter for letter in whole if letter.isalnum())
    words = [f"%{_like(word)}%" for word in whole.split()[:MOST_WORDS]]
    given = {
        "whole": whole,
        "start": f"{_like(whole)}%",
        "inside": f"%{_like(whole)}%",
        "plain": plain,
        "plain_start": f"{_like(plain)}%" if plain else "\\%never",
        "words": words,
        "layers": list(layers),
        "most": most,
    }
    return [dict(row) for row in connection.execute(_SEARCH, given).mappings()]
