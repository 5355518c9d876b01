"""`/my`: one's own places, what stands in them, and personal data only where it is in one's charge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridmap.database import my
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.services import accounts
from gridmap.web.app import create_app
from tests.fixtures.database import dispose, fresh_database
from tests.fixtures.districts import STREET, URBAN, VILLAGE, make_town
from tests.web.conftest import GRID, add_results, load_town

PASSWORD = "seven purple walls 42"
A = f"{URBAN}-A"
PEOPLE = {
    "leader": {"role": "leader", "staff": "P1"},
    "idle": {"role": "leader", "staff": "P3"},
    "staff": {"role": "staff", "community": URBAN},
    "village": {"role": "staff", "community": VILLAGE},
    "official": {"role": "official", "street": STREET},
    "planner": {"role": "planner"},
    "administrator": {"role": "administrator"},
}


@pytest.fixture(scope="module")
def office(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    """The town with people in office and an account for each."""
    with fresh_database(database_server, f"my_{worker_id}") as url:
        engine = make_engine(url)
        town = make_town()
        load_town(engine, town)
        add_results(engine, town)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO gridmap.assignments (role, place_code, staff_code, version) VALUES"
                    " ('grid', :grid, 'P1', 1), ('stairwell', :stairwell, 'P4', 1)"
                ),
                {"grid": GRID, "stairwell": f"{A}-1-2"},
            )
        for name, whose in PEOPLE.items():
            accounts.add(engine, name=name, password=PASSWORD, actor="test", **whose)
        yield engine
        dispose(engine)


@pytest.fixture(scope="module")
def office_app(office: Engine) -> Flask:
    return create_app(office, lang="en", testing=True)


@pytest.fixture
def as_(office_app: Flask):
    """A client that is logged in by that name."""

    def logged_in(name: str) -> FlaskClient:
        client = office_app.test_client()
        sent = {"name": name, "password": PASSWORD}
        answer = client.post("/login", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert (answer.status_code, answer.location) == (303, "/")
        return client

    return logged_in


def looks(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM gridmap.audit_log WHERE action = 'look'"))


@pytest.mark.parametrize("address", ["/my", f"/my/{A}", f"/my/walk?to={A}"])
def test_without_a_login_one_is_led_there_and_back(office_app: Flask, address: str) -> None:
    answer = office_app.test_client().get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=%2Fmy") or answer.location.startswith("/login?next=/my")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("leader", ["My places", "金海湾社区 第1网格", "grid leader", "480"]),
        ("idle", ["You hold no office"]),
        ("staff", ["金海湾社区", "Grids", "金海湾社区 第1网格", "A小区", "D小区"]),
        ("official", ["怡园街道", "金海湾社区", "北山村"]),
        ("planner", ["No places belong to your account"]),
        ("administrator", ["怡园街道"]),
    ],
)
def test_everybody_finds_their_own(as_, name: str, words: list[str]) -> None:
    page = as_(name).get("/my").text
    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (GRID, ["金海湾社区 第1网格", "1号楼", "A小区", "480"]),
        (A, ["A小区", "1号楼", "南路1号"]),
        (f"{A}-1", ["1号楼", "unit 1", "unit 2", f"/my/walk?to={A}-1-1"]),
        (f"{A}-1-1", ["1号楼 unit 1", f"/my/walk?to={A}-1-1"]),
        (STREET, ["北山村"]),
    ],
)
def test_a_place_shows_what_stands_in_it(as_, code: str, words: list[str]) -> None:
    page = as_("leader").get(f"/my/{code}").text
    assert [word for word in words if word not in page] == []


def test_who_looks_after_a_place_sees_its_people_and_the_look_is_written_down(as_, office: Engine) -> None:
    client, before = as_("leader"), looks(office)
    page = client.get(f"/my/{A}-1").text
    assert "社区工作者4" in page
    assert "tel:13906310003" in page
    assert looks(office) == before + 1
    with office.connect() as connection:
        line = connection.execute(text("SELECT * FROM gridmap.audit_log ORDER BY id DESC LIMIT 1")).one()
    assert (line.actor, line.subject, line.detail) == (
        "leader",
        f"{A}-1",
        {"people": ["P4"], "shown": ["name", "title", "duty_phone", "phone"]},
    )


@pytest.mark.parametrize("name", ["village", "planner", "idle"])
def test_others_see_the_published_only_and_nothing_is_written(as_, office: Engine, name: str) -> None:
    client, before = as_(name), looks(office)
    page = client.get(f"/my/{A}-1").text
    assert "1号楼" in page
    assert "社区工作者4" not in page
    assert "1390631" not in page
    assert looks(office) == before


def test_a_search_leads_to_places(as_) -> None:
    page = as_("leader").get("/my", query_string={"q": "D小区"}).text
    assert f'href="/my/{URBAN}-D"' in page


def test_a_search_for_nothing_known_says_so(as_) -> None:
    assert "Nothing found" in as_("leader").get("/my", query_string={"q": "xyzzy"}).text


@pytest.mark.parametrize("address", ["/my/nowhere", "/my/P1", "/my/walk?to=nowhere", f"/my/{'x' * 200}"])
def test_what_is_not_there_is_not_found(as_, address: str) -> None:
    assert as_("staff").get(address).status_code == 404


def test_the_pages_are_light(as_, office_app: Flask) -> None:
    """First load without the map: page, styles, scripts, icons, gzipped."""
    client = as_("leader")
    styles = ["css/tokens+parts+page+forms+my.css"]
    scripts = [f"js/my/{name}.js" for name in ("near", "start", "position")]
    shared = [f"js/{name}.js" for name in ("theme-first", "dom", "strings", "config", "fetching")]
    files = [*styles, *scripts, *shared, "vendor/lucide/icons.svg", "icon.svg"]
    packed = {"Accept-Encoding": "gzip"}
    total = len(client.get("/my", headers=packed).data)
    total += sum(len(client.get(f"/static/{name}", headers=packed).data) for name in files)
    assert total < 60_000


def test_a_grid_s_buildings_come_in_walking_order(office: Engine) -> None:
    with office.begin() as connection:
        connection.execute(
            text("UPDATE gridmap.members SET stop = 100 - id % 50 WHERE grid_code = :grid"), {"grid": GRID}
        )
        wanted = connection.scalars(
            text("SELECT building_code FROM gridmap.members WHERE grid_code = :grid ORDER BY stop"), {"grid": GRID}
        ).all()
    assert [row["code"] for row in shown(office, GRID)] == list(wanted)


def shown(office: Engine, code: str) -> list[dict]:
    with office.connect() as connection:
        return my.inside(connection, "grids", code)
