"""Services within reach on the map: chosen, counted, listed, and where one more would help."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from gridmap.database.server import PrivateServer
from gridmap.services.analyses import ANALYSES
from gridmap.services.stored_analyses import analyse_database
from tests.fixtures.browser import DESK, PHONE, Visit, _serving
from tests.fixtures.changing import town_loaded


@pytest.fixture(scope="module")
def reached_site(database_server: PrivateServer, worker_id: str) -> Iterator[str]:
    with town_loaded(database_server, f"browser_reach_{worker_id}") as engine:
        analyse_database(ANALYSES["reach"], engine, actor="test")
        with _serving(engine) as site:
            yield site


@pytest.fixture
def desk(chromium: Browser, reached_site: str) -> Iterator[Visit]:
    context = chromium.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
    yield Visit(context, reached_site)
    context.close()


def reach(visit: Visit, service: str = "committee_office.15") -> Page:
    page = visit.open(f"task=reach&service={service}", lang="en")
    expect(page.locator("#task .answer")).to_be_visible()
    return page


def test_the_answer_comes_first(desk: Visit) -> None:
    page = reach(desk)
    expect(page.locator("#task .answer")).to_have_text("100% of residents are there within 15 minutes on foot.")


def test_other_minutes_are_one_tap_away_and_in_the_address(desk: Visit) -> None:
    page = reach(desk)
    page.get_by_role("radio", name="5 min", exact=True).check()
    expect(page.locator("#task .answer")).to_contain_text("within 5 minutes")
    assert "service=committee_office.5" in page.url


def test_only_kinds_that_are_recorded_are_offered(desk: Visit) -> None:
    page = reach(desk)
    offered = page.locator("#service option").evaluate_all("all => all.map((one) => one.value)")
    assert "committee_office" in offered
    assert "green" not in offered


def test_a_kind_of_the_address_that_is_not_recorded_is_said_to_be_missing(desk: Visit) -> None:
    page = desk.open("task=reach&service=green.15", lang="en")
    expect(page.locator("#task")).to_contain_text("None is recorded in the data.")


def test_a_community_of_the_list_opens_its_card(desk: Visit) -> None:
    page = reach(desk)
    page.locator("#task .list .item").last.click()
    expect(page.locator("#card h2")).to_be_visible()


def test_the_table_has_a_row_a_community(desk: Visit) -> None:
    page = reach(desk)
    page.get_by_role("button", name="All communities as a table").click()
    expect(page.locator("#drawer tbody tr")).to_have_count(2)


def test_the_figures_go_out_as_a_workbook(desk: Visit) -> None:
    page = reach(desk)
    answer = page.request.get(f"{desk.site}/api/reach/export.xlsx")
    assert openpyxl.load_workbook(BytesIO(answer.body())).sheetnames[0]


def test_on_a_phone_all_six_tasks_are_within_the_thumb(chromium: Browser, reached_site: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", reduced_motion="reduce")
    page = reach(Visit(context, reached_site))
    tabs = page.locator(".tab[data-task]")
    sides = [tabs.nth(n).bounding_box() for n in range(tabs.count())]
    assert [round(box["y"]) for box in sides if box] == [round(sides[0]["y"])] * 6
    context.close()


def test_nothing_complains(desk: Visit) -> None:
    reach(desk)
    desk.settle()
    assert desk.complaints == []
