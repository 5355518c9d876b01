"""The register of places: every code once over all layers, with what search and references need."""

# ruff: noqa: S608 (the names in these statements are our own tables' and columns')

from __future__ import annotations

import re
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pypinyin import lazy_pinyin, load_single_dict
from sqlalchemy import Connection, text

from gridmap.database import tables, writing
from gridmap.database.checks import listed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer

COLUMNS = (
    "code",
    "layer",
    "name",
    "address",
    "pinyin",
    "initials",
    "community_code",
    "parent_code",
    "point",
    "west",
    "south",
    "east",
    "north",
)
"""Columns of `register_rows`. `parent_code`: the place whose community this one's is, where it names none."""

load_single_dict({ord("长"): "cháng", ord("泊"): "pō"})
"""As in names of places (长峰, 泊于); words that the dictionary knows, 家长 or 停泊, keep their sound."""

_HAN = re.compile(r"[\u3400-\u9fff]+")


@lru_cache(maxsize=65536)
def _syllables(characters: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(characters))


def pinyin(name: str) -> str:
    """The name's sound without tones or spaces: `中盛园12号楼` → `zhongshengyuan12haolou`."""
    return "".join(_HAN.sub(lambda run: "".join(_syllables(run[0])), name).split()).lower()


def initials(name: str) -> str:
    """The first letter of each syllable, digits and Latin letters kept: `中盛园12号楼` → `zsy12hl`."""
    return "".join(_HAN.sub(lambda run: "".join(part[0] for part in _syllables(run[0])), name).split()).lower()


def register_rows(frame: gpd.GeoDataFrame, layer: Layer) -> pd.DataFrame:
    """The rows of the register for a layer's rows, in the form of `rows.prepare`.

    Of people the register holds the code alone: no name and no home.
    """
    rows = pd.DataFrame({"code": frame["code"], "layer": layer.name})
    for name in COLUMNS[2:]:
        rows[name] = None
    if layer.personal:
        return rows
    for name in ("name", "address", "community_code"):
        if name in frame:
            rows[name] = frame[name]
    rows["pinyin"] = rows["name"].map(pinyin, na_action="ignore")
    rows["initials"] = rows["name"].map(initials, na_action="ignore")
    if layer.name == "communities":
        rows["community_code"] = frame["code"]
    for parent in ("compound_code", "building_code"):
        if parent in frame:
            rows["parent_code"] = frame[parent]
    shapes = np.asarray(frame["geom"].values, dtype=object)
    rows["point"] = shapely.point_on_surface(shapes)
    rows[["west", "south", "east", "north"]] = shapely.bounds(shapes)
    return rows


def register(connection: Connection, layer: Layer, frame: gpd.GeoDataFrame) -> None:
    """Enter a layer's staged rows in the register; DataError where another layer's place has the code."""
    taken = connection.execute(
        text(
            f"SELECT p.code, p.layer FROM {tables.places.fullname} p JOIN incoming_{layer.name} i USING (code)"
            " WHERE p.layer <> :layer ORDER BY p.code"
        ),
        {"layer": layer.name},
    ).all()
    if taken:
        raise DataError(
            "The layer {layer} has codes that places of another layer have already: {codes}",
            layer=layer.name,
            codes=listed(f"{row.code} ({row.layer})" for row in taken),
        )
    columns = [column.name for column in tables.places.columns if column.name != "version"]
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE incoming_places ON COMMIT DROP AS"
            f" SELECT *, NULL::text AS parent_code FROM {tables.places.fullname} WITH NO DATA"
        )
    )
    writing.copy_in(connection, "incoming_places", list(COLUMNS), register_rows(frame, layer))
    values = ", ".join(
        "COALESCE(i.community_code, parent.community_code)" if name == "community_code" else f"i.{name}"
        for name in columns
    )
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {"code", "layer"})
    connection.execute(
        text(
            f"INSERT INTO {tables.places.fullname} ({writing.quoted(columns)}) SELECT {values} FROM incoming_places i"
            f" LEFT JOIN {tables.places.fullname} parent ON parent.code = i.parent_code"
            f" ON CONFLICT (code) DO UPDATE SET {changes}"
        )
    )
    connection.execute(text("DROP TABLE incoming_places"))
    if layer.name not in {"streets", "communities"} and not layer.personal:
        place_in_communities(connection, layer.name)


def place_in_communities(connection: Connection, layer: str | None = None) -> None:
    """Give places that name no community the one that they lie in."""
    connection.execute(
        text(
            f"UPDATE {tables.places.fullname} p SET community_code = c.code"
            f" FROM {tables.district['communities'].fullname} c"
            " WHERE p.community_code IS NULL AND p.layer NOT IN ('streets', 'communities')"
            " AND (CAST(:layer AS text) IS NULL OR p.layer = :layer) AND ST_Covers(c.geom, p.point)"
        ),
        {"layer": layer},
    )


def settle_communities(connection: Connection) -> None:
    """Give every place its community anew: the one that its row or its parent's names, else the one it lies in."""
    for name, table in tables.district.items():
        if not DISTRICT_LAYERS[name].has_code or DISTRICT_LAYERS[name].personal or name in {"streets", "communities"}:
            continue
        own = "l.community_code" if "community_code" in table.c else "NULL"
        parent = next((column for column in ("compound_code", "building_code") if column in table.c), None)
        named, join = own, ""
        if parent is not None:
            named = f"COALESCE({own}, parent.community_code)"
            join = f" LEFT JOIN {tables.places.fullname} parent ON parent.code = l.{parent}"
        connection.execute(
            text(
                f"UPDATE {tables.places.fullname} p SET community_code = l.named"
                f" FROM (SELECT l.code, {named} AS named FROM {table.fullname} l{join}) l"
                " WHERE p.code = l.code AND p.community_code IS DISTINCT FROM l.named"
            )
        )
        place_in_communities(connection, name)


def forget_lost_communities(connection: Connection) -> None:
    """Let places that lay in a community which is gone name none."""
    connection.execute(
        text(
            f"UPDATE {tables.places.fullname} p SET community_code = NULL WHERE p.community_code IS NOT NULL AND"
            f" NOT EXISTS (SELECT FROM {tables.district['communities'].fullname} c WHERE c.code = p.community_code)"
        )
    )
