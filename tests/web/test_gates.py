"""`/api/isolation` on the small town: what a gate would change, what is kept of that, and all of it as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from gridmap.database import changes
from gridmap.database.server import PrivateServer
from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN, at
from tests.web.people import Person, people_loaded, person

A, D = f"{URBAN}-A", f"{URBAN}-D"


@pytest.fixture(scope="module")
def engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with people_loaded(database_server, f"gates_{worker_id}") as engine:
        yield engine


@pytest.fixture(scope="module")
def app(engine: Engine) -> Flask:
    app = create_app(engine, trusted_hosts=None, testing=True)
    app.extensions["gridmap.gates"].wait()
    return app


@pytest.fixture(scope="module")
def planner(app: Flask) -> Person:
    return person(app, "planner")


def gates_of(engine: Engine, compound: str, access: str) -> list[str]:
    query = text("SELECT code FROM gridmap.gates WHERE compound_code = :code AND access = :access ORDER BY code")
    with engine.connect() as connection:
        return list(connection.scalars(query, {"code": compound, "access": access}))


def on_the_wall_of(engine: Engine, compound: str) -> str:
    """A point a metre or so from the middle of the wall that is nearest to another compound."""
    query = text(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_LineInterpolatePoint(ST_ExteriorRing(geom), 0.4) AS p"
        " FROM gridmap.compounds WHERE code = :code) AS ring"
    )
    with engine.connect() as connection:
        lon, lat = connection.execute(query, {"code": compound}).one()
    return f"{lon},{lat}"


def weigh(who: Person, query: str):
    return who.ask("GET", f"/api/isolation/what-if?{query}&lang=en")


def test_what_a_gate_would_change_is_told_before_and_after(engine: Engine, planner: Person) -> None:
    (shut,) = gates_of(engine, D, "residents")
    found = weigh(planner, f"open={shut}").json
    own = next(one for one in found["compounds"] if one["own"])
    assert (own["code"], own["before"]["class"]) == (D, "isolated")
    assert own["after"]["unreached"] < own["before"]["unreached"]


def test_nothing_is_kept_by_asking(engine: Engine, planner: Person) -> None:
    with engine.connect() as connection:
        before = changes.latest(connection)
    weigh(planner, f"open={gates_of(engine, D, 'residents')[0]}")
    with engine.connect() as connection:
        assert changes.latest(connection) == before


def test_a_gate_put_beside_a_wall_stands_on_it(engine: Engine, planner: Person) -> None:
    answer = weigh(planner, f"add={on_the_wall_of(engine, D)}")
    assert answer.status_code == 200, answer.text
    assert answer.json["changes"][0]["compound"]["code"] == D


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("add=1", 400),
        ("add=a,b", 400),
        ("add=nan,37", 400),
        ("add=200,37", 400),
        ("add=10,10", 400),
        ("close=nobody", 404),
        ("&".join(["close=nobody"] * 11), 400),
    ],
)
def test_what_can_not_be_weighed_is_refused_in_words(planner: Person, query: str, status: int) -> None:
    answer = weigh(planner, query)
    assert answer.status_code == status
    assert answer.json["detail"]


def test_the_best_gates_of_a_compound_say_who_must_agree(planner: Person) -> None:
    found = planner.ask("GET", f"/api/isolation/gates?compound={D}&count=1").json["gates"]
    assert [one["compound_code"] for one in found] == [D]
    assert found[0]["agree_zh"]


def test_the_neighbours_come_the_worst_first(planner: Person) -> None:
    found = planner.ask("GET", f"/api/isolation/neighbours?compound={A}").json["neighbours"]
    detours = [one["detour_m"] for one in found if one["reached"]]
    assert detours == sorted(detours, reverse=True)


def kept(engine: Engine, planner: Person, name: str = "北门方案") -> int:
    (shut,) = gates_of(engine, D, "residents")
    answer = planner.ask("POST", f"/api/isolation/scenarios?name={name}&open={shut}")
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def test_a_kept_scenario_is_listed_with_its_name(engine: Engine, planner: Person) -> None:
    kept(engine, planner)
    found = planner.ask("GET", "/api/isolation/scenarios").json["scenarios"][0]
    assert (found["name"], found["by"]) == ("北门方案", "planner")


def test_a_kept_scenario_can_be_downloaded(engine: Engine, planner: Person) -> None:
    number = kept(engine, planner)
    found = json.loads(planner.ask("GET", f"/api/isolation/scenarios/{number}.geojson").data)
    assert [one["properties"]["compound_code"] for one in found["features"]] == [D]


def test_a_forgotten_scenario_is_gone(engine: Engine, planner: Person) -> None:
    number = kept(engine, planner)
    planner.ask("POST", f"/api/isolation/scenarios/{number}/forget")
    assert planner.ask("GET", f"/api/isolation/scenarios/{number}.geojson").status_code == 404


def test_keeping_and_forgetting_stand_in_the_audit_log(engine: Engine, planner: Person) -> None:
    number = kept(engine, planner)
    planner.ask("POST", f"/api/isolation/scenarios/{number}/forget")
    with engine.connect() as connection:
        found = [line.action for line in changes.log_lines(connection, limit=2)]
    assert found == ["scenario forgotten", "scenario kept"]


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_scenario_needs_a_name_that_can_be_shown(engine: Engine, planner: Person, name: str) -> None:
    (shut,) = gates_of(engine, D, "residents")
    assert planner.ask("POST", f"/api/isolation/scenarios?name={name}&open={shut}").status_code == 400


def test_the_workbook_holds_compounds_and_gates(planner: Person) -> None:
    book = openpyxl.load_workbook(BytesIO(planner.ask("GET", "/api/isolation/export.xlsx").data))
    assert book.sheetnames == ["isolation", "gate_proposals"]


def test_the_geopackage_holds_compounds_and_gates(planner: Person, tmp_path: Path) -> None:
    path = tmp_path / "isolation.gpkg"
    path.write_bytes(planner.ask("GET", "/api/isolation/export.gpkg").data)
    assert set(gpd.list_layers(path)["name"]) == {"isolation", "gate_proposals"}


def test_the_geojson_holds_the_layer_that_is_asked_for(planner: Person) -> None:
    found = json.loads(planner.ask("GET", "/api/isolation/export.geojson?layer=gate_proposals").data)
    assert found["features"][0]["properties"]["rank"] == 1


def test_there_is_no_export_in_other_formats(planner: Person) -> None:
    assert planner.ask("GET", "/api/isolation/export.exe").status_code == 404


def test_points_far_from_every_wall_are_refused(planner: Person) -> None:
    lon, lat = at(5000, 5000)
    assert weigh(planner, f"add={lon},{lat}").status_code == 400
