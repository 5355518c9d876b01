"""The phone: one thumb, a sheet, and "where am I" in all its outcomes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.browser import PHONE, Visit

pytestmark = pytest.mark.browser


def test_the_sheet_has_three_heights(phone: Visit) -> None:
    page = phone.open()
    heights = []
    for name in ("answer", "half", "all"):
        expect(page.locator("body")).to_have_attribute("data-sheet", name)
        heights.append(page.locator(".sheet").bounding_box()["height"])
        page.locator(".grip").tap()
    assert heights == sorted(set(heights))


def test_controls_are_large_enough_for_a_thumb(phone: Visit) -> None:
    page = phone.open("task=isolation")
    boxes = [one.bounding_box() for one in page.locator("button:visible, .tab:visible").all()]
    small = [box for box in boxes if box and (box["width"] < 44 or box["height"] < 44) and box["height"] != 28]
    assert small == []


def test_a_task_raises_the_sheet(phone: Visit) -> None:
    page = phone.open()
    page.locator(".tab", has_text="孤立小区").tap()
    expect(page.locator("body")).to_have_attribute("data-sheet", "half")
    expect(page.locator("#task h1")).to_have_text("孤立小区")


def test_where_am_i_names_compound_and_committee(phone: Visit) -> None:
    page = phone.open(lang="en")
    page.get_by_role("button", name="Where am I").tap()
    expect(page.locator("#card h2")).to_have_text("A小区")
    expect(page.locator("#card")).to_contain_text("12 m")
    expect(page.locator("#card a[href^='tel:']").first).to_be_visible()
    expect(page.locator(".position-dot")).to_be_visible()


def test_a_position_outside_the_district_is_told(stranger: Visit) -> None:
    page = stranger.open(lang="en")
    page.get_by_role("button", name="Where am I").tap()
    expect(page.locator("#toast")).to_contain_text("outside the district")
    expect(page.locator("#toast .button")).to_have_text(["Tap on the map", "Search for a place"])


def test_a_refused_position_offers_a_tap_on_the_map(chromium: Browser, town_site: str) -> None:
    context = chromium.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, permissions=[], reduced_motion="reduce"
    )
    visit = Visit(context, town_site)
    page = visit.open(lang="en")
    visit.settle()
    page.get_by_role("button", name="Where am I").tap()
    expect(page.locator("#toast")).to_contain_text("may not tell your position")
    page.get_by_role("button", name="Tap on the map").tap()
    page.touchscreen.tap(195, 300)
    expect(page.locator("#card h2")).to_be_visible()
    context.close()


def test_an_insecure_connection_is_named(phone: Visit) -> None:
    phone.page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', { value: false })")
    page = phone.open(lang="en")
    page.get_by_role("button", name="Where am I").tap()
    expect(page.locator("#toast")).to_contain_text("https")


def test_the_list_leads_to_a_community_without_the_map(phone: Visit) -> None:
    page = phone.open()
    page.locator(".grip").tap()
    page.locator("summary", has_text="怡园街道").tap()
    page.locator("#task .item", has_text="北山村").tap()
    expect(page.locator("#card h2")).to_have_text("北山村")
