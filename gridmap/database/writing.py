"""Rows from memory to tables: staged by COPY, compared with what is there, and moved in by one statement a layer."""

# ruff: noqa: S608 (the names in these statements are our own tables' and columns')

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Connection, Table, func, select, text

from gridmap.database import rows, tables
from gridmap.database.checks import listed
from gridmap.domain.errors import DataError
from gridmap.domain.layers import DISTRICT_LAYERS, Layer

Mode = Literal["merge", "replace"]

_SAME_ROW = {
    "members": "t.building_code = i.building_code",
    "assignments": "t.role = i.role AND t.place_code = i.place_code AND t.staff_code = i.staff_code"
    " AND t.since IS NOT DISTINCT FROM i.since",
}
"""How rows of a layer without codes are known again (t: there, i: incoming); else by kind and shape."""

_BULK = 20_000
"""Rows from which on indexes are made anew rather than kept up row by row."""
_INDEXES = text(
    "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index"
    " WHERE indrelid = CAST(:table AS regclass) AND NOT indisunique AND NOT indisexclusion"
)


@dataclass(frozen=True)
class Saved:
    """What became of a layer's rows. `removed` counts rows that went with the places they stood on, too; `kept` the
    values that stayed since people on the spot had corrected them.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    kept: int = 0

    def counts(self) -> dict[str, int]:
        """The rows by what became of them, in the words of reports: added, changed, unchanged, removed."""
        return {
            "added": self.inserted,
            "changed": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
        }


def stage(connection: Connection, table: Table, layer: Layer, frame: pd.DataFrame) -> list[str]:
    """Copy the rows into a temporary table `incoming_<layer>`; its columns."""
    names = make_stage(connection, table, layer)
    copy_in(connection, f"incoming_{layer.name}", names, frame)
    connection.execute(text(f"ANALYZE incoming_{layer.name}"))
    return names


def make_stage(connection: Connection, table: Table, layer: Layer, *further: str) -> list[str]:
    """Make the temporary table `incoming_<layer>`, with `further` columns of text; the columns of the layer's table."""
    names = [column.name for column in table.columns if column.name != "id"]
    more = "".join(f', NULL::text AS "{name}"' for name in further)
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE incoming_{layer.name} ON COMMIT DROP AS"
            f" SELECT {quoted(names)}{more} FROM {table.fullname} WITH NO DATA"
        )
    )
    return names


def copy_in(connection: Connection, table: str, names: list[str], frame: pd.DataFrame) -> None:
    """Append rows to a table by COPY; empty texts become NULL."""
    if frame.empty:
        return
    filled, lines = rows.as_copied(frame, names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({quoted(filled)}) FROM STDIN") as copy:
        for some in lines:
            copy.write(some)


@contextmanager
def in_bulk(connection: Connection, incoming: Mapping[Table, int]) -> Iterator[None]:
    """Rows by the ten thousand into tables that hold few beside them: indexes are made anew at the end, in one go.

    Until the transaction ends nobody else can read these tables. Keys stay, so no row can come twice.
    """
    bulky = [table for table, count in incoming.items() if count >= _BULK and _fewer(connection, table, count // 4)]
    dropped = []
    with connection.begin_nested():  # whoever catches an error finds the indexes where they were
        for table in bulky:
            found = connection.execute(_INDEXES, {"table": table.fullname}).all()
            dropped += [row.definition for row in found]
            for row in found:
                connection.execute(text(f"DROP INDEX {row.name}"))
        yield
        for definition in dropped:
            connection.execute(text(definition))


def _fewer(connection: Connection, table: Table, count: int) -> bool:
    some = text(f"SELECT count(*) FROM (SELECT FROM {table.fullname} LIMIT :count) AS first")
    return (connection.scalar(some, {"count": count}) or 0) < count


@contextmanager
def references_known(connection: Connection, count: int) -> Iterator[None]:
    """For many rows whose references were looked up all at once (`require_parents`): not once more a row, where we may.

    Only a superuser may, as we are on the private server; `count` says how many rows there are.
    """
    superuser = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    may = count >= _BULK and connection.scalar(superuser)
    if may:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    if may:
        connection.execute(text("SET LOCAL session_replication_role = origin"))


def quoted(names: Iterable[str]) -> str:
    """Names of columns as a statement lists them."""
    return ", ".join(f'"{name}"' for name in names)


def require_parents(connection: Connection, table: Table, layer: Layer) -> None:
    """Raise DataError where a staged row refers to a place that doesn't exist."""
    key = "code" if layer.has_code else "NULL::text"
    for constraint in table.foreign_key_constraints:
        column, parent = constraint.column_keys[0], constraint.referred_table
        if parent.name == "places" and column == "code":
            continue
        query = (
            f'SELECT {key} AS code, i."{column}" AS parent FROM incoming_{layer.name} i'
            f' WHERE i."{column}" IS NOT NULL AND NOT EXISTS'
            f' (SELECT FROM {parent.fullname} p WHERE p.code = i."{column}") ORDER BY 1, 2'
        )
        lost = connection.execute(text(query)).all()
        if lost:
            raise DataError(
                "The layer {layer} refers in {column} to {parent} that don't exist: {missing} (rows {codes}).",
                layer=layer.name,
                column=column,
                parent=parent.name,
                missing=listed(dict.fromkeys(row.parent for row in lost)),
                codes=listed(row.code or "?" for row in lost),
            )


def upsert(connection: Connection, table: Table, layer: Layer, names: list[str], *, count: int, version: int) -> Saved:
    """Move the staged rows, so many, in by their code; one that is there and equal is left alone, its version too."""
    known = count_known(connection, table, layer)
    values = {name: f'i."{name}"' for name in names} | {"version": "CAST(:version AS bigint)"}
    source = f"incoming_{layer.name} i"
    updated = by_code(connection, table, values, source, known=known, aside=("version",), version=version)
    return Saved(inserted=count - known, updated=updated, unchanged=known - updated)


def by_code(
    connection: Connection,
    table: Table,
    values: Mapping[str, str],
    source: str,
    *,
    known: int,
    aside: Collection[str] = (),
    **given: object,
) -> int:
    """Add rows to a table, and exchange those whose code it has already where they differ; how many did.

    Parameters
    ----------
    values
        The expression of each column, `code` among them, over `source`, in which the staged rows are `i`.
    known
        How many of the codes are there; 0 needs no look.
    aside
        Columns in which a difference doesn't count.
    given
        Parameters of the expressions.
    """
    query = f"SELECT {', '.join(f'{value} AS {quoted([name])}' for name, value in values.items())} FROM {source}"
    compared = [name for name in values if name not in {"code", "layer", *aside}]
    updated = 0
    if known and compared:
        changes = ", ".join(f'"{name}" = i."{name}"' for name in [*compared, *aside])
        ours, theirs = (", ".join(f'{side}."{name}"' for name in compared) for side in ("t", "i"))
        updated = connection.execute(
            text(
                f"UPDATE {table.fullname} t SET {changes} FROM ({query}) i"
                f" WHERE t.code = i.code AND ({ours}) IS DISTINCT FROM ({theirs})"
            ),
            given,
        ).rowcount
    if known:
        query += f" WHERE NOT EXISTS (SELECT FROM {table.fullname} t WHERE t.code = i.code)"
    connection.execute(text(f"INSERT INTO {table.fullname} ({quoted(values)}) {query}"), given)
    return updated


def count_known(connection: Connection, table: Table, layer: Layer) -> int:
    """How many of the staged rows' codes a table has already."""
    return (
        connection.scalar(text(f"SELECT count(*) FROM incoming_{layer.name} JOIN {table.fullname} USING (code)")) or 0
    )


def exchange(
    connection: Connection, table: Table, layer: Layer, names: list[str], *, mode: Mode, version: int
) -> Saved:
    """Rows without codes: those that come again take the place of those that are there; what is the same is left alone,
    its version too.
    """
    condition = "true"
    if mode == "merge":
        same = _SAME_ROW.get(layer.name, "t.kind = i.kind AND t.geom = i.geom")
        condition = f"EXISTS (SELECT FROM incoming_{layer.name} i WHERE {same})"
    unchanged = _find_same(connection, table, layer, names)
    gone = connection.execute(
        text(
            f"DELETE FROM {table.fullname} t WHERE {condition}"
            f" AND NOT EXISTS (SELECT FROM same_{layer.name} s WHERE s.id = t.id)"
        )
    ).rowcount
    values = quoted(name for name in names if name != "version")
    come = connection.execute(
        text(
            f'INSERT INTO {table.fullname} ({values}, "version")'
            f" SELECT {values}, CAST(:version AS bigint) FROM incoming_{layer.name} i"
            f" WHERE NOT EXISTS (SELECT FROM same_{layer.name} s WHERE s.place = i.ctid)"
        ),
        {"version": version},
    ).rowcount
    connection.execute(text(f"DROP TABLE same_{layer.name}"))
    if mode == "merge":
        updated = min(come, gone)
        return Saved(inserted=come - updated, updated=updated, unchanged=unchanged, removed=gone - updated)
    return Saved(inserted=come, unchanged=unchanged, removed=gone)


def _find_same(connection: Connection, table: Table, layer: Layer, names: list[str]) -> int:
    """Pair each staged row with one that is there and equal, in a temporary table `same_<layer>`; how many pairs."""
    digests = {
        alias: "md5(CAST(ROW(" + ", ".join(f'{alias}."{name}"' for name in names if name != "version") + ") AS text))"
        for alias in ("t", "i")
    }
    sides = {
        "there": f"SELECT t.id, {digests['t']} AS digest FROM {table.fullname} t",
        "here": f"SELECT i.ctid AS place, {digests['i']} AS digest FROM incoming_{layer.name} i",
    }
    numbered = ", ".join(
        f"{side} AS (SELECT *, row_number() OVER (PARTITION BY digest) AS nth FROM ({query}) one)"
        for side, query in sides.items()
    )
    return connection.execute(
        text(
            f"CREATE TEMPORARY TABLE same_{layer.name} ON COMMIT DROP AS WITH {numbered}"
            " SELECT id, place FROM there JOIN here USING (digest, nth)"
        )
    ).rowcount


def remove_absent(connection: Connection, brought: Collection[str], gone: Collection[int]) -> dict[str, int]:
    """Remove rows whose codes came no more, and those of the versions `gone` from layers that weren't brought.

    Children go before their parents; a row that stays keeps its parent from going (DataError). Gives the rows that
    went, by layer.
    """
    standing = {name: tables.layer_table(name) for name in sorted(tables.GONE_WITH_PARENT)}
    before = {name: _count(connection, table) for name, table in standing.items()}
    removed = {}
    for name, layer in reversed(list(DISTRICT_LAYERS.items())):
        if layer.has_code and (name in brought or gone):
            going = _going(name, brought)
            _require_no_orphans(connection, layer, going, gone)
            statement = (
                f"DELETE FROM {tables.places.fullname} r USING {tables.district[name].fullname} p"
                f" WHERE p.code = r.code AND {going}"
            )
            removed[name] = connection.execute(text(statement), {"gone": list(gone)}).rowcount
        elif gone and name not in brought:
            table = tables.district[name]
            removed[name] = connection.execute(table.delete().where(table.c.version.in_(gone))).rowcount
    for name, table in standing.items():
        lost = before[name] - _count(connection, table)
        if name not in removed and lost:
            removed[name] = lost
    return removed


def _going(name: str, brought: Collection[str]) -> str:
    """Which rows `p` of a layer go: where it was brought those that came no more, else those of the versions `gone`."""
    if name in brought:
        return f"NOT EXISTS (SELECT FROM incoming_{name} i WHERE i.code = p.code)"
    return "p.version = ANY(:gone)"


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _require_no_orphans(connection: Connection, layer: Layer, going: str, gone: Collection[int]) -> None:
    parents = tables.district[layer.name].fullname
    for name, child in tables.district.items():
        for constraint in child.foreign_key_constraints:
            if constraint.referred_table.name != layer.name or name in tables.GONE_WITH_PARENT:
                continue
            query = (
                f"SELECT c.code, p.code AS parent FROM {child.fullname} c"
                f' JOIN {parents} p ON p.code = c."{constraint.column_keys[0]}" WHERE {going} ORDER BY 1'
            )
            left = connection.execute(text(query), {"gone": list(gone)}).all()
            if left:
                raise DataError(
                    "Without the {parent} {missing} the {layer} {codes} would belong nowhere; bring these layers "
                    "together, or merge instead of replacing.",
                    parent=layer.name,
                    missing=listed(dict.fromkeys(row.parent for row in left)),
                    layer=name,
                    codes=listed(row.code for row in left),
                )
