"""Gates on the map and the survey on a phone: what if, colours, neighbours, the table's filters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from gridmap.database.server import PrivateServer
from gridmap.services import accounts
from tests.fixtures.browser import DESK, ISOLATED, PHONE, _engine, _serving, fill
from tests.fixtures.database import fresh_database
from tests.fixtures.districts import URBAN

pytestmark = pytest.mark.browser

PASSWORD = "seven purple walls 42"
A = f"{URBAN}-A"


@pytest.fixture(scope="module")
def office(database_server: PrivateServer, worker_id: str) -> Iterator[tuple[str, str]]:
    """The town with a planner and an administrator, compound B not surveyed; and the code of a residents' gate."""
    with fresh_database(database_server, f"browser_gates_{worker_id}") as url, _engine(url) as engine:
        fill(engine)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE gridmap.compounds SET enclosure = 'unknown' WHERE code = :code"), {"code": f"{URBAN}-B"}
            )
            gate = connection.scalar(
                text("SELECT code FROM gridmap.gates WHERE compound_code = :code AND access = 'residents' LIMIT 1"),
                {"code": ISOLATED},
            )
        for role in ("planner", "administrator"):
            accounts.add(engine, name=role, role=role, password=PASSWORD, actor="test")
        with _serving(engine) as site:
            yield site, str(gate)


def logged_in(chromium: Browser, site: str, role: str, **settings: object) -> Page:
    page = chromium.new_context(locale="en-GB", reduced_motion="reduce", **settings).new_page()
    page.goto(f"{site}/login?lang=en")
    page.locator("input[name=name]").fill(role)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").last.click()
    page.wait_for_url(lambda address: "/login" not in address)
    return page


@pytest.fixture
def planner(chromium: Browser, office: tuple[str, str]) -> Iterator[Page]:
    page = logged_in(chromium, office[0], "planner", viewport=DESK)
    yield page
    page.context.close()


def task(page: Page, site: str, rest: str = "") -> Page:
    page.goto(f"{site}/?lang=en#task=isolation{rest}")
    page.locator("body[data-ready]").wait_for()
    return page


def test_the_compounds_are_coloured_by_a_single_measure(planner: Page, office: tuple[str, str]) -> None:
    page = task(planner, office[0])
    page.locator("#measure").select_option("isolation-score")
    expect(page.locator("#legend summary")).to_contain_text("score")


def test_the_table_shows_the_class_that_is_chosen(planner: Page, office: tuple[str, str]) -> None:
    page = task(planner, office[0])
    page.get_by_role("button", name="All compounds as a table").click()
    page.locator("#drawer select[name=class]").select_option("isolated")
    expect(page.locator("#drawer tbody tr")).to_have_count(1)


def test_the_card_of_a_compound_names_its_worst_neighbours(planner: Page, office: tuple[str, str]) -> None:
    page = task(planner, office[0], f"&place={ISOLATED}")
    expect(page.locator("[data-neighbour]").first).to_be_visible()


def test_the_walk_to_a_chosen_neighbour_is_told_against_the_straight_line(
    planner: Page, office: tuple[str, str]
) -> None:
    page = task(planner, office[0], f"&place={A}")
    page.locator("[data-neighbour]").first.click()
    expect(page.locator("#card [role=status]")).to_contain_text("straight")


def try_opening(page: Page, office: tuple[str, str]) -> Page:
    task(page, office[0], f"&place={office[1]}")
    page.get_by_role("button", name="What if it were open to the public").click()
    page.locator("[data-effect]").wait_for()
    return page


def test_opening_a_gate_says_who_would_walk_less(planner: Page, office: tuple[str, str]) -> None:
    page = try_opening(planner, office)
    expect(page.locator("[data-effect]")).to_contain_text("households would walk")


def test_a_what_if_is_gone_unless_it_is_kept(planner: Page, office: tuple[str, str]) -> None:
    page = try_opening(planner, office)
    page.reload()
    expect(page.locator("#what-if")).to_contain_text("Put a gate on the map")
    expect(page.locator("[data-effect]")).to_have_count(0)


def test_a_kept_what_if_is_in_the_list(planner: Page, office: tuple[str, str]) -> None:
    page = try_opening(planner, office)
    page.get_by_label("Name of the scenario").fill("east gate")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("button", name="east gate")).to_be_visible()


@pytest.fixture
def phone(chromium: Browser, office: tuple[str, str]) -> Iterator[Page]:
    page = logged_in(chromium, office[0], "administrator", viewport=PHONE, is_mobile=True, has_touch=True)
    yield page
    page.context.close()


def test_a_tap_on_the_phone_settles_a_place_and_another_takes_it_back(phone: Page, office: tuple[str, str]) -> None:
    phone.goto(f"{office[0]}/survey?lang=en")
    phone.get_by_role("button", name="partly enclosed").first.tap()
    expect(phone.get_by_role("status")).to_contain_text("partly enclosed")
    phone.get_by_role("button", name="Take it back").tap()
    expect(phone.get_by_role("button", name="partly enclosed").first).to_be_visible()


def test_the_list_fits_onto_the_phone(phone: Page, office: tuple[str, str]) -> None:
    phone.goto(f"{office[0]}/survey?lang=en")
    phone.locator(".survey").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
