"""Search by hand and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Visit

pytestmark = pytest.mark.browser


def test_the_initials_of_the_pinyin_find_a_community(visit: Visit) -> None:
    page = visit.open()
    page.locator("#search").fill("jhw")
    expect(page.locator(".result").first).to_contain_text("金海湾社区")


def test_arrows_and_enter_choose_a_result(visit: Visit) -> None:
    page = visit.open()
    page.locator("body").press("/")
    page.keyboard.type("bsc")
    expect(page.locator(".result").first).to_contain_text("北山村")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".result").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#card h2")).to_have_text("北山村")


def test_nothing_found_says_what_to_try(visit: Visit) -> None:
    page = visit.open(lang="en")
    page.locator("#search").fill("qqqqzz")
    expect(page.locator(".results [role=status]")).to_contain_text("initials of the pinyin")
