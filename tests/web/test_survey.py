"""`/survey` on the small town: what tells most, settled with one tap, taken back with another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from gridmap.database import changes
from gridmap.database.server import PrivateServer
from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN
from tests.web.people import Person, people_loaded, person
from tests.web.test_gates import gates_of

A, D = f"{URBAN}-A", f"{URBAN}-D"


@pytest.fixture
def engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with people_loaded(database_server, f"survey_{worker_id}") as engine:
        yield engine


@pytest.fixture
def app(engine: Engine) -> Flask:
    app = create_app(engine, trusted_hosts=None, testing=True)
    app.extensions["gridmap.gates"].wait()
    return app


@pytest.fixture
def staff(app: Flask) -> Person:
    return person(app, "staff")


def make_unknown(engine: Engine, app: Flask, code: str) -> None:
    """Nobody has surveyed this compound any more."""
    with engine.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["compounds"])
        connection.execute(
            text("UPDATE gridmap.compounds SET enclosure = 'unknown' WHERE code = :code"), {"code": code}
        )
    app.extensions["gridmap.gates"].wait()
    _ = app.extensions["gridmap.gates"].at_hand().survey


def tap(who: Person, code: str, value: str, seen: str):
    return who.ask("POST", f"/survey/{code}", {"value": value, "seen": seen})


def test_the_list_names_what_nobody_has_surveyed(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    assert f"/survey/{A}" in staff.ask("GET", "/survey").text


def test_one_tap_settles_a_compound(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    answer = tap(staff, A, "enclosed", "unknown")
    assert answer.status_code == 303
    assert f'/survey/{A}"' in staff.ask("GET", answer.headers["Location"]).text
    with engine.connect() as connection:
        assert (
            connection.scalar(text("SELECT enclosure FROM gridmap.compounds WHERE code = :c"), {"c": A}) == "enclosed"
        )


def test_what_is_settled_leaves_the_list(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    tap(staff, A, "enclosed", "unknown")
    assert f"/survey/{A}" not in staff.ask("GET", "/survey").text


def test_a_tap_raises_the_version_of_the_data(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    with engine.connect() as connection:
        before = changes.latest(connection)
    tap(staff, A, "open", "unknown")
    with engine.connect() as connection:
        assert changes.latest(connection, ["compounds"]) > before


def test_a_tap_is_taken_back_with_one_more(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    tap(staff, A, "enclosed", "unknown")
    tap(staff, A, "unknown", "enclosed")
    assert f"/survey/{A}" in staff.ask("GET", "/survey").text


def test_a_gate_that_is_not_there_is_closed_with_a_note(engine: Engine, app: Flask, staff: Person) -> None:
    (gate, *_rest) = gates_of(engine, A, "public")
    assert tap(staff, gate, "none", "public").status_code == 303
    with engine.connect() as connection:
        found = connection.execute(text("SELECT after, note FROM gridmap.corrections")).one()
    assert (found.after, bool(found.note)) == ("closed", True)


def test_what_the_map_says_already_can_be_confirmed(engine: Engine, app: Flask, staff: Person) -> None:
    (gate, *_rest) = gates_of(engine, A, "public")
    assert tap(staff, gate, "public", "public").status_code == 303


def test_nobody_settles_what_is_not_theirs(engine: Engine, app: Flask) -> None:
    leader = person(app, "leader")
    assert tap(leader, D, "open", "enclosed").status_code == 404


def test_an_unknown_value_is_refused_in_words(engine: Engine, app: Flask, staff: Person) -> None:
    make_unknown(engine, app, A)
    assert tap(staff, A, "floating", "unknown").status_code == 400


def without_gates(engine: Engine, app: Flask, code: str) -> None:
    """No gate of this walled compound is mapped, and a way leads across its boundary."""
    with engine.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["gates", "ways"])
        gates = "DELETE FROM gridmap.places p USING gridmap.gates g WHERE g.code = p.code AND g.compound_code = :c"
        connection.execute(text(gates), {"c": code})
        connection.execute(
            text(
                "INSERT INTO gridmap.ways (kind, name, walkable, geom) SELECT 'footway', '小巷', true,"
                " ST_MakeLine(ST_Centroid(geom), ST_Translate(ST_Centroid(geom), 0.01, 0))"
                " FROM gridmap.compounds WHERE code = :c"
            ),
            {"c": code},
        )
    app.extensions["gridmap.gates"].wait()
    _ = app.extensions["gridmap.gates"].at_hand().survey


def mapped(engine: Engine, code: str) -> list[str]:
    with engine.connect() as connection:
        query = text("SELECT access FROM gridmap.gates WHERE compound_code = :code")
        return list(connection.scalars(query, {"code": code}))


def test_a_gate_is_put_where_a_way_meets_the_wall(engine: Engine, app: Flask, staff: Person) -> None:
    without_gates(engine, app, A)
    assert "小巷" in staff.ask("GET", "/survey").text
    staff.ask("POST", f"/survey/{A}/gates", {"crossing": "0", "value": "residents"})
    assert mapped(engine, A) == ["residents"]


def test_a_gate_that_was_put_is_taken_off_again(engine: Engine, app: Flask, staff: Person) -> None:
    without_gates(engine, app, A)
    answer = staff.ask("POST", f"/survey/{A}/gates", {"crossing": "0", "value": "public"})
    assert f"/survey/{A}-S1/drop" in staff.ask("GET", answer.headers["Location"]).text
    staff.ask("POST", f"/survey/{A}-S1/drop")
    assert mapped(engine, A) == []


def test_a_gate_that_the_data_brought_is_not_taken_off(engine: Engine, app: Flask, staff: Person) -> None:
    (gate, *_rest) = gates_of(engine, A, "public")
    assert staff.ask("POST", f"/survey/{gate}/drop").status_code == 404


@pytest.mark.parametrize("form", [{"crossing": "99", "value": "public"}, {"crossing": "0", "value": "wide"}, {}])
def test_a_gate_without_a_place_or_an_access_is_refused(
    engine: Engine, app: Flask, staff: Person, form: dict[str, str]
) -> None:
    without_gates(engine, app, A)
    assert staff.ask("POST", f"/survey/{A}/gates", form).status_code == 400
