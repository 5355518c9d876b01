"""An office worker drops a file, sees on a map what was understood, and loads it; a closed browser loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from gridmap.database.server import PrivateServer
from gridmap.database.store import load_layer
from gridmap.domain.district import District
from gridmap.layers import write
from gridmap.services import accounts, work
from gridmap.services.settings import Settings
from tests.fixtures.browser import DESK, PATIENCE, _engine, _serving, fill
from tests.fixtures.database import fresh_database

pytestmark = pytest.mark.browser

PASSWORD = "seven tall green pines"


@dataclass
class Office:
    """The app with the town, a planner's browser, and the worker, which works when a test says so."""

    page: Page
    site: str
    engine: Engine
    home: Path

    def work(self) -> None:
        with ThreadPoolExecutor() as thread:  # the browser's driver has this thread's event loop
            thread.submit(work.work_off, self.engine.url, Settings(home=self.home)).result()


@pytest.fixture(scope="module")
def office_engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with fresh_database(database_server, f"imports_{worker_id}") as url, _engine(url) as engine:
        fill(engine)
        accounts.add(engine, name="wang", role="planner", password=PASSWORD, actor="t")
        yield engine


@pytest.fixture
def office(
    request: pytest.FixtureRequest, chromium: Browser, office_engine: Engine, tmp_path: Path
) -> Iterator[Office]:
    with _serving(office_engine) as site:
        context = chromium.new_context(viewport=DESK, java_script_enabled=request.param, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{site}/login?lang=en&next=/imports")
        page.locator("[name=name]").fill("wang")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("form.form button").click()
        page.wait_for_url("**/imports")  # what is gone to before the login has answered would be cut short by it
        yield Office(page, site, office_engine, tmp_path)
        context.close()


@pytest.fixture
def gates_file(town: District, tmp_path: Path) -> Path:
    """The town's gates, and one that has no place."""
    path = tmp_path / "gates.geojson"
    write(path, {"gates": town["gates"].drop(columns="derived").assign(hours="24/7")})
    body = json.loads(path.read_text(encoding="utf-8"))
    body["features"].append({"type": "Feature", "properties": {"code": "G-lost"}, "geometry": None})
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


@pytest.mark.parametrize("office", [True], indirect=True)
def test_a_file_is_dropped_looked_at_and_loaded(office: Office, gates_file: Path) -> None:
    page = office.page
    page.locator("[name=file]").set_input_files(gates_file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("status")).to_have_text("waits to be read")
    office.work()
    expect(page.locator("[data-drawn=true]")).to_be_visible()
    expect(page.get_by_text("1 rejected: it has no geometry")).to_be_visible()
    expect(page.get_by_role("row", name="Gates 0 3 0 0")).to_be_visible()
    page.get_by_role("button", name="Load all of it").click()
    office.work()
    expect(page.get_by_role("status")).to_contain_text("Loaded as data version")
    with office.engine.connect() as connection:
        assert set(load_layer(connection, "gates")["hours"]) == {"24/7"}
    page.get_by_role("button", name="Take it back").click()
    office.work()
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    with office.engine.connect() as connection:
        assert load_layer(connection, "gates")["hours"].isna().all()


@pytest.mark.parametrize("office", [False], indirect=True, ids=["no script"])
def test_a_browser_that_was_closed_finds_its_file_again(office: Office, chromium: Browser, gates_file: Path) -> None:
    page = office.page
    page.locator("[name=file]").set_input_files(gates_file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("status")).to_have_text("waits to be read")
    state = page.context.storage_state()
    page.context.close()
    office.work()
    context = chromium.new_context(viewport=DESK, java_script_enabled=False, locale="en-GB", storage_state=state)
    again = context.new_page()
    again.goto(f"{office.site}/imports?lang=en")
    again.get_by_role("link", name="gates.geojson").first.click()
    expect(again.get_by_role("button", name="Load all of it")).to_be_visible()
    again.get_by_role("button", name="Cancel and remove the file").click()
    expect(again.get_by_role("status")).to_contain_text("Nothing was changed")
    context.close()
