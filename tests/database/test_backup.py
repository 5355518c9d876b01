"""A backup holds all that is there, and comes back whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gridmap.database import changes
from gridmap.database.backup import backup, restore
from gridmap.database.store import counts, load_layer, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import InputError, UnavailableError
from gridmap.services.files import load
from gridmap.services.history import undo


@pytest.fixture
def saved(database: Engine, database_url: str, town: District, tmp_path: Path) -> Path:
    with database.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=town.filled())
        save_layers(connection, {name: town[name] for name in town.filled()}, version=version)
    target = tmp_path / "district.backup"
    backup(database_url, target)
    return target


def test_a_backup_comes_back_whole(database: Engine, database_url: str, town: District, saved: Path) -> None:
    with database.begin() as connection:
        before = counts(connection)
        save_layers(connection, {"gates": town["gates"].head(0), "ways": town["ways"].head(0)}, mode="replace")
        connection.execute(text("CREATE TABLE gridmap.later (gate text REFERENCES gridmap.gates (code))"))
    database.dispose()
    restore(database_url, saved)
    with database.begin() as connection:
        assert counts(connection) == before
        assert [change.action for change in changes.history(connection)] == ["restore", "import"]
        assert connection.scalar(text("SELECT to_regclass('gridmap.later')")) is None
        changes.record(connection, actor="test", action="edit", layers=["gates"])
        assert len(load_layer(connection, "gates")) == len(town["gates"])


def test_a_load_can_be_taken_back_after_a_restore(
    database: Engine, database_url: str, town: District, tmp_path: Path
) -> None:
    layers = {name: town[name] for name in town.filled()}
    how: dict[str, Any] = {"mode": "merge", "actor": "test", "action": "import", "detail": {}}
    load(database, District(layers), **how)
    load(database, District({"gates": town["gates"].assign(hours="24/7")}), **how)
    backup(database_url, tmp_path / "two.backup")
    database.dispose()
    restore(database_url, tmp_path / "two.backup")
    undo(database, actor="test")
    with database.connect() as connection:
        assert load_layer(connection, "gates")["hours"].isna().all()


def test_a_version_never_comes_twice_with_other_data(database: Engine, database_url: str, saved: Path) -> None:
    with database.begin() as connection:
        for _ in range(3):
            last = changes.record(connection, actor="test", action="edit", layers=["gates"])
    database.dispose()
    restore(database_url, saved)
    with database.connect() as connection:
        assert changes.latest(connection, ["gates"]) > last


def test_a_backup_is_for_its_owner_alone(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_a_backup_that_breaks_off_changes_nothing(
    database: Engine, database_url: str, saved: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.backup"
    broken.write_bytes(saved.read_bytes()[:-2000])
    with pytest.raises((InputError, UnavailableError)):
        restore(database_url, broken)
    with database.connect() as connection:
        assert counts(connection)["buildings"] > 0


@pytest.mark.parametrize("content", [b"", b"PGDMP", b"a text"])
def test_another_file_is_no_backup(database: Engine, database_url: str, tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    with pytest.raises(InputError, match="is not a backup"):
        restore(database_url, other)


def test_a_file_that_is_not_there_and_one_that_cannot_be_made_are_named(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        restore(database_url, tmp_path / "none")
    with pytest.raises(InputError, match="can't be written"):
        backup(database_url, tmp_path / "nowhere" / "x")
