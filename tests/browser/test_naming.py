"""A stairwell gets its leader on a phone, in forms that need no script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gridmap.database.server import PrivateServer
from gridmap.services import accounts
from tests.fixtures.browser import PATIENCE, PHONE, _engine, _serving, fill
from tests.fixtures.database import fresh_database
from tests.fixtures.districts import URBAN

pytestmark = pytest.mark.browser

PASSWORD = "seven tall green pines"
STAIRWELL = f"{URBAN}-A-1-1"


@pytest.fixture(scope="module")
def office(database_server: PrivateServer, worker_id: str) -> Iterator[str]:
    """The address of the app with the town, and an account of its community's staff."""
    with fresh_database(database_server, f"naming_{worker_id}") as url, _engine(url) as engine:
        fill(engine)
        accounts.add(engine, name="wang", role="staff", community=URBAN, password=PASSWORD, actor="t")
        with _serving(engine) as site:
            yield site


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Browser, office: str) -> Iterator[Page]:
    """A phone on which the community's staff is logged in."""
    context = chromium.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=request.param, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{office}/login?lang=en&next=/posts")
    page.locator("[name=name]").fill("wang")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form.form button").tap()
    page.wait_for_url(f"{office}/posts")  # what is gone to before the login has answered would be cut short by it
    yield page
    context.close()


@pytest.mark.parametrize(("page", "number"), [(True, 1), (False, 2)], indirect=["page"], ids=["script", "no script"])
def test_a_stairwell_leader_is_named_and_their_term_ended(page: Page, number: int) -> None:
    page.get_by_role("link", name="32 of 32 vacant").tap()
    page.get_by_role("link", name=f"A小区 1号楼, stairwell {number}").tap()
    page.locator("section.role", has_text="stairwell leader").get_by_role("link", name="Name somebody").tap()
    page.get_by_text("社区工作者1").tap()
    page.locator("[name=since]").fill("2026-05-01")
    page.get_by_role("button", name="Name: stairwell leader").tap()
    expect(page.get_by_role("status")).to_contain_text("Named.")
    expect(page.locator(".person h3").first).to_have_text("社区工作者1")
    page.locator("summary", has_text="End the term").first.tap()
    page.locator("[name=until]").first.fill("2026-06-01")
    page.get_by_role("button", name="End the term of 社区工作者1").tap()
    expect(page.get_by_role("status")).to_contain_text("recorded")
    expect(page.get_by_role("heading", name="Earlier terms")).to_be_visible()


@pytest.mark.parametrize("page", [False], indirect=True, ids=["no script"])
def test_controls_are_large_enough_for_a_thumb(page: Page, office: str) -> None:
    for address in (f"/posts/{STAIRWELL}", f"/posts/{STAIRWELL}/name?role=stairwell", f"/corrections/{URBAN}-A-G"):
        page.goto(office + address)
        boxes = [one.bounding_box() for one in page.locator("main .button:visible, main .choice-row:visible").all()]
        assert [box for box in boxes if box and box["height"] < 44] == []
        assert page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]
