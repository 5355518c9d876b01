"""Rows by the ten thousand: the same rows, rules and indexes as with few."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gridmap.database import migrate, writing
from gridmap.database.store import Staging, layer_parts, load_layer, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import DataError


@pytest.fixture(autouse=True)
def everything_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_BULK", 1)


def filled(town: District) -> dict[str, pd.DataFrame]:
    return {name: town[name] for name in town.filled()}


def indexes(database: Engine) -> set[str]:
    with database.connect() as connection:
        return set(connection.scalars(text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'gridmap'")))


def test_indexes_are_there_again(database: Engine, town: District) -> None:
    before = indexes(database)
    with database.begin() as connection:
        save_layers(connection, filled(town))
    assert indexes(database) == before
    migrate.check(database)


def test_the_rows_are_the_same(database: Engine, town: District, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.begin() as connection:
        save_layers(connection, filled(town))
        much = load_layer(connection, "buildings"), connection.execute(text("SELECT * FROM gridmap.places")).all()
        connection.rollback()
    monkeypatch.setattr(writing, "_BULK", 1_000_000)
    with database.begin() as connection:
        save_layers(connection, filled(town))
        few = load_layer(connection, "buildings"), connection.execute(text("SELECT * FROM gridmap.places")).all()
    pd.testing.assert_frame_equal(pd.DataFrame(much[0]), pd.DataFrame(few[0]))
    assert sorted(map(str, much[1])) == sorted(map(str, few[1]))


def test_a_parent_that_does_not_exist_is_named(database: Engine, town: District) -> None:
    lost = town["buildings"].assign(compound_code="NOWHERE")
    with database.begin() as connection, pytest.raises(DataError, match="NOWHERE"):
        save_layers(connection, {**filled(town), "buildings": lost})


def test_references_are_looked_at_again_afterwards(database: Engine, town: District) -> None:
    with database.begin() as connection:
        save_layers(connection, filled(town))
        assert connection.scalar(text("SHOW session_replication_role")) == "origin"


def test_rows_that_come_in_pieces_are_the_layer(database: Engine, town: District) -> None:
    with database.begin() as connection:
        staging = Staging(connection)
        for name, table in filled(town).items():
            staging.add(name, table.head(1))
            staging.add(name, table.iloc[1:])
        saved = staging.save()
        assert saved["buildings"].inserted == len(town["buildings"])
        pieces = list(layer_parts(connection, "buildings", size=2))
        assert len(pieces) > 1
        pd.testing.assert_frame_equal(
            pd.DataFrame(pd.concat(pieces, ignore_index=True)), pd.DataFrame(load_layer(connection, "buildings"))
        )


def test_a_code_that_comes_in_two_pieces_is_named(database: Engine, town: District) -> None:
    with database.begin() as connection:
        staging = Staging(connection)
        staging.add("streets", town["streets"])
        staging.add("streets", town["streets"].head(1))
        with pytest.raises(DataError, match="more than one row with the code"):
            staging.save()


def test_pieces_are_merged_with_what_is_there(database: Engine, town: District) -> None:
    with database.begin() as connection:
        save_layers(connection, filled(town), version=1)
        staging = Staging(connection)
        staging.add("buildings", town["buildings"].head(1).assign(households=None))
        staging.add("buildings", town["buildings"].iloc[1:])
        assert staging.save(version=2)["buildings"].unchanged == len(town["buildings"])
