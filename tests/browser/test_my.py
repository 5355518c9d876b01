"""A leader's phone: from the login to the walk by the gate, with every way in which a position can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from gridmap.database.server import PrivateServer
from gridmap.layers import shift
from gridmap.services import accounts
from tests.fixtures.browser import PHONE, Visit, _engine, _serving, fill
from tests.fixtures.database import fresh_database
from tests.fixtures.districts import URBAN, at

pytestmark = pytest.mark.browser

PASSWORD = "seven purple walls 42"
A, D = f"{URBAN}-A", f"{URBAN}-D"
ON_WEST_STREET = at(-10, 90)
FAR = (116.4, 39.9)

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def office_site(database_server: PrivateServer, worker_id: str) -> Iterator[str]:
    """The town, where one leads the urban community's grid."""
    with fresh_database(database_server, f"browser_my_{worker_id}") as url, _engine(url) as engine:
        fill(engine)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO gridmap.assignments (role, place_code, staff_code, version)"
                    " VALUES ('grid', :g, 'P1', 1)"
                ),
                {"g": f"{URBAN}001"},
            )
        accounts.add(engine, name="leader", role="leader", staff="P1", password=PASSWORD, actor="test")
        with _serving(engine) as site:
            yield site


@pytest.fixture
def phone(chromium: Browser, office_site: str) -> Iterator[Opened]:
    """A phone that is logged in and, unless refused, says that it stands at a point."""
    contexts = []

    def opened(point: tuple[float, float] | None = ON_WEST_STREET, *, lang: str = "en", **more: Any) -> Page:
        where: dict[str, Any] = {"permissions": []}
        if point is not None:
            spot = {"longitude": point[0], "latitude": point[1], "accuracy": 20}
            where = {"permissions": ["geolocation"], "geolocation": spot}
        settings = {
            "viewport": PHONE,
            "has_touch": True,
            "is_mobile": True,
            "reduced_motion": "reduce",
            **where,
            **more,
        }
        context = chromium.new_context(**settings)
        contexts.append(context)
        visit = Visit(context, office_site)
        visit.page.goto(f"{office_site}/login?lang={lang}")
        visit.page.locator("[name=name]").fill("leader")
        visit.page.locator("[name=password]").fill(PASSWORD)
        return visit.page

    yield opened
    for context in contexts:
        context.close()


def logged_in(page: Page) -> Page:
    page.locator("form .button.primary").tap()
    page.wait_for_url("**/my")
    return page


def walk_to(page: Page, code: str) -> Page:
    logged_in(page)
    page.goto(page.url + f"/walk?to={code}")
    return page


def test_four_taps_from_the_login_to_the_walk_by_the_gate(phone: Opened) -> None:
    """Log in, the grid, the building, the stairwell."""
    page = phone()
    page.locator("form .button.primary").tap()
    page.locator(".item", has_text="网格").tap()
    page.locator(".item", has_text="A小区").first.tap()
    page.locator(".stairwell .button.primary").first.tap()
    expect(page.locator(".walk-answer")).to_contain_text("by the south gate")
    expect(page.locator(".steps .is-gate")).to_have_text("Through the south gate of A小区")


def test_in_chinese_it_says_by_which_gate(phone: Opened) -> None:
    page = walk_to(phone(lang="zh"), f"{A}-1-1")
    expect(page.locator(".walk-answer")).to_contain_text("经南门")


def test_the_leader_s_own_gates_open(phone: Opened) -> None:
    page = walk_to(phone(at(350, -10)), f"{D}-1-1")
    expect(page.locator(".walk-answer")).to_contain_text("by the south gate")


def test_a_refused_position_offers_search_instead(phone: Opened) -> None:
    page = walk_to(phone(None), f"{A}-1-1")
    expect(page.locator("[role=alert]")).to_contain_text("may not tell your position")
    page.get_by_role("button", name="Search for a place").tap()
    page.get_by_role("searchbox").fill("金海湾幼儿园")
    page.locator("#walk .item").first.tap()
    expect(page.locator(".walk-answer")).to_contain_text("on foot")
    expect(page.locator("#walk")).to_contain_text("The place you chose")


def test_a_refused_position_offers_a_tap_on_the_map(phone: Opened) -> None:
    page = walk_to(phone(None), f"{A}-1-1")
    page.get_by_role("button", name="Tap on the map").tap()
    page.locator(".small-map[data-drawn]").wait_for()
    page.locator(".small-map canvas").tap()
    expect(page.locator(".walk-answer")).to_contain_text("on foot")


def test_an_insecure_connection_is_named(phone: Opened) -> None:
    page = phone()
    page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
    walk_to(page, f"{A}-1-1")
    expect(page.locator("[role=alert]")).to_contain_text("https")


def test_a_position_outside_the_district_is_told(phone: Opened) -> None:
    page = walk_to(phone(FAR), f"{A}-1-1")
    expect(page.locator("[role=alert]")).to_contain_text("outside the district")


def test_a_shifted_position_outside_is_shifted_back(phone: Opened) -> None:
    lon, lat = shift([at(410, 300)], source="wgs84", target="gcj02")[0]
    page = walk_to(phone((lon, lat)), f"{A}-1-1")
    expect(page.locator("#walk .notice").first).to_contain_text("shifted back")
    expect(page.locator(".walk-answer")).to_contain_text("by the south gate")


def test_a_shifted_position_inside_is_shifted_back_when_asked(phone: Opened) -> None:
    page = walk_to(phone(at(390, 205)), f"{A}-1-1")
    expect(page.locator(".walk-answer")).to_be_visible()
    page.locator("details summary").tap()
    with page.expect_request(lambda request: "crs=gcj02" in request.url):
        page.get_by_label("The position looks off by about 500 m").tap()


def test_what_is_near_comes_with_distance_and_direction(phone: Opened) -> None:
    page = logged_in(phone(at(50, 15)))
    page.get_by_role("button", name="Near me").tap()
    first = page.locator("#near-answer .item").first
    expect(first).to_contain_text("5 m to the north")
    expect(first.locator(".badge")).to_have_text("mine")
    expect(page.locator("#near-answer")).to_contain_text("20 m")
    first.tap()
    expect(page.locator("h1")).to_have_text("1号楼")


def test_the_map_is_fetched_only_when_it_is_asked_for(phone: Opened) -> None:
    page = phone()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    walk_to(page, f"{A}-1-1")
    expect(page.locator(".walk-answer")).to_be_visible()
    assert [url for url in requests if "maplibre" in url or "/tiles/" in url] == []
    page.get_by_role("button", name="Show on the map").tap()
    page.locator(".small-map[data-drawn]").wait_for()
    assert any("maplibre" in url for url in requests)


def test_without_webgl_the_words_stay(phone: Opened) -> None:
    page = phone()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    walk_to(page, f"{A}-1-1")
    page.get_by_role("button", name="Show on the map").tap()
    expect(page.locator("#walk [role=alert]")).to_contain_text("can't draw the map")
    expect(page.locator(".steps")).to_be_visible()


def test_controls_are_large_enough_for_a_thumb(phone: Opened) -> None:
    page = walk_to(phone(), f"{A}-1-1")
    expect(page.locator(".walk-answer")).to_be_visible()
    boxes = [one.bounding_box() for one in page.locator("main .button:visible, main input:visible").all()]
    assert [box for box in boxes if box and box["height"] < 44 and box["width"] > 20] == []
