"""A resident with a phone: from a door plate to the committee's number, and from a position to the committee."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from gridmap.layers.shifted import shift
from tests.fixtures.browser import IN_COMPOUND_A, PHONE, Visit
from tests.fixtures.districts import URBAN

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]

BUILDING = f"/p/{URBAN}-A-1"
IN_A_BUILDING = {"longitude": 122.00568137, "latitude": 37.4780108}


@pytest.fixture
def resident(chromium: Browser, public_site: str) -> Iterator[Open]:
    """A phone without a login: `resident(position)` stands somewhere and says so, `resident()` won't say where."""
    with ExitStack() as windows:

        def start(position: dict[str, float] | None = None, **options: Any) -> Visit:
            told = {"permissions": ["geolocation"], "geolocation": {"accuracy": 12, **position}} if position else {}
            context = chromium.new_context(
                locale="zh-CN",
                reduced_motion="reduce",
                has_touch=True,
                is_mobile=True,
                **{"viewport": PHONE, "permissions": [], **told, **options},
            )
            windows.callback(context.close)
            return Visit(context, public_site)

        yield start


def goto(visit: Visit, path: str) -> Page:
    visit.page.goto(f"{visit.site}{path}")
    return visit.page


def in_view(page: Page, locator: str) -> bool:
    box = page.locator(locator).first.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]


@pytest.mark.parametrize("code", [f"{URBAN}-A-1", f"{URBAN}-A-1-1", f"{URBAN}-A", URBAN])
@pytest.mark.parametrize("script", [True, False])
def test_from_the_qr_code_to_the_phone_number_in_one_step(resident: Open, code: str, script: bool) -> None:
    """What the plate's code opens shows the number to tap without scrolling, with scripts or without."""
    page = goto(resident(java_script_enabled=script), f"/p/{code}")
    expect(page.locator("a[href='tel:0631-5680000']").first).to_be_visible()
    assert in_view(page, "a.big[href='tel:0631-5680000']")


def test_nothing_of_the_map_is_fetched_before_it_is_asked_for(resident: Open) -> None:
    visit = resident()
    page = goto(visit, BUILDING)
    expect(page.get_by_role("button", name="在地图上看")).to_be_visible()
    assert [url for url in visit.requests if "maplibre" in url or "tiles" in url] == []
    page.get_by_role("button", name="在地图上看").tap()
    page.locator(".public-map[data-drawn]").wait_for()
    assert any("maplibre" in url for url in visit.requests)
    expect(page.locator(".map-pin")).to_have_text(["A小区 1号楼", "金海湾社区居委会"])
    assert visit.complaints == []


@pytest.mark.parametrize("path", [BUILDING, f"/p/{URBAN}", "/", "/?q=A", "/p/nothing", f"{BUILDING}/plate"])
def test_targets_are_large_enough_for_a_thumb(resident: Open, path: str) -> None:
    page = goto(resident(), path)
    boxes = [
        one.bounding_box() for one in page.locator("a:visible, button:visible, input:visible, summary:visible").all()
    ]
    assert boxes
    assert [box for box in boxes if box and (box["height"] < 44 or box["width"] < 44)] == []


@pytest.mark.parametrize("path", [BUILDING, "/", "/p/nothing"])
def test_no_page_is_wider_than_the_phone(resident: Open, path: str) -> None:
    page = goto(resident(viewport={"width": 360, "height": 640}), path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_headings_go_from_the_place_to_its_parts(resident: Open) -> None:
    page = goto(resident(), BUILDING)
    levels = [one.evaluate("node => node.tagName") for one in page.locator("h1, h2, h3").all()]
    assert levels == ["H1", *["H2"] * (len(levels) - 1)]


def test_places_come_while_one_types(resident: Open) -> None:
    page = goto(resident(), "/")
    page.get_by_label("地址、小区或社区名称").fill("jhw")
    page.locator("[data-found] a", has_text="金海湾社区").first.tap()
    expect(page.locator("h1")).to_have_text("金海湾社区")


def test_without_a_script_the_button_searches(resident: Open) -> None:
    page = goto(resident(java_script_enabled=False), "/")
    expect(page.get_by_role("button", name="我在哪里")).to_have_count(0)
    page.get_by_label("地址、小区或社区名称").fill("A小区")
    page.get_by_role("button", name="搜索").tap()
    page.locator("[data-found] a", has_text="A小区").first.tap()
    expect(page.locator("h1")).to_have_text("A小区")


class TestWhereAmI:
    def ask(self, visit: Visit) -> Page:
        page = goto(visit, "/")
        page.get_by_role("button", name="我在哪里").tap()
        return page

    def test_a_position_in_a_building_opens_its_page(self, resident: Open) -> None:
        page = self.ask(resident(IN_A_BUILDING))
        expect(page.locator("h1")).to_have_text("A小区 1号楼")

    def test_a_vague_position_opens_the_community_s_page(self, resident: Open) -> None:
        page = self.ask(resident({**IN_A_BUILDING, "accuracy": 400}))
        expect(page.locator("h1")).to_have_text("金海湾社区")

    def test_refused(self, resident: Open) -> None:
        page = self.ask(resident())
        expect(page.locator("[data-said]")).to_have_text(re.compile("没有获得定位权限"), use_inner_text=True)
        expect(page.get_by_label("地址、小区或社区名称")).to_be_visible()

    def test_outside_the_district(self, resident: Open) -> None:
        page = self.ask(resident({"longitude": 116.4, "latitude": 39.9}))
        expect(page.locator("[data-said]")).to_have_text(re.compile("不在本区内"), use_inner_text=True)

    def test_shifted_by_gcj_02(self, resident: Open) -> None:
        """What a phone in compound A tells that gives the coordinates of Chinese maps: half a kilometre off."""
        ((lon, lat),) = shift([tuple(IN_COMPOUND_A.values())], source="wgs84", target="gcj02")
        page = self.ask(resident({"longitude": float(lon), "latitude": float(lat)}))
        expect(page.locator("[data-said]")).to_have_text(re.compile("GCJ-02.*A小区", re.DOTALL), use_inner_text=True)
        page.locator("[data-place]").tap()
        expect(page.locator("h1")).to_have_text(re.compile("^A小区"))

    def test_without_a_secure_connection(self, resident: Open) -> None:
        visit = resident(IN_A_BUILDING)
        visit.page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
        page = self.ask(visit)
        expect(page.locator("[data-said]")).to_have_text(re.compile("https"), use_inner_text=True)

    def test_the_server_has_gone(self, resident: Open) -> None:
        visit = resident(IN_A_BUILDING)
        visit.page.route("**/api/locate*", lambda route: route.abort())
        page = self.ask(visit)
        expect(page.locator("[data-said]")).to_have_text(re.compile("连接不到服务器"), use_inner_text=True)
