"""Every change has a number, an actor and a line in the audit log; a layer's version is its latest change."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine, text

from gridmap.database import changes


def test_versions_rise_by_layer(database: Engine) -> None:
    with database.begin() as connection:
        assert changes.latest(connection) == 0
        first = changes.record(connection, actor="a", action="import", layers=["gates", "ways"])
        second = changes.record(connection, actor="b", action="edit", layers=["gates"], detail={"gate": "东门"})
        assert (changes.latest(connection), changes.latest(connection, ["ways"])) == (second, first)
        assert changes.latest(connection, ["staff"]) == 0
        assert changes.versions(connection) == {"gates": second, "ways": first}


def test_a_change_is_found_with_who_when_and_what(database: Engine) -> None:
    with database.begin() as connection:
        changes.record(connection, actor="王", action="edit", layers=["gates"], detail={"gate": "东门"})
        (change,) = changes.history(connection)
        logged = connection.execute(text("SELECT actor, action, detail FROM gridmap.audit_log")).all()
    assert (change.actor, change.action, change.layers, change.detail) == ("王", "edit", ("gates",), {"gate": "东门"})
    assert change.at.tzinfo is not None
    assert logged == [("王", "edit", {"gate": "东门", "layers": ["gates"]})]


def test_a_change_that_is_rolled_back_leaves_no_version(database: Engine) -> None:
    with database.connect() as connection:
        changes.record(connection, actor="a", action="import", layers=["ways"])
        connection.rollback()
        assert changes.latest(connection) == 0


def test_a_later_version_is_never_seen_before_an_earlier_one(database: Engine) -> None:
    seen = []

    def second() -> None:
        with database.begin() as connection:
            seen.append(changes.record(connection, actor="b", action="edit", layers=["ways"]))

    with database.begin() as connection:
        first = changes.record(connection, actor="a", action="import", layers=["ways"])
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        assert seen == []
    thread.join()
    assert seen == [first + 1]
