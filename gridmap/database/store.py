"""A district in and out of the database, whole layers at a time, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import psycopg
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from gridmap.database import corrections, places, rows, tables, writing
from gridmap.database.changes import latest
from gridmap.database.checks import check_rows, listed, worded
from gridmap.database.merge import keep_corrections, merge_rows
from gridmap.database.writing import Mode, Saved
from gridmap.domain.district import District
from gridmap.domain.errors import NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer


def load_district(connection: Connection, layers: Iterable[str] | None = None) -> District:
    """The district in EPSG:4326, or these layers of it; `version` is the data's latest.

    Use a connection of `engine.reading`, so that all layers are of one moment.
    """
    names = list(DISTRICT_LAYERS if layers is None else layers)
    version = latest(connection)
    return District({name: load_layer(connection, name) for name in names}, version=version)


def load_layer(connection: Connection, name: str) -> gpd.GeoDataFrame:
    """One layer of the district in EPSG:4326, in order of its key.

    Raises
    ------
    NotFoundError
        There is no such layer.
    """
    if name not in DISTRICT_LAYERS:
        raise NotFoundError("There is no layer {layer}.", layer=name)
    return rows.unfold(rows.read(connection, tables.district[name], DISTRICT_LAYERS[name]))


def counts(connection: Connection) -> dict[str, int]:
    """The number of rows of each layer of the district."""
    query = select(
        *(
            select(func.count()).select_from(table).scalar_subquery().label(name)
            for name, table in tables.district.items()
        )
    )
    return dict(connection.execute(query).mappings().one())


def save_layers(
    connection: Connection,
    layers: Mapping[str, pd.DataFrame],
    *,
    mode: Mode = "merge",
    version: int | None = None,
    gone: Collection[int] = (),
) -> dict[str, Saved]:
    """Write layers of the district; on an error the caller's transaction has to be rolled back.

    Parameters
    ----------
    layers
        Tables by the layer's name, in any coordinate system that they name.
    mode
        "merge": rows of a code that is there complete that one (`merge.merge_rows`), others are added; what people on
        the spot have corrected stays.
        "replace": afterwards each of these layers holds exactly these rows; an empty table empties it.
    version
        What the written rows carry as theirs: the number that `changes.record` gave. The latest by default.
    gone
        With "replace": data versions whose rows go from the other layers of the district, too.

    Returns
    -------
    dict
        By layer; also layers that lost rows because the places they stood on are gone.

    Raises
    ------
    DataError
        A rule of the district is broken: a code twice, a parent that doesn't exist, a word that doesn't; or a row that
        stays would belong to one that goes.
    """
    unknown = set(layers) - set(DISTRICT_LAYERS)
    if unknown:
        raise NotFoundError("There is no layer {layer}.", layer=listed(sorted(unknown)))
    version = latest(connection) if version is None else version
    order = [layer for name, layer in DISTRICT_LAYERS.items() if name in layers]
    prepared = {layer.name: _checked(layers[layer.name], layer) for layer in order}
    saved = {layer.name: _write(connection, layer, prepared[layer.name], mode=mode, version=version) for layer in order}
    if mode == "replace":
        for name, removed in writing.remove_absent(connection, set(layers), gone).items():
            before = saved.get(name, Saved())
            saved[name] = replace(before, removed=before.removed + removed)
    if "communities" in layers or gone:
        places.forget_lost_communities(connection)
        places.place_in_communities(connection)
    for layer in order:
        connection.execute(text(f"DROP TABLE incoming_{layer.name}"))
    return saved


def _checked(table: pd.DataFrame, layer: Layer) -> gpd.GeoDataFrame:
    frame = rows.prepare(table, layer)
    check_rows(frame, layer)
    return frame


def _write(connection: Connection, layer: Layer, frame: gpd.GeoDataFrame, *, mode: Mode, version: int) -> Saved:
    table, kept = tables.district[layer.name], 0
    if mode == "merge" and layer.has_code and len(frame):
        there = rows.read(connection, table, layer, where=table.c.code == func.any(frame["code"].tolist()))
        frame = merge_rows(there, frame, layer)
        frame, kept = keep_corrections(frame, corrections.standing(connection, layer.name))
    with worded_breaches(layer):
        names = writing.stage(connection, table, layer, frame.assign(version=version))
        writing.require_parents(connection, table, layer)
        if layer.has_code:
            places.register(connection, layer, frame)
            return replace(writing.upsert(connection, table, layer, names), kept=kept)
        return writing.exchange(connection, table, layer, names, mode=mode)


@contextmanager
def worded_breaches(layer: Layer) -> Iterator[None]:
    """Word what the database itself refuses, where it is a rule of the district."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        breach = worded(error.orig if isinstance(error, DBAPIError) else error, layer)
        if breach is None:
            raise
        raise breach from error
