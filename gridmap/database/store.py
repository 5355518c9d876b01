"""A district in and out of the database, whole layers at a time, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import psycopg
from sqlalchemy import Connection, exists, func, select, text
from sqlalchemy.exc import DBAPIError

from gridmap.database import corrections, places, rows, tables, writing
from gridmap.database.changes import latest
from gridmap.database.checks import check_rows, listed, worded
from gridmap.database.merge import keep_corrections, merge_rows
from gridmap.database.writing import Mode, Saved
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, NotFoundError
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


def layer_parts(connection: Connection, name: str, *, size: int) -> Iterator[gpd.GeoDataFrame]:
    """One layer of the district as `load_layer` gives it, so many rows at a time; columns are the same in all."""
    table = tables.district[name]
    types = rows.further_types(connection, table)
    for part in rows.read_parts(connection, table, DISTRICT_LAYERS[name], size=size):
        yield rows.unfold(part, types)


def count_rows(connection: Connection, name: str) -> int:
    """How many rows a layer of the district has."""
    return connection.scalar(select(func.count()).select_from(tables.district[name])) or 0


def holds_multiples(connection: Connection, name: str) -> bool:
    """Whether some shape of a layer has several parts."""
    column = tables.district[name].c.geom
    return bool(connection.scalar(select(exists().where(func.GeometryType(column).startswith("MULTI")))))


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
    staging = Staging(connection, mode=mode)
    for name in DISTRICT_LAYERS:
        if name in layers:
            staging.add(name, layers[name])
    return staging.save(version=version, gone=gone)


class Staging:
    """Rows of layers on their way into the database: laid ready piece by piece, then moved in all at once.

    Parameters
    ----------
    connection
        In the transaction of the change; where rows may come again, `changes.wait_turn` comes before the first of them.
    mode
        As `save_layers` has it.
    """

    def __init__(self, connection: Connection, *, mode: Mode = "merge") -> None:
        self._connection, self._mode = connection, mode
        self._pieces: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        self._kept: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}
        self._filled: dict[str, bool] = {}

    @property
    def rows(self) -> dict[str, int]:
        """How many rows lie ready, by layer."""
        return dict(self._rows)

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Lay rows of a layer ready, or some of its rows.

        Raises
        ------
        DataError
            They break a rule of the layer's own.
        """
        layer = DISTRICT_LAYERS[name]
        frame = _checked(table, layer)
        if self._mode == "merge" and layer.has_code and self._meets(layer):
            frame = self._merged(layer, frame)
        if name not in self._names:
            sounds = places.SOUNDS if "name" in layer.names and layer.has_code and not layer.personal else ()
            self._names[name] = writing.make_stage(self._connection, tables.district[name], layer, *sounds)
        columns = [column for column in self._names[name] if column != "version"]
        if layer.has_code:
            frame = places.with_sounds(frame, layer)
            columns += [sound for sound in places.SOUNDS if sound in frame]
        with worded_breaches(layer):
            writing.copy_in(self._connection, f"incoming_{name}", columns, frame)
        self._pieces[name] = self._pieces.get(name, 0) + 1
        self._rows[name] = self._rows.get(name, 0) + len(frame)

    def _meets(self, layer: Layer) -> bool:
        """Whether the layer had rows before these."""
        if layer.name not in self._filled:
            query = select(exists().select_from(tables.district[layer.name]))
            self._filled[layer.name] = bool(self._connection.scalar(query))
        return self._filled[layer.name]

    def _merged(self, layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table = tables.district[layer.name]
        there = rows.read(self._connection, table, layer, where=table.c.code == func.any(frame["code"].tolist()))
        frame = merge_rows(there, frame, layer)
        frame, kept = keep_corrections(frame, corrections.standing(self._connection, layer.name))
        self._kept[layer.name] = self._kept.get(layer.name, 0) + kept
        return frame

    def save(self, *, version: int | None = None, gone: Collection[int] = ()) -> dict[str, Saved]:
        """Move what lies ready into the layers; as `save_layers` does it."""
        connection = self._connection
        version = latest(connection) if version is None else version
        order = [layer for name, layer in DISTRICT_LAYERS.items() if name in self._names]
        coming = {tables.district[name]: count for name, count in self._rows.items()}
        coming[tables.places] = sum(count for name, count in self._rows.items() if DISTRICT_LAYERS[name].has_code)
        with writing.in_bulk(connection, coming):
            saved = {layer.name: self._move(layer, version) for layer in order}
        if self._mode == "replace":
            for name, removed in writing.remove_absent(connection, set(self._names), gone).items():
                before = saved.get(name, Saved())
                saved[name] = replace(before, removed=before.removed + removed)
        if "communities" in self._names or gone:
            places.forget_lost_communities(connection)
            places.place_in_communities(connection)
        for layer in order:
            connection.execute(text(f"DROP TABLE incoming_{layer.name}"))
        return saved

    def _move(self, layer: Layer, version: int) -> Saved:
        connection, table, names = self._connection, tables.district[layer.name], self._names[layer.name]
        with worded_breaches(layer):
            if layer.has_code:
                if self._meets(layer):
                    connection.execute(text(f"ANALYZE incoming_{layer.name} (code)"))
                if self._pieces[layer.name] > 1:
                    require_single_codes(connection, layer)
            else:
                connection.execute(text(f"ANALYZE incoming_{layer.name}"))
            writing.require_parents(connection, table, layer)
            if not layer.has_code:
                return writing.exchange(connection, table, layer, names, mode=self._mode, version=version)
            count = self._rows[layer.name]
            with writing.references_known(connection, count):
                places.register(connection, layer)
                saved = writing.upsert(connection, table, layer, names, count=count, version=version)
            return replace(saved, kept=self._kept.get(layer.name, 0))


def require_single_codes(connection: Connection, layer: Layer) -> None:
    """Raise DataError where rows that were staged in pieces share a code."""
    double = connection.scalars(
        text(f"SELECT code FROM incoming_{layer.name} GROUP BY code HAVING count(*) > 1 ORDER BY code")  # noqa: S608
    ).all()
    if double:
        raise DataError(
            "The layer {layer} has more than one row with the code: {codes}", layer=layer.name, codes=listed(double)
        )


def _checked(table: pd.DataFrame, layer: Layer) -> gpd.GeoDataFrame:
    frame = rows.prepare(table, layer)
    check_rows(frame, layer)
    return frame


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
