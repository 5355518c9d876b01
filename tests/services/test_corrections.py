"""Corrections on the spot: into the layer at once, kept through an import, the first of two wins."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap.database import changes, corrections, results
from gridmap.database.corrections import Correction
from gridmap.database.scopes import Scope
from gridmap.database.store import load_layer, save_layers
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.today import today
from gridmap.layers import write
from gridmap.services.corrections import correct
from gridmap.services.files import import_file
from tests.fixtures.districts import URBAN, VILLAGE, make_town

GATE, COMPOUND = f"{URBAN}-A-G", f"{URBAN}-A"
MINE = Scope(communities=(URBAN,))
MAY = date(2026, 5, 1)


def close(engine: Engine, **other: object) -> None:
    given = {"place": GATE, "values": {"access": "closed"}, "seen": {"access": "public"}, "since": MAY, "actor": "赵"}
    correct(engine, other.pop("scope", MINE), **(given | other))


def history(engine: Engine, layer: str = "gates", place: str = GATE) -> list[Correction]:
    with engine.connect() as connection:
        return corrections.of_place(connection, layer, place)


def value(engine: Engine, layer: str, code: str, column: str) -> object:
    with engine.connect() as connection:
        table = load_layer(connection, layer)
    return table.set_index("code").loc[code, column]


def test_a_closed_gate_is_closed_at_once(town_database: Engine) -> None:
    close(town_database, note=" 施工 ")
    (found,) = history(town_database)
    assert value(town_database, "gates", GATE, "access") == "closed"
    assert (found.before, found.after, found.since, found.note, found.actor, found.stands) == (
        "public", "closed", MAY, "施工", "赵", True
    )  # fmt: skip


def test_a_correction_is_in_the_log(town_database: Engine) -> None:
    close(town_database)
    with town_database.connect() as connection:
        (line,) = changes.log_lines(connection, limit=1)
    assert (line.actor, line.action, line.subject) == ("赵", "correct", GATE)
    assert (line.detail["before"], line.detail["after"], line.detail["since"]) == (
        {"access": "public"}, {"access": "closed"}, "2026-05-01"
    )  # fmt: skip


def test_taking_back_is_another_correction(town_database: Engine) -> None:
    close(town_database)
    close(town_database, values={"access": "public"}, seen={"access": "closed"}, since=None)
    assert [(item.after, item.stands) for item in history(town_database)] == [("public", True), ("closed", False)]
    assert value(town_database, "gates", GATE, "access") == "public"


def test_walls_and_management_are_corrected_together(town_database: Engine) -> None:
    seen = {"enclosure": "enclosed", "management": "closed"}
    correct(town_database, MINE, place=COMPOUND, values={"enclosure": "open", "management": "open"}, seen=seen,
            since=None, actor="赵")  # fmt: skip
    assert {(item.field, item.after) for item in history(town_database, "compounds", COMPOUND)} == {
        ("enclosure", "open"), ("management", "open")
    }  # fmt: skip


def test_what_was_derived_is_known_from_now_on(town_database: Engine) -> None:
    with town_database.begin() as connection:
        connection.execute(
            text("UPDATE gridmap.compounds SET derived = 'households enclosure' WHERE code = :c"), {"c": COMPOUND}
        )
    correct(town_database, MINE, place=COMPOUND, values={"enclosure": "partly"}, seen={"enclosure": "enclosed"},
            since=None, actor="赵")  # fmt: skip
    assert value(town_database, "compounds", COMPOUND, "derived") == "households"


def test_isolation_is_stale_afterwards(town_database: Engine) -> None:
    with town_database.begin() as connection:
        results.save(connection, "isolation", {}, settings={}, version=None, summary={})
    close(town_database)
    with town_database.connect() as connection:
        assert results.state(connection)["isolation"].status == "stale"


def test_the_second_who_saw_what_is_no_more_is_told(town_database: Engine) -> None:
    close(town_database)
    with pytest.raises(DataError, match="meanwhile"):
        close(town_database, values={"access": "residents"})
    assert value(town_database, "gates", GATE, "access") == "closed"


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"scope": Scope(communities=(VILLAGE,))}, NotFoundError),
        ({"place": "nowhere"}, NotFoundError),
        ({"place": f"{URBAN}-A-1"}, NotFoundError),
        ({"values": {"access": "welded"}}, InputError),
        ({"values": {"enclosure": "open"}}, InputError),
        ({"values": {"access": "public"}}, InputError),
        ({"values": {}}, InputError),
        ({"since": today() + timedelta(days=1)}, InputError),
        ({"note": "长" * 201}, InputError),
        ({"note": "a\x00b"}, InputError),
    ],
)
def test_what_can_t_be_is_refused_and_nothing_is_done(town_database: Engine, wrong: dict, kind: type) -> None:
    with pytest.raises(kind):
        close(town_database, **wrong)
    assert value(town_database, "gates", GATE, "access") == "public"
    assert history(town_database) == []


def test_an_import_keeps_what_was_corrected_and_says_so(town_database: Engine, tmp_path: Path) -> None:
    close(town_database)
    file = tmp_path / "gates.gpkg"
    write(file, {"gates": make_town()["gates"]})
    done = import_file(town_database, file, actor="t", progress=lambda *_: None)
    assert done.loaded is not None
    assert done.loaded.kept == 1
    assert value(town_database, "gates", GATE, "access") == "closed"
    assert [item.stands for item in history(town_database)] == [True]


def test_an_import_that_agrees_keeps_nothing(town_database: Engine) -> None:
    close(town_database)
    gates = make_town()["gates"]
    gates.loc[gates["code"] == GATE, "access"] = "closed"
    with town_database.begin() as connection:
        assert save_layers(connection, {"gates": gates})["gates"].kept == 0


def test_a_layer_that_was_exchanged_whole_is_not_corrected_again(town_database: Engine) -> None:
    close(town_database)
    gates = {"gates": make_town()["gates"]}
    with town_database.begin() as connection:
        save_layers(connection, gates, mode="replace")
        assert [item.stands for item in corrections.of_place(connection, "gates", GATE)] == [False]
        assert save_layers(connection, gates)["gates"].kept == 0
    assert value(town_database, "gates", GATE, "access") == "public"
