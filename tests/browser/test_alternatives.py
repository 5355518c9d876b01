"""Alternatives in the task of plans: listed, weighed, shown on the map, and each border's reason on click."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gridmap.database import changes, store
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.services.plans import Wishes
from gridmap.services.proposals import propose_into_database
from tests.fixtures.boards import board, centres, middle
from tests.fixtures.browser import DESK, PHONE, Visit, _serving
from tests.fixtures.database import dispose, fresh_database


@pytest.fixture(scope="module")
def proposed_site(database_server: PrivateServer, worker_id: str) -> Iterator[str]:
    hub = centres(("hub", "service_centre", 1200.0, middle(1, 2)))
    made = board(8, 5, streets=2, centres=hub).to_crs("EPSG:4326")
    with fresh_database(database_server, f"browser_plans_{worker_id}") as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            version = changes.record(connection, actor="test", action="import", layers=made.filled())
            store.save_layers(connection, {name: made[name] for name in made.filled()}, version=version)
        propose_into_database(engine, actor="planner", wishes=Wishes(time_limit=3.0), firm_s=0.5)
        with _serving(engine) as site:
            yield site
        dispose(engine)


@pytest.fixture
def desk(chromium: Browser, proposed_site: str) -> Iterator[Visit]:
    context = chromium.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
    yield Visit(context, proposed_site)
    context.close()


def plans(visit: Visit) -> Page:
    page = visit.open("task=plans", lang="en")
    expect(page.locator(".alternatives .item")).not_to_have_count(0)
    return page


def test_the_best_alternative_is_the_one_that_the_map_shows(desk: Visit) -> None:
    page = plans(desk)
    expect(page.locator(".alternatives .item[aria-pressed=true]")).to_have_count(1)
    assert "plan=" in page.url


def test_another_one_is_shown_when_it_is_chosen_by_the_keyboard(desk: Visit) -> None:
    page = plans(desk)
    other = page.locator(".alternatives .item[aria-pressed=false]").first
    number = other.get_attribute("data-plan")
    other.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f".alternatives .item[data-plan='{number}']")).to_have_attribute("aria-pressed", "true")
    assert f"plan={number}" in page.url


def test_the_picture_says_its_scores_to_those_who_dont_see_it(desk: Visit) -> None:
    page = plans(desk)
    expect(page.locator("svg.pareto")).to_have_attribute("role", "img")
    assert "Easy to serve" in (page.locator("svg.pareto").get_attribute("aria-label") or "")


def test_the_axes_can_be_chosen(desk: Visit) -> None:
    page = plans(desk)
    page.get_by_label("Across").select_option(label="Easy to manage")
    expect(page.locator("svg.pareto")).to_contain_text("Easy to manage →")


def test_a_weight_that_is_moved_changes_the_totals(desk: Visit) -> None:
    page = plans(desk)
    page.get_by_text("What the principles count").click()
    with page.expect_response(lambda answer: "weights=1%2C0%2C1%2C1" in answer.url or "weights=1,0,1,1" in answer.url):
        page.get_by_label("Easy to serve", exact=False).last.fill("0")


def test_a_border_says_why_it_runs_there(desk: Visit) -> None:
    page = plans(desk)
    plan = page.locator(".alternatives .item[aria-pressed=true]").get_attribute("data-plan")
    page = desk.open(f"task=plans&plan={plan}&place=border:{plan}:1", lang="en")
    expect(page.locator("#card h2")).to_have_text("Why the border runs here")
    expect(page.locator("#card .answer")).not_to_be_empty()


def test_a_region_of_the_list_opens_its_card(desk: Visit) -> None:
    page = plans(desk)
    page.locator("#task .list .item[data-code^='region:']").first.click()
    expect(page.locator("#card h2")).to_contain_text("mega-community")


def test_the_report_is_one_click_away(desk: Visit) -> None:
    page = plans(desk)
    with page.expect_download() as loading:
        page.get_by_role("link", name="Report of this plan").click()
    assert loading.value.suggested_filename.endswith(".html")


def test_nothing_complains_and_nothing_is_asked_of_other_hosts(desk: Visit) -> None:
    plans(desk)
    desk.settle()
    assert desk.complaints == []
    assert all(address.startswith((desk.site, "blob:", "data:")) for address in desk.requests)


def test_a_phone_shows_it_without_overflow(chromium: Browser, proposed_site: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)
    page = plans(Visit(context, proposed_site))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()
