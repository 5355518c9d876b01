"""What residents see without a login: the page of a place, its plate, the front page; and whom they never see."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
import segno
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.database.store import save_layers
from gridmap.domain.district import District
from gridmap.web.app import create_app
from tests.fixtures.database import dispose, fresh_database
from tests.fixtures.districts import STREET, URBAN, VILLAGE, make_town
from tests.web.conftest import GRID, add_results, load_town

STAIRWELL, BUILDING, COMPOUND = f"{URBAN}-A-1-1", f"{URBAN}-A-1", f"{URBAN}-A"
PHONE = "0631-5680000"
WHERE = {"lon": 122.00568137, "lat": 37.4780108}
"""In the first building of compound A."""
SECRETS = ("社区工作者3", "社区工作者4", "0631-5680002", "0631-5680003", "1390631")
"""Names and duty phones of people who aren't published, and the beginning of everybody's private phone."""
BUDGET = 60_000
"""Bytes of a public page with all that it loads by itself, as they go over the wire."""


def make_staffed_town() -> District:
    """The town with opening hours, services, and people in office: P1 and P2 are published, P3 and P4 are not."""
    town = make_town()
    centres = town["centres"]
    centres["hours"] = ["24/7", "off"]
    centres["phone"] = ["0631-5680099", PHONE]
    centres["services"] = ["社会保障 民政救助", None]
    return town


def put_in_office(engine: Engine, *terms: tuple[str, str, str, date | None]) -> None:
    """Give places their people: role, place, person, end of the term."""
    table = pd.DataFrame(terms, columns=["role", "place_code", "staff_code", "until"])
    table["since"] = date(2025, 1, 1)
    with engine.begin() as connection:
        version = changes.record(connection, actor="test", action="name", layers=["assignments"])
        save_layers(connection, {"assignments": table}, version=version)


@pytest.fixture(scope="module")
def staffed(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with fresh_database(database_server, f"public_{worker_id}") as url:
        engine = make_engine(url)
        town = make_staffed_town()
        load_town(engine, town)
        add_results(engine, town)
        put_in_office(
            engine,
            ("stairwell", STAIRWELL, "P2", None),
            ("compound", COMPOUND, "P3", None),
            ("compound", f"{URBAN}-B", "P2", date(2025, 6, 1)),
        )
        yield engine
        dispose(engine)


@pytest.fixture
def resident(staffed: Engine) -> FlaskClient:
    """A browser without a login, somewhere on the network."""
    return create_app(staffed, desk=False, testing=True).test_client()


def words(client: FlaskClient, address: str, **query: str) -> str:
    """The text of a page, in English unless told otherwise."""
    page = client.get(address, query_string={"lang": "en", **query}).get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<(head|script)\b.*?</\1>", "", page, flags=re.DOTALL)))


PLACES = {
    STREET: "怡园街道",
    URBAN: "金海湾社区",
    VILLAGE: "北山村",
    COMPOUND: "A小区",
    GRID: "金海湾社区 第1网格",
    BUILDING: "A小区 1号楼",
    STAIRWELL: "A小区 1号楼, stairwell 1",
    f"{VILLAGE}-3": "村中路3号",
    f"{COMPOUND}-G": "Gate of A小区",
    "C1": "怡园街道便民服务中心",
    "C2": "金海湾社区居委会",
    "F1": "金海湾幼儿园",
}


@pytest.mark.parametrize(("code", "name"), PLACES.items())
def test_every_place_has_a_page_under_its_name(resident: FlaskClient, code: str, name: str) -> None:
    page = resident.get(f"/p/{code}?lang=en").get_data(as_text=True)
    assert re.search(r"<h1>(.*?)</h1>", page)[1] == name  # type: ignore[index]
    assert code not in words(resident, f"/p/{code}")


@pytest.mark.parametrize("code", [URBAN, COMPOUND, GRID, BUILDING, STAIRWELL, f"{COMPOUND}-G", "C2", "F1"])
def test_the_committee_s_phone_is_the_first_link_of_the_page_itself(resident: FlaskClient, code: str) -> None:
    article = resident.get(f"/p/{code}").get_data(as_text=True).split("<article")[1]
    assert re.search(r'href="([^"]+)"', article)[1] == f"tel:{PHONE}"  # type: ignore[index]
    assert "金海湾社区" in article.split("</h2>")[0]


@pytest.mark.parametrize("code", [STREET, "C1"])
def test_a_street_and_a_service_centre_answer_by_the_centre_s_phone(resident: FlaskClient, code: str) -> None:
    article = resident.get(f"/p/{code}").get_data(as_text=True).split("<article")[1]
    assert re.search(r'href="([^"]+)"', article)[1] == "tel:0631-5680099"  # type: ignore[index]
    assert f'href="/p/{URBAN}"' in article
    assert f'href="/p/{VILLAGE}"' in article


def test_without_a_phone_of_its_own_the_service_centre_s_is_given_as_that(resident: FlaskClient) -> None:
    said = words(resident, f"/p/{VILLAGE}")
    assert "Villagers' committee of 北山村" in said.replace("&#39;", "'")
    assert "Its phone is not recorded yet; the service centre helps on: Call 0631-5680099" in said


def test_the_page_says_whether_the_office_is_open_now(resident: FlaskClient) -> None:
    first, centre = words(resident, f"/p/{BUILDING}").split("Service centre", 1)
    assert "Closed at present" in first
    assert "Open now" in centre
    assert "社会保障 民政救助" in centre


def test_the_way_is_the_walk_through_the_gate(resident: FlaskClient) -> None:
    """From the first building (50, 26) by the south gate (50, 0) and South Road, then across the open compound to the
    office (250, 60)."""
    resident.application.extensions["gridmap.walks"].wait()
    assert "about 4 minutes on foot, 270 m; set out to the south" in words(resident, f"/p/{BUILDING}")


def test_before_walks_are_known_the_way_is_a_straight_line_and_says_so(
    resident: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the middle of the first building (50, 26) to the office at (250, 60): 203 m, 80 degrees."""
    monkeypatch.setattr("gridmap.web.public_page.walk_map", lambda: None)
    assert "200 m to the east in a straight line" in words(resident, f"/p/{BUILDING}")
    assert "直线距离" in words(resident, f"/p/{BUILDING}", lang="zh")


def test_whole_areas_have_no_way(resident: FlaskClient) -> None:
    assert "straight line" not in words(resident, f"/p/{URBAN}")


class TestPeople:
    def test_published_members_have_name_title_and_duty_phone(self, resident: FlaskClient) -> None:
        members = words(resident, f"/p/{BUILDING}").split("Members of the committee")[1].split("Service centre")[0]
        assert "社区工作者1 社区工作者 0631-5680000" in members
        assert "社区工作者2 社区工作者 0631-5680001" in members

    def test_a_leader_in_office_is_named(self, resident: FlaskClient) -> None:
        assert "社区工作者2 stairwell leader 0631-5680001" in words(resident, f"/p/{STAIRWELL}")

    def test_one_stairwell_of_several_is_named_with_its_leader(self, resident: FlaskClient) -> None:
        said = words(resident, f"/p/{BUILDING}")
        assert "社区工作者2 Stairwell 1 stairwell leader" in said
        assert "Not yet in office here: Stairwell 2 stairwell leader, grid leader." in said

    def test_a_leader_who_is_not_published_has_no_name(self, resident: FlaskClient) -> None:
        assert "In office, but not published: compound leader." in words(resident, f"/p/{COMPOUND}")

    def test_what_an_analysis_proposes_is_nobody_s_office(self, resident: FlaskClient) -> None:
        """The analysis gives the grid to P1, who is published."""
        said = words(resident, f"/p/{GRID}")
        assert "Not yet in office here: grid leader. Please call the committee." in said
        assert "社区工作者1" not in said.split("Members of the committee")[0]

    def test_a_term_that_has_ended_is_over(self, resident: FlaskClient) -> None:
        said = words(resident, f"/p/{URBAN}-B")
        assert "Not yet in office here: compound leader" in said
        assert "社区工作者2" not in said.split("Members of the committee")[0]

    @pytest.mark.parametrize("client_of", ["resident", "desk"])
    def test_the_page_shows_everybody_the_same(self, staffed: Engine, client_of: str) -> None:
        client = create_app(staffed, desk=client_of == "desk", testing=True).test_client()
        assert "Not yet in office here: grid leader." in words(client, f"/p/{GRID}")

    @pytest.mark.parametrize(("desk", "kept"), [(False, "private, max-age=120"), (True, "no-cache")])
    def test_a_resident_s_phone_keeps_it_for_a_while(self, staffed: Engine, desk: bool, kept: str) -> None:
        client = create_app(staffed, desk=desk, testing=True).test_client()
        assert client.get(f"/p/{GRID}").headers["Cache-Control"] == kept

    @pytest.mark.parametrize("suffix", ["", "/plate", "/qr.svg"])
    @pytest.mark.parametrize("code", PLACES)
    def test_nobody_who_is_not_published_appears(self, resident: FlaskClient, code: str, suffix: str) -> None:
        body = resident.get(f"/p/{code}{suffix}").get_data(as_text=True)
        assert [secret for secret in SECRETS if secret in body] == []

    @pytest.mark.parametrize(
        "address",
        ["/", "/?q=社区工作者4", "/?q=P4", "/api/search?q=社区工作者4", "/api/locate?lon=122.00568137&lat=37.4780108"],
    )
    def test_nor_anywhere_else(self, resident: FlaskClient, address: str) -> None:
        body = (
            resident.get(address).get_data(as_text=True).replace('value="社区工作者4"', "").replace("“社区工作者4”", "")
        )
        assert [secret for secret in SECRETS if secret in body] == []


class TestLocate:
    def located(self, client: FlaskClient) -> Any:
        return client.get("/api/locate", query_string={**WHERE, "lang": "en"}).get_json()

    def test_a_resident_hears_of_those_in_office_alone(self, resident: FlaskClient) -> None:
        leaders = {(one["role"], one["place_code"]): one for one in self.located(resident)["leaders"]}
        assert leaders["stairwell", STAIRWELL]["name"] == "社区工作者2"
        assert leaders["stairwell", STAIRWELL]["in_office"]
        assert leaders["compound", COMPOUND]["status"] == "assigned"
        assert leaders["compound", COMPOUND]["name"] is None
        assert leaders["grid", GRID]["status"] == "vacant"
        assert leaders["grid", GRID]["cause"] is None

    def test_who_may_look_at_the_analyses_is_told_that_it_is_a_proposal(self, staffed: Engine) -> None:
        desk = create_app(staffed, testing=True).test_client()
        grid = next(one for one in self.located(desk)["leaders"] if one["role"] == "grid")
        assert (grid["name"], grid["in_office"], grid["status_label"]) == ("社区工作者1", False, "proposed")

    def test_the_committee_has_its_name_and_its_hours(self, resident: FlaskClient) -> None:
        committee = self.located(resident)["committee"]
        assert committee["name"] == "Residents' committee of 金海湾社区"
        assert committee["office"]["open_now"] is False
        assert committee["service_centre"]["open_now"] is True
        assert committee["service_centre"]["services"] == "社会保障 民政救助"

    @pytest.mark.parametrize("part", ["Committee", "Site"])
    def test_what_is_promised_of_the_committee_is_there(self, resident: FlaskClient, part: str) -> None:
        promised = resident.get("/api/openapi.json").get_json()["components"]["schemas"][part]
        committee = self.located(resident)["committee"]
        told = [committee] if part == "Committee" else [committee["office"], committee["service_centre"]]
        for one in told:
            assert set(promised["required"]) <= set(one) <= set(promised["properties"])


class TestUnknown:
    @pytest.mark.parametrize("code", ["nothing", "P1", "P4", "371071004601", "x" * 300])
    @pytest.mark.parametrize("suffix", ["", "/plate", "/qr.svg"])
    def test_an_unknown_code_leads_to_the_search(self, resident: FlaskClient, code: str, suffix: str) -> None:
        answer = resident.get(f"/p/{code}{suffix}")
        assert answer.status_code == 404
        assert '<input id="find" name="q"' in answer.get_data(as_text=True)

    def test_a_person_s_code_is_as_unknown_as_any(self, resident: FlaskClient) -> None:
        person, nothing = (resident.get(f"/p/{code}").get_data(as_text=True) for code in ("P1", "Q1"))
        assert person == nothing


class TestPlate:
    def test_the_qr_code_holds_the_page_s_whole_address(self, resident: FlaskClient) -> None:
        """Compared with what segno draws for the address by which the server was asked."""
        drawn = resident.get(f"/p/{BUILDING}/qr.svg", base_url="http://localhost:8123")
        expected = segno.make(f"http://localhost:8123/p/{BUILDING}", error="m").svg_inline(scale=8, light="#fff")
        assert drawn.mimetype == "image/svg+xml"
        path = re.compile(r' d="([^"]+)"')
        assert path.findall(drawn.get_data(as_text=True)) == path.findall(expected)

    def test_the_plate_shows_place_committee_and_phone(self, resident: FlaskClient) -> None:
        said = words(resident, f"/p/{STAIRWELL}/plate")
        assert "A小区 1号楼, stairwell 1" in said
        assert "Residents&#39; committee of 金海湾社区" in said
        assert PHONE in said

    @pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", True), ("localhost", True), ("map.example", False)])
    def test_a_plate_that_only_this_machine_can_open_says_so(self, staffed: Engine, host: str, warned: bool) -> None:
        client = create_app(staffed, desk=False, trusted_hosts=None, testing=True).test_client()
        page = client.get(f"/p/{BUILDING}/plate?lang=en", base_url=f"http://{host}").get_data(as_text=True)
        assert ("only this machine" in page) == warned


class TestFrontPage:
    def test_residents_get_the_question_and_the_desk_the_map(self, resident: FlaskClient, staffed: Engine) -> None:
        assert "Which committee is mine?" in words(resident, "/")
        desk = create_app(staffed, testing=True).test_client()
        assert 'id="map-config"' in desk.get("/").get_data(as_text=True)
        assert "Which committee is mine?" in words(desk, "/", q="A小区")

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("A小区", COMPOUND),
            ("jhw", URBAN),
            ("北山村", VILLAGE),
            ("南路2号", f"{URBAN}-A-2"),
            ("A小区 2号楼", f"{URBAN}-A-2"),
        ],
    )
    def test_a_query_finds_places_without_a_script(self, resident: FlaskClient, query: str, code: str) -> None:
        page = resident.get("/", query_string={"q": query}).get_data(as_text=True)
        found = page.split("data-found")[1].split("</section>")[0]
        assert unquote(re.findall(r'href="/p/([^"]+)"', found)[0]) == code

    def test_nothing_found_says_what_to_try(self, resident: FlaskClient) -> None:
        assert "Nothing found. Try part of the address" in words(resident, "/", q="qqqq")

    def test_an_empty_query_is_the_front_page(self, resident: FlaskClient) -> None:
        assert resident.get("/?q=%20").status_code == 200

    def test_a_query_that_is_too_long_is_refused_in_words(self, resident: FlaskClient) -> None:
        assert resident.get("/", query_string={"q": "长" * 101}).status_code == 400

    def test_what_was_typed_stays_text(self, resident: FlaskClient) -> None:
        assert "<b>x</b>" not in resident.get("/", query_string={"q": "<b>x</b>"}).get_data(as_text=True)

    def test_all_communities_can_be_browsed(self, resident: FlaskClient) -> None:
        listed = resident.get("/").get_data(as_text=True).split("<details>")[1]
        assert re.findall(r'href="/p/([^"]+)"', listed.split("</details>")[0]) == [STREET, URBAN, VILLAGE]

    def test_an_empty_district_has_one_too(self, database: Engine) -> None:
        client = create_app(database, desk=False, testing=True).test_client()
        assert "Which committee is mine?" in words(client, "/")


@pytest.mark.parametrize("address", [f"/p/{STAIRWELL}", f"/p/{URBAN}", f"/p/{STREET}", f"/p/{BUILDING}/plate", "/"])
def test_a_page_and_all_that_it_loads_stay_within_60_kb(resident: FlaskClient, address: str) -> None:
    def sent(path: str) -> bytes:
        return resident.get(path, headers={"Accept-Encoding": "gzip"}).get_data()

    def unpacked(body: bytes) -> str:
        return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()

    page = sent(address)
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+|/p/[^"]+\.svg)"', unpacked(page)))
    waiting = list(loaded)
    while waiting:
        path = waiting.pop()
        imported = re.findall(r'^import .* from "\.{1,2}/([^"]+)"', unpacked(sent(path)), re.MULTILINE)
        found = {f"/static/js/{name}" for name in imported} - loaded
        loaded |= found
        waiting += found
    assert not any("maplibre" in path for path in loaded)
    assert len(page) + sum(len(sent(path)) for path in loaded) <= BUDGET
