"""The register of places: every code once over all layers, with what search and references need."""

# ruff: noqa: S608 (the names in these statements are our own tables' and columns')

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache, lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select, text

from gridmap.database import tables, writing
from gridmap.database.checks import listed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer

SOUNDS = ("pinyin", "initials")
"""What a staged row has beside its layer's columns where it has a name."""

_HAN = re.compile(r"[\u3400-\u9fff]+")


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """The dictionary, read when the first name asks for it.

    As in names of places (长峰, 泊于); words that it knows, 家长 or 停泊, keep their sound.
    """
    from pypinyin import lazy_pinyin, load_single_dict  # noqa: PLC0415  (reading it takes a moment)

    load_single_dict({ord("长"): "cháng", ord("泊"): "pō"})
    return lazy_pinyin


@lru_cache(maxsize=65536)
def _syllables(characters: str) -> tuple[str, ...]:
    return tuple(_dictionary()(characters))


def pinyin(name: str) -> str:
    """The name's sound without tones or spaces: `中盛园12号楼` → `zhongshengyuan12haolou`."""
    return "".join(_HAN.sub(lambda run: "".join(_syllables(run[0])), name).split()).lower()


def initials(name: str) -> str:
    """The first letter of each syllable, digits and Latin letters kept: `中盛园12号楼` → `zsy12hl`."""
    return "".join(_HAN.sub(lambda run: "".join(part[0] for part in _syllables(run[0])), name).split()).lower()


def with_sounds(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """A layer's rows with the sound of their names in `SOUNDS`, as search wants them; people's have none."""
    if layer.personal or "name" not in frame:
        return frame
    kind, names = pd.factorize(frame["name"])
    sounds = {"pinyin": [pinyin(name) for name in names], "initials": [initials(name) for name in names]}
    columns = {name: np.array([*words, None], dtype=object)[kind] for name, words in sounds.items()}
    return frame.assign(**columns)


def register(connection: Connection, layer: Layer) -> None:
    """Enter a layer's staged rows in the register; DataError where another layer's place has the code.

    Of people the register holds the code alone: no name and no home.
    """
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
    values, source = _registered(layer), f"incoming_{layer.name} i"
    if parents := [name for name in ("building_code", "compound_code") if name in layer.names and not layer.personal]:
        source += f" LEFT JOIN {tables.places.fullname} parent ON parent.code = i.{parents[0]}"
    known = writing.count_known(connection, tables.places, layer)
    writing.by_code(connection, tables.places, values, source, known=known, layer=layer.name)
    if layer.name not in {"streets", "communities"} and not layer.personal:
        place_in_communities(connection, layer.name)


def _registered(layer: Layer) -> dict[str, str]:
    """What the register says of a staged row `i`: the expression by its column. `parent` is the place that it is in."""
    values = {"code": "i.code", "layer": "CAST(:layer AS text)"}
    if layer.personal:
        return values
    values |= {name: f"i.{name}" for name in ("name", "address") if name in layer.names}
    if "name" in layer.names:
        values |= {name: f"i.{name}" for name in SOUNDS}
    own = "i.code" if layer.name == "communities" else "i.community_code" if "community_code" in layer.names else "NULL"
    within = "parent.community_code" if {"building_code", "compound_code"} & set(layer.names) else "NULL"
    values |= {"community_code": f"COALESCE({own}, {within})", "point": "ST_PointOnSurface(i.geom)"}
    sides = zip(("west", "south", "east", "north"), ("XMin", "YMin", "XMax", "YMax"), strict=True)
    return values | {side: f"ST_{function}(i.geom)" for side, function in sides}


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


def known(connection: Connection, codes: Collection[str], layers: Collection[str]) -> set[str]:
    """Those of these codes that are places of these layers."""
    code, layer = tables.places.c.code, tables.places.c.layer
    found = select(code).where(code == func.any(list(codes)), layer == func.any(list(layers)))
    return set(connection.scalars(found))


def named(connection: Connection, layer: str) -> list[dict[str, str]]:
    """`code` and `name` (the code where there is none) of each place of a layer, in order of the codes."""
    table = tables.places
    query = select(table.c.code, func.coalesce(table.c.name, table.c.code).label("name"))
    found = connection.execute(query.where(table.c.layer == layer).order_by(table.c.code))
    return [dict(row) for row in found.mappings()]
