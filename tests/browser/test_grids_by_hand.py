"""Grids corrected on the map: drawn, undone, published, and by two people at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from gridmap.database import results
from gridmap.services import grid_drafts
from tests.fixtures.browser import _grids
from tests.fixtures.districts import URBAN, make_town
from tests.fixtures.planning import A, Planner, Planning

pytestmark = pytest.mark.browser


@pytest.fixture
def draft(planning_engine: Engine) -> int:
    """A draft of the urban community's one grid, which the test may publish."""
    grids, members = _grids(make_town())
    with planning_engine.begin() as connection:
        connection.execute(text("DELETE FROM gridmap.plans WHERE origin = 'grids'"))
        layers = {"grids": grids, "members": members}
        results.save(connection, "grids", layers, settings={}, version=None, summary={})
    return grid_drafts.start(planning_engine, URBAN, actor="planner")


def editor(window: Planning, draft: int) -> Page:
    window.page.goto(f"{window.site}/grids/drafts/{draft}?lang=en")
    return window.ready()


def middle_of(window: Planning, compound: str) -> tuple[float, float]:
    """Where the first building of a compound is on the screen."""
    code = window.page.evaluate(
        "code => globalThis.gridmapEditor.plan.ground.about.find((one) => one.community === code).code", compound
    )
    return window.at(code)


def split_off(window: Planning, compound: str) -> None:
    """Give the compound a grid of its own."""
    window.page.get_by_role("button", name="New grid").click()
    window.page.get_by_role("button", name="Whole compound", exact=True).click()
    window.page.mouse.click(*middle_of(window, compound))
    window.saved()


def households(window: Planning) -> list[str]:
    return window.page.locator("#regions .region-count").all_inner_texts()


def test_from_the_card_of_a_community_to_a_draft_of_its_grids(planner: Planner, draft: int) -> None:
    window = planner()
    page = window.page
    page.goto(f"{window.site}/?lang=en#place={URBAN}")
    page.get_by_role("link", name="Grids: look at them or correct them").click()
    page.get_by_role("link", name=re.compile("^Draft")).first.click()
    window.ready()
    expect(page.locator("#regions .region-row")).to_have_count(1)


def test_a_compound_becomes_a_grid_of_its_own(planner: Planner, draft: int) -> None:
    window = planner()
    editor(window, draft)
    split_off(window, A)
    assert households(window) == ["720", "240"]


def test_the_checks_follow_every_stroke(planner: Planner, draft: int) -> None:
    window = planner()
    page = editor(window, draft)
    expect(page.locator("#check-outside")).to_contain_text("1 grid outside the bounds")
    page.get_by_role("button", name="Erase", exact=True).click()
    page.mouse.click(*middle_of(window, A))
    expect(page.locator("#check-unassigned")).to_contain_text("in no grid")


def test_undo_and_redo_survive_closing_the_browser(planner: Planner, draft: int) -> None:
    window = planner()
    editor(window, draft)
    split_off(window, A)
    again = planner()
    page = editor(again, draft)
    page.get_by_role("button", name="Undo").click()
    again.saved()
    assert households(again) == ["960"]
    page.get_by_role("button", name="Redo").click()
    again.saved()
    assert households(again) == ["720", "240"]


def test_two_people_at_once_lose_no_change(planner: Planner, draft: int) -> None:
    one, other = planner(), planner()
    editor(one, draft)
    page = editor(other, draft)
    split_off(one, A)
    page.get_by_role("button", name="Erase", exact=True).click()
    page.mouse.click(*middle_of(other, A))
    expect(page.locator("#toast")).to_contain_text("has changed this plan meanwhile")
    expect(page.locator("#regions .region-count")).to_have_text(["720", "240"])


def test_a_draft_is_published_as_a_whole(planner: Planner, draft: int, planning_engine: Engine) -> None:
    window = planner()
    page = editor(window, draft)
    split_off(window, A)
    page.get_by_role("button", name="Publish").click()
    page.locator("#adopt-form [name=why]").fill("A is a grid of its own")
    page.locator("#adopt-form [name=from]").fill("2026-09-01")
    page.locator("#adopt-form button.primary").click()
    expect(page.get_by_text("Published by planner")).to_be_visible()
    with planning_engine.connect() as connection:
        query = text("SELECT code, households FROM gridmap.grids WHERE community_code = :code ORDER BY code")
        found = dict(connection.execute(query, {"code": URBAN}).all())
    assert found == {f"{URBAN}001": 720, f"{URBAN}002": 240}


def test_the_history_names_what_was_published(planner: Planner, draft: int) -> None:
    window = planner()
    page = editor(window, draft)
    page.get_by_role("button", name="Publish").click()
    page.locator("#adopt-form [name=why]").fill("as they are")
    page.locator("#adopt-form [name=from]").fill("2026-09-01")
    page.locator("#adopt-form button.primary").click()
    expect(page.get_by_text("Published by planner")).to_be_visible()
    page.goto(f"{window.site}/grids/{URBAN}?lang=en")
    expect(page.get_by_role("row", name=re.compile("as they are"))).to_contain_text("in force from 2026-09-01")


def test_by_touch(planner: Planner, draft: int) -> None:
    window = planner(touch=True)
    page = editor(window, draft)
    page.get_by_role("button", name="New grid").tap()
    page.get_by_role("button", name="Whole compound", exact=True).tap()
    page.locator("#map").scroll_into_view_if_needed()
    page.touchscreen.tap(*middle_of(window, A))
    window.saved()
    assert households(window) == ["720", "240"]


def test_an_official_looks_and_changes_nothing(planner: Planner, draft: int) -> None:
    window = planner(who="official")
    page = editor(window, draft)
    expect(page.locator("[data-tool]")).to_have_count(0)
