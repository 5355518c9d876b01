"""Loads that can be listed and taken back, from the former rows that the database itself keeps of every change."""

# ruff: noqa: S608 (the names in these statements are our own tables' and columns')

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, text

from gridmap.database import account_tables, changes, places, tables
from gridmap.database.changes import LOADS
from gridmap.database.checks import listed
from gridmap.database.store import worded_breaches
from gridmap.database.tables import data_versions
from gridmap.domain.errors import DataError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.notes import Note, joined
from gridmap.domain.numbers import UNDO_LOADS

_ORDER = {name: number for number, name in enumerate(DISTRICT_LAYERS)}

_LAYERS = {"places", *tables.district}
"""The tables whose former rows take the place of what stands there; elsewhere what stands there stays."""

_SHOWN = 5

_DRAWN = ("grids", "members", *tables.results)
"""Layers that analyses give, which a newer analysis has drawn anew."""


@dataclass(frozen=True)
class Effect:
    """What a load did to the rows of one layer."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Load:
    """One load. `file`: what it came from; `undoes`: the version that it took back; `undone_by`: the one that took it
    back; `can_undo`: what it wrote over is still kept and it stands.
    """

    version: int
    at: datetime
    actor: str
    action: str
    file: str | None
    layers: tuple[str, ...]
    effects: Mapping[str, Effect]
    undoes: int | None
    undone_by: int | None
    can_undo: bool


def keep(connection: Connection, version: int, *, most: int | None = None) -> None:
    """Have a load that was just written be one that can be taken back; of more than `most` the first are forgotten."""
    connection.execute(data_versions.update().where(data_versions.c.id == version).values(kept=True))
    if most is None:
        return
    connection.execute(
        text(
            "UPDATE gridmap.data_versions SET kept = false WHERE kept AND id NOT IN"
            " (SELECT id FROM gridmap.data_versions WHERE kept ORDER BY id DESC LIMIT :most)"
        ),
        {"most": most},
    )
    connection.execute(
        text(
            "DELETE FROM gridmap.former_rows WHERE version <"
            " (SELECT coalesce(min(id), :version + 1) FROM gridmap.data_versions WHERE kept)"
        ),
        {"version": version},
    )


def loads(connection: Connection, *, limit: int = 20) -> list[Load]:
    """The latest loads, newest first."""
    query = select(data_versions).where(data_versions.c.action.in_(LOADS)).order_by(data_versions.c.id.desc())
    undone = _undone(connection)
    return [_load(row, undone) for row in connection.execute(query.limit(limit))]


def _load(row: Any, undone: Mapping[int, int]) -> Load:
    effects = {
        layer: Effect(*(numbers.get(name, 0) for name in ("added", "changed", "removed")))
        for layer, numbers in sorted(row.detail.get("changed", {}).items(), key=lambda one: _ORDER.get(one[0], 0))
    }
    return Load(
        row.id,
        row.at,
        row.actor,
        row.action,
        row.detail.get("file"),
        tuple(row.layers),
        effects,
        row.detail.get("undoes"),
        undone.get(row.id),
        row.kept and row.id not in undone,
    )


def _undone(connection: Connection) -> dict[int, int]:
    """The versions that are taken back, each with the one that did it; one that was taken back itself doesn't count."""
    query = select(data_versions.c.id, data_versions.c.detail["undoes"].as_integer()).where(
        data_versions.c.action == "undo"
    )
    undone: dict[int, int] = {}
    for version, of in connection.execute(query.order_by(data_versions.c.id.desc())):
        if version not in undone:
            undone[of] = version
    return undone


def undo(connection: Connection, version: int | None = None, *, actor: str, most: int = UNDO_LOADS) -> Load:
    """Take a load back in the caller's transaction: its layers are as they were before it, as a new data version.

    What others changed since stays; on an error the transaction has to be rolled back.

    Parameters
    ----------
    version
        Of the load; by default the latest that stands and is no undo itself.
    most
        Loads that are kept from now on.

    Raises
    ------
    NotFoundError
        There is no such version, or no load at all.
    DataError
        It is no load, or taken back already, or forgotten; or its rows were changed since, or people stand on them.
    """
    changes.wait_turn(connection)
    undone = _undone(connection)
    load = _chosen(connection, version, undone)
    since = _in_force(connection, load.version, undone)
    _note_added(connection, load.version)
    _require_untouched(connection, load.version, since)
    detail = {"undoes": load.version, "file": load.file}
    new = changes.record(connection, actor=actor, action="undo", layers=load.layers, detail=detail)
    _restore(connection, load.version, new)
    _require_nobody_fell(connection, load.version, new)
    effects = _effects(connection, new)
    touched = {"communities", *effects} & set(DISTRICT_LAYERS)
    if "communities" in effects or _changed_since(connection, "communities", since):
        places.settle_communities(connection)
    counted = {layer: vars(effect) for layer, effect in effects.items() if layer in touched}
    changes.complete(connection, new, layers=_named(effects), detail={"changed": counted})
    connection.execute(text("DROP TABLE added_by_load"))
    keep(connection, new, most=most)
    (row,) = connection.execute(select(data_versions).where(data_versions.c.id == new))
    return _load(row, {})


def _named(effects: Iterable[str]) -> set[str]:
    layers = {"regions" if layer.startswith("plan") else layer for layer in effects}
    return layers & {*DISTRICT_LAYERS, *tables.results, "regions"}


def _chosen(connection: Connection, version: int | None, undone: Mapping[int, int]) -> Load:
    query = select(data_versions)
    if version is None:
        query = query.where(data_versions.c.action.in_(set(LOADS) - {"undo"}), data_versions.c.id.not_in(undone))
        row = connection.execute(query.order_by(data_versions.c.id.desc()).limit(1)).one_or_none()
        if row is None:
            raise NotFoundError("There is no load that could be taken back.")
    else:
        row = connection.execute(query.where(data_versions.c.id == version)).one_or_none()
    if row is None:
        raise NotFoundError("There is no data version {version}.", version=version)
    load = _load(row, undone)
    if load.action not in LOADS:
        raise DataError("Data version {version} is no load, so it can't be taken back.", version=row.id)
    if load.undone_by is not None:
        raise DataError(
            "Data version {version} is taken back already, by version {by}; take that back to have it again.",
            version=row.id,
            by=load.undone_by,
        )
    if not load.can_undo:
        raise DataError(
            "What data version {version} wrote over is no longer kept, so it can't be taken back.", version=row.id
        )
    return load


def _in_force(connection: Connection, version: int, undone: Mapping[int, int]) -> list[int]:
    """The later changes that stand: one that was taken back and the one that did so are as if neither had been."""
    neither = {*undone, *undone.values()}
    query = select(data_versions.c.id).where(data_versions.c.id > version).order_by(data_versions.c.id)
    return [one for one in connection.execute(query).scalars() if one not in neither]


def _key(name: str) -> str:
    return "code" if name == "places" or (name in tables.district and DISTRICT_LAYERS[name].has_code) else "id"


def _note_added(connection: Connection, version: int) -> None:
    """The rows that a load added, in a temporary table `added_by_load`: those that carry its version and weren't there
    before, and those that it says it added though they carry another.
    """
    carried = " UNION ALL ".join(
        f"SELECT '{name}' AS layer, t.{_key(name)}::text AS key FROM {table.fullname} t WHERE t.version = :version"
        for name, table in tables.district.items()
    )
    connection.execute(
        text(
            f"""
            CREATE TEMPORARY TABLE added_by_load ON COMMIT DROP AS
            SELECT c.layer, c.key FROM ({carried}) c WHERE NOT EXISTS (
                SELECT FROM gridmap.former_rows f WHERE f.version = :version AND f.layer = c.layer AND f.key = c.key
            )
            UNION
            SELECT f.layer, f.key FROM gridmap.former_rows f WHERE f.version = :version AND f.content IS NULL
            """
        ),
        {"version": version},
    )
    connection.execute(text("CREATE INDEX ON added_by_load (layer, key)"))
    connection.execute(text("ANALYZE added_by_load"))


def _require_untouched(connection: Connection, version: int, since: Collection[int]) -> None:
    """Refuse where a later change that stands wrote over, removed or brought again a row of this load."""
    brought_again = " UNION ALL ".join(
        f"SELECT t.version, '{name}', t.{_key(name)}::text FROM {table.fullname} t JOIN gridmap.former_rows f"
        f" ON f.version = :version AND f.layer = '{name}' AND f.key = t.{_key(name)}::text"
        " WHERE t.version = ANY(:since)"
        for name, table in tables.district.items()
    )
    query = text(
        f"""
        WITH touched AS (
            SELECT f.version, f.layer, f.key FROM gridmap.former_rows f
            WHERE f.version = ANY(:since) AND f.layer = ANY(:layers) AND (
                (f.content ->> 'version')::bigint = :version
                OR EXISTS (SELECT FROM added_by_load a WHERE a.layer = f.layer AND a.key = f.key)
                OR EXISTS (SELECT FROM gridmap.former_rows own
                    WHERE own.version = :version AND own.layer = f.layer AND own.key = f.key)
            )
            UNION {brought_again}
        )
        SELECT t.version, v.action, v.actor, count(DISTINCT (t.layer, t.key)) AS number
        FROM touched t JOIN gridmap.data_versions v ON v.id = t.version GROUP BY 1, 2, 3 ORDER BY 1 DESC
        """
    )
    parameters = {"version": version, "since": list(since), "layers": list(tables.district)}
    found = connection.execute(query, parameters).all()
    if not found:
        return
    numbers = joined(
        *(
            Note(
                "version {version} by {actor}: {number} rows",
                {"version": r.version, "actor": r.actor, "number": r.number},
            )
            for r in found[:_SHOWN]
        )
    )
    told = {"version": version, "numbers": numbers}
    if all(row.action in LOADS for row in found):
        raise DataError(
            "Data version {version} can't be taken back before what changed its rows since: {numbers}. Take that back "
            "first.",
            **told,
        )
    raise DataError(
        "Data version {version} can't be taken back: people or analyses changed its rows since, and that stays "
        "({numbers}).",
        **told,
    )


def _restore(connection: Connection, version: int, new: int) -> None:
    """Rows that were added go, those that were written over or removed come back."""
    uncoded = [name for name, layer in DISTRICT_LAYERS.items() if not layer.has_code]
    coded = [name for name, layer in DISTRICT_LAYERS.items() if layer.has_code]
    further = [*tables.results.values(), account_tables.corrections, tables.runs, tables.plans]
    further += [tables.plan_regions, tables.plan_units, tables.plan_borders]
    for table in (*(tables.district[name] for name in uncoded), *further):
        if table not in (tables.plan_units, tables.plan_borders):  # they go with their plan
            _remove_added(connection, table.name, table)
    _bring_back(connection, tables.places, version, new)
    for name in coded:
        with worded_breaches(DISTRICT_LAYERS[name]):
            _bring_back(connection, tables.district[name], version, new)
    _require_no_orphans(connection)
    for name in reversed(coded):
        _remove_added(connection, name, tables.places)  # its row goes with it
    redrawn = _redrawn(connection, version)
    for name in uncoded:
        if name not in redrawn:
            with worded_breaches(DISTRICT_LAYERS[name]):
                _bring_back(connection, tables.district[name], version, new)
    for table in further:
        if table.name not in redrawn:
            _bring_back(connection, table, version, new)
    _join_accounts(connection, version)


def _remove_added(connection: Connection, name: str, table: Table) -> None:
    """Remove from a table the rows of this name that the load added."""
    (key,) = table.primary_key.columns
    connection.execute(
        text(
            f"DELETE FROM {table.fullname} t USING added_by_load a"
            f" WHERE a.layer = :name AND t.{key.name} = CAST(a.key AS {key.type.compile()})"
        ),
        {"name": name},
    )


def _bring_back(connection: Connection, table: Table, version: int, new: int) -> None:
    """Put the former rows of one table back; those that weren't there are noted as added."""
    names = [column.name for column in table.columns]
    key = [column.name for column in table.primary_key.columns]
    listed_names, ours = (", ".join(f'{of}"{name}"' for name in names) for of in ("", "r."))
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in {*key, "id"})
    standing = " ".join(
        f'AND (r."{constraint.column_keys[0]}" IS NULL OR EXISTS (SELECT FROM {constraint.referred_table.fullname} p'
        f' WHERE p."{constraint.elements[0].column.name}" = r."{constraint.column_keys[0]}"))'
        for constraint in table.foreign_key_constraints
        if constraint.ondelete == "CASCADE"
    )
    connection.execute(
        text(
            f"""
            WITH former AS (
                SELECT DISTINCT ON (key) key, content FROM gridmap.former_rows
                WHERE version = :version AND layer = :layer AND content IS NOT NULL ORDER BY key, id
            ), written AS (
                INSERT INTO {table.fullname} AS t ({listed_names}) OVERRIDING SYSTEM VALUE
                SELECT {ours} FROM former f, jsonb_populate_record(NULL::{table.fullname}, f.content) r
                WHERE NOT EXISTS (SELECT FROM added_by_load a WHERE a.layer = :layer AND a.key = f.key) {standing}
                ON CONFLICT ({", ".join(key)}) DO {f"UPDATE SET {changed}" if table.name in _LAYERS else "NOTHING"}
                RETURNING concat_ws(' ', {", ".join(f"t.{name}" for name in key)}) AS key, t.xmax = 0 AS added
            )
            INSERT INTO gridmap.former_rows (version, layer, key) SELECT :new, :layer, key FROM written WHERE added
            """
        ),
        {"version": version, "new": new, "layer": table.name},
    )


def _require_no_orphans(connection: Connection) -> None:
    """Refuse where a row that stays belongs to a place that goes."""
    for name, child in tables.district.items():
        if name in tables.GONE_WITH_PARENT:
            continue
        for constraint in child.foreign_key_constraints:
            parent, column = constraint.referred_table.name, constraint.column_keys[0]
            if parent == "places":
                continue
            left = connection.execute(
                text(
                    f'SELECT c.version, c.code, c."{column}" AS parent FROM {child.fullname} c'
                    f' JOIN added_by_load a ON a.layer = :parent AND a.key = c."{column}" WHERE NOT EXISTS'
                    " (SELECT FROM added_by_load own WHERE own.layer = :name AND own.key = c.code) ORDER BY 1 DESC, 2"
                ),
                {"parent": parent, "name": name},
            ).all()
            if left:
                raise DataError(
                    "It can't be taken back: the {layer} {codes} of data version {version} belong to {parent} that it "
                    "added ({missing}).",
                    layer=name,
                    codes=listed(row.code for row in left),
                    version=listed(dict.fromkeys(row.version for row in left)),
                    parent=parent,
                    missing=listed(dict.fromkeys(row.parent for row in left)),
                )


def _require_nobody_fell(connection: Connection, version: int, new: int) -> None:
    """Refuse where somebody looks after a place, or is a person, that only this load brought."""
    fell = connection.execute(
        text(
            """
            SELECT DISTINCT f.content ->> 'place_code' AS code, coalesce(p.content ->> 'name', '') AS name
            FROM gridmap.former_rows f LEFT JOIN gridmap.former_rows p
                ON p.version = :new AND p.layer = 'places' AND p.key = f.content ->> 'place_code'
            WHERE f.version = :new AND f.layer = 'assignments' AND f.content IS NOT NULL
                AND NOT EXISTS (SELECT FROM added_by_load a WHERE a.layer = 'assignments' AND a.key = f.key)
                AND NOT EXISTS (SELECT FROM gridmap.former_rows own
                    WHERE own.version = :version AND own.layer = 'assignments' AND own.key = f.key)
            ORDER BY 1
            """
        ),
        {"version": version, "new": new},
    ).all()
    if fell:
        raise DataError(
            "Data version {version} can't be taken back: people have been named since at what it added: {places}.",
            version=version,
            places=listed(f"{row.name} ({row.code})" if row.name else row.code for row in fell),
        )


def _redrawn(connection: Connection, version: int) -> set[str]:
    """The layers that an analysis has given anew since: what was there before is out of date, and stays away."""
    query = select(data_versions.c.layers).where(data_versions.c.id > version, data_versions.c.action == "analyse")
    drawn = {layer for layers in connection.execute(query).scalars() for layer in layers}
    return drawn & set(_DRAWN)


def _join_accounts(connection: Connection, version: int) -> None:
    """Accounts that lost their place or person with the load belong to it again, unless they got another since."""
    for column, layer in (("staff_code", "staff"), ("community_code", "communities"), ("street_code", "streets")):
        connection.execute(
            text(
                f"UPDATE gridmap.accounts a SET {column} = f.content ->> '{column}' FROM gridmap.former_rows f"
                f" WHERE f.version = :version AND f.layer = 'accounts' AND a.id = CAST(f.key AS bigint)"
                f" AND a.{column} IS NULL AND EXISTS"
                f" (SELECT FROM gridmap.{layer} p WHERE p.code = f.content ->> '{column}')"
            ),
            {"version": version},
        )


def _effects(connection: Connection, version: int) -> dict[str, Effect]:
    """What a change did to each layer, as the former rows tell: added, changed, removed."""
    there = " UNION ALL ".join(
        f"SELECT '{name}' AS layer, t.{_key(name)}::text AS key FROM {table.fullname} t"
        f" JOIN gridmap.former_rows f ON f.version = :version AND f.layer = '{name}' AND f.key = t.{_key(name)}::text"
        for name, table in tables.district.items()
    )
    query = text(
        f"""
        SELECT f.layer, t.key IS NOT NULL AS stands, f.content IS NULL AS added, count(DISTINCT f.key) AS number
        FROM (SELECT layer, key, (array_agg(content ORDER BY id))[1] AS content FROM gridmap.former_rows
            WHERE version = :version GROUP BY 1, 2) f
        LEFT JOIN (SELECT DISTINCT layer, key FROM ({there}) one) t ON t.layer = f.layer AND t.key = f.key
        GROUP BY 1, 2, 3
        """
    )
    numbers: dict[str, dict[str, int]] = defaultdict(lambda: {"added": 0, "changed": 0, "removed": 0})
    for row in connection.execute(query, {"version": version}):
        what = "added" if row.added else "changed" if row.stands else "removed"
        numbers[row.layer][what] += row.number
    return {layer: Effect(**counted) for layer, counted in numbers.items()}


def _changed_since(connection: Connection, layer: str, since: Collection[int]) -> bool:
    query = select(data_versions.c.id).where(data_versions.c.id.in_(since), data_versions.c.layers.contains([layer]))
    return connection.execute(query.limit(1)).one_or_none() is not None
