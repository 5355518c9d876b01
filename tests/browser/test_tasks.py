"""The tasks' panels: isolation, grids and leaders, plans, data; and the table that is linked with the map."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import ISOLATED, Visit

pytestmark = pytest.mark.browser


def test_isolation_begins_with_the_answer(visit: Visit) -> None:
    page = visit.open("task=isolation", lang="en")
    expect(page.locator("#task .answer")).to_have_text("1 of 4 surveyed compounds is isolated.")


def test_isolation_lists_the_worst_first(visit: Visit) -> None:
    page = visit.open("task=isolation")
    expect(page.locator("#task .item:not(:has(.rank)) .name")).to_have_text(["D小区", "A小区"])


def test_a_proposed_gate_has_a_card_with_its_gain(visit: Visit) -> None:
    page = visit.open("task=isolation", lang="en")
    page.locator("#task .item:has(.rank)").click()
    expect(page.locator("#card .answer")).to_contain_text("480 households by 260 m")


def test_the_legend_counts_the_classes(visit: Visit) -> None:
    page = visit.open("task=isolation", lang="en")
    expect(page.locator("#legend li").first).to_have_text("isolated1")


def test_the_table_sorts_and_filters_and_selects(visit: Visit) -> None:
    page = visit.open("task=isolation", lang="en")
    page.get_by_role("button", name="All compounds as a table").click()
    names = page.locator("#drawer tbody .name")
    expect(names.first).to_have_text("D小区")
    page.get_by_role("button", name="Compound", exact=True).click()
    expect(names).to_have_text(["A小区", "B小区", "C小区", "D小区"])
    page.get_by_label("Filter the table").fill("D小")
    expect(names).to_have_text(["D小区"])
    names.first.click()
    expect(page.locator("#card h2")).to_have_text("D小区")
    expect(page.locator(f"#drawer tr[data-code='{ISOLATED}']")).to_have_attribute("aria-selected", "true")


def test_grids_name_their_vacancies(visit: Visit) -> None:
    page = visit.open("task=grids", lang="en")
    expect(page.locator("#task .answer")).to_have_text("1 of 2 grids have no leader.")
    page.get_by_label("Only grids without a leader").check()
    expect(page.locator("#task .list .item")).to_have_count(1)


def test_plans_mark_what_stays_below_the_threshold(visit: Visit) -> None:
    page = visit.open("task=plans", lang="en")
    expect(page.locator("#task .list .badge")).to_have_text("below the threshold")


def test_data_name_the_state_of_each_result(visit: Visit) -> None:
    page = visit.open("task=data", lang="en")
    expect(page.locator("#task .list").first.locator("li")).to_have_count(6)


def test_an_analysis_that_never_ran_says_how_to_run_it(visit: Visit) -> None:
    visit.page.route(
        lambda url: url.endswith("/?lang=en"),
        lambda route: route.fulfill(
            response=(answer := route.fetch()), body=answer.text().replace('"status": "current"', '"status": "never"')
        ),
    )
    page = visit.open("task=isolation", lang="en")
    expect(page.locator("#task .notice")).to_contain_text("gridmap isolation")


def test_the_keyboard_goes_into_the_card_and_back_to_the_list(visit: Visit) -> None:
    page = visit.open("task=isolation")
    item = page.locator(f"#task .item[data-code='{ISOLATED}']")
    item.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_be_focused()
    page.keyboard.press("Escape")
    expect(item).to_be_focused()
