"""Places by name, address, code, pinyin or initials."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

MOST_WORDS = 6

# Letters are compared in small ones by the collation "C", which is fast and enough: Chinese has none.
# A single word is looked for in a place's own name and address; of several words one must be there, and all of them
# in the names of the place, its compound and its community together, so that "中盛园 12号楼" finds a building.
_SEARCH = text(
    """
    WITH found AS (
        SELECT p.*, CASE
            WHEN p.name_c = :whole OR lower(p.code COLLATE "C") = :whole THEN 0
            WHEN p.name_c LIKE :start THEN 1
            WHEN p.initials = :plain OR p.pinyin = :plain THEN 2
            WHEN p.name_c LIKE :inside OR p.name_c = ANY(:exactly) THEN 3
            WHEN p.initials LIKE :plain_start OR p.pinyin LIKE :plain_start THEN 4
            WHEN p.address_c LIKE :inside THEN 5
            WHEN p.code LIKE ANY(:codes) THEN 6
            ELSE 7
        END AS rank
        FROM (
            SELECT *, lower(name COLLATE "C") AS name_c, lower(address COLLATE "C") AS address_c FROM gridmap.places
        ) AS p
        WHERE p.layer = ANY(:layers) AND (
            p.initials LIKE :plain_start OR p.pinyin LIKE :plain_start OR p.code LIKE ANY(:codes)
            OR ((p.name_c LIKE ANY(:words) OR p.address_c LIKE ANY(:words)) AND (:single OR lower(concat_ws(
                ' ', p.name, p.address,
                (SELECT e.name FROM gridmap.buildings b JOIN gridmap.compounds e ON e.code = b.compound_code
                    WHERE b.code = p.code),
                (SELECT c.name FROM gridmap.communities c WHERE c.code = p.community_code)
            ) COLLATE "C") LIKE ALL(:words)))
        )
    ), best AS (
        SELECT * FROM found
        ORDER BY rank, array_position(:layers, layer), length(coalesce(name, address)), name, code LIMIT :most
    )
    SELECT f.code, f.layer, f.name, f.address, e.name AS compound, c.name AS community, s.name AS street,
        ST_X(f.point) AS lon, ST_Y(f.point) AS lat, f.west, f.south, f.east, f.north
    FROM best f
    LEFT JOIN gridmap.buildings b ON f.layer = 'buildings' AND b.code = f.code
    LEFT JOIN gridmap.gates g ON f.layer = 'gates' AND g.code = f.code
    LEFT JOIN gridmap.compounds e ON e.code = coalesce(b.compound_code, g.compound_code)
    LEFT JOIN gridmap.communities c ON c.code = f.community_code
    LEFT JOIN gridmap.streets s ON s.code = c.street_code
    ORDER BY f.rank, array_position(:layers, f.layer), length(coalesce(f.name, f.address)), f.name, f.code
    """
).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("layers", "words", "exactly", "codes")))

_WORDS = re.compile(r"\s+|(?<=[^\W\d_a-z])(?=\d)")
"""Between words: spaces, and the step from a Chinese character to a digit, as in 怡丽小区12号楼."""


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
    words = [word for word in _WORDS.split(whole) if word][:MOST_WORDS]
    given = {
        "whole": whole,
        "start": f"{_like(whole)}%",
        "inside": f"%{_like(whole)}%",
        "plain": plain,
        "plain_start": f"{_like(plain)}%" if plain else "\\%never",
        "words": [f"%{_like(word)}%" for word in words],
        "single": len(words) == 1,
        "exactly": words,
        "codes": [f"{_like(form)}%" for form in {query, whole, query.upper()}],
        "layers": list(layers),
        "most": most,
    }
    return [dict(row) for row in connection.execute(_SEARCH, given).mappings()]
