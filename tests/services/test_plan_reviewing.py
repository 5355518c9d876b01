"""Plans shaped by hand are looked at as proposals are: scores, hubs, reasons of borders, and a report of all that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes, plan_reviews, plans, shaped_plans, store
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.domain.errors import DataError, InputError
from gridmap.services import plan_editing, plan_report, plan_reviewing, plan_starting, work
from gridmap.services.settings import Settings
from gridmap.web.app import create_app
from tests.fixtures.boards import board, centres, middle
from tests.fixtures.database import dispose, fresh_database

OURS = {"Sec-Fetch-Site": "same-origin"}
SITES = (
    ("west", "committee_office", 200.0, middle(0, 0)),
    ("hub", "service_centre", 1200.0, middle(1, 2)),
    ("small", "service_centre", 640.0, middle(6, 2)),
)


@pytest.fixture
def engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with fresh_database(database_server, f"reviewing_{worker_id}") as url:
        made_engine = make_engine(url)
        made = board(8, 5, streets=2, centres=centres(*SITES)).to_crs("EPSG:4326")
        with made_engine.begin() as connection:
            version = changes.record(connection, actor="test", action="import", layers=made.filled())
            store.save_layers(connection, {name: made[name] for name in made.filled()}, version=version)
        yield made_engine
        dispose(made_engine)


@pytest.fixture
def plan(engine: Engine) -> int:
    return plan_starting.start_from_today(engine, name="甲案", actor="li")


@pytest.fixture
def reviewed(engine: Engine, plan: int) -> int:
    plan_reviewing.review_shaped(engine, plan)
    return plan


def report(engine: Engine, plan: int) -> dict:
    with engine.connect() as connection:
        return plan_reviews.report(connection, plan) or {}


def is_reviewed(engine: Engine, plan: int) -> bool:
    found, _state, _ground = plan_editing.now(engine, plan)
    return plan_reviewing.reviewed(report(engine, plan), found)


def moved(engine: Engine, plan: int) -> None:
    """One block to the region beside it, whose name changes."""
    found, state, ground = plan_editing.now(engine, plan)
    a, b = next(edge for edge in ground.ways.tolist() if state.region[edge[0]] != state.region[edge[1]])
    label = int(state.region[b])
    regions = [{**one, "name": "海湾大社区"} if one["id"] == label else dict(one) for one in state.regions]
    plan_editing.change(
        engine,
        plan,
        expected=found.revision,
        action="paint",
        moves=[(int(a), label)],
        regions=regions,
        locked=None,
        actor="li",
    )


def page(engine: Engine, plan: int) -> str:
    with engine.connect() as connection:
        return plan_report.html(connection, plan, lang="en")


def test_it_has_a_score_for_each_principle(engine: Engine, reviewed: int) -> None:
    names = [one["name"] for one in report(engine, reviewed)["scores"]["principles"]]
    assert names == ["manage", "serve", "govern", "share"]


def test_every_border_between_its_regions_has_a_reason(engine: Engine, reviewed: int) -> None:
    with engine.connect() as connection:
        borders = plan_reviews.borders(connection, reviewed)
    assert (len(borders) > 0, borders["reason"].map(str).str.len().min() > 0) == (True, True)


def test_borders_that_could_run_elsewhere_say_how_firm_they_are(engine: Engine, reviewed: int) -> None:
    with engine.connect() as connection:
        borders = plan_reviews.borders(connection, reviewed)
    street = borders["held_by"].fillna("").str.contains("street")
    assert borders["firmness"].notna().equals(~street)


def test_the_report_says_in_how_many_good_plans_a_line_is_drawn(engine: Engine, reviewed: int) -> None:
    assert "of the good plans draw the line here" in page(engine, reviewed)


def test_how_firm_borders_are_is_told_by_walks(engine: Engine, reviewed: int) -> None:
    assert "is told by walks" in page(engine, reviewed)


def test_its_regions_are_those_of_the_plan(engine: Engine, reviewed: int) -> None:
    _found, state, ground = plan_editing.now(engine, reviewed)
    with engine.connect() as connection:
        kept = plan_reviews.regions(connection, reviewed)
    assert set(kept["code"]) == set(plan_editing.codes(ground, state.region).values())


def test_the_borders_lie_between_regions_of_these_codes(engine: Engine, reviewed: int) -> None:
    with engine.connect() as connection:
        codes = set(plan_reviews.regions(connection, reviewed)["code"])
        borders = plan_reviews.borders(connection, reviewed)
    assert set(borders["region_a"]) | set(borders["region_b"]) <= codes


def test_a_change_leaves_the_report_behind(engine: Engine, reviewed: int) -> None:
    moved(engine, reviewed)
    assert not is_reviewed(engine, reviewed)


def test_the_page_of_a_plan_that_changed_is_refused(engine: Engine, reviewed: int) -> None:
    moved(engine, reviewed)
    with pytest.raises(DataError, match="isn't worked out yet"):
        page(engine, reviewed)


def test_regions_go_by_the_names_that_people_gave(engine: Engine, plan: int) -> None:
    moved(engine, plan)
    plan_reviewing.review_shaped(engine, plan)
    assert "海湾大社区" in page(engine, plan)


def test_the_page_says_who_adopted_it_and_why(engine: Engine, plan: int) -> None:
    day = datetime.date(2026, 12, 1)
    plan_editing.adopt(engine, plan, expected=1, actor="wang", why="短路优先", since=day)
    plan_reviewing.review_shaped(engine, plan)
    assert "adopted by wang, in force from 2026-12-01: 短路优先" in page(engine, plan)


def test_regions_below_the_threshold_are_named_as_such(engine: Engine, reviewed: int) -> None:
    assert "fewer than the 5,000 that are asked for" in page(engine, reviewed)


def test_a_plan_on_data_of_before_is_refused(engine: Engine, plan: int) -> None:
    with engine.begin() as connection:
        changes.record(connection, actor="t", action="import", layers=["buildings"])
    with pytest.raises(DataError, match="have changed since"):
        plan_reviewing.review_shaped(engine, plan)


def test_a_plan_without_any_region_is_refused(engine: Engine, plan: int) -> None:
    found, state, _ground = plan_editing.now(engine, plan)
    moves = [(block, -1) for block in range(len(state.region))]
    plan_editing.change(
        engine, plan, expected=found.revision, action="erase", moves=moves, regions=None, locked=None, actor="li"
    )
    with pytest.raises(InputError, match="nothing to report"):
        plan_reviewing.review_shaped(engine, plan)


def test_its_regions_are_not_taken_for_the_newest_proposal(engine: Engine, reviewed: int) -> None:
    with engine.connect() as connection:
        assert len(plans.newest_regions(connection)) == 0


def test_the_command_works_it_out_first(engine: Engine, plan: int, tmp_path: Path) -> None:
    plan_report.write(engine, tmp_path / "plan.html", plan=plan, lang="zh")
    assert is_reviewed(engine, plan)


def test_what_was_ordered_is_worked_out_behind_the_pages(engine: Engine, plan: int) -> None:
    url = engine.url.render_as_string(hide_password=False)
    work.order_review(url, engine, plan)
    settings = Settings.from_environment({"GRIDMAP_HOME": "/nowhere"})
    with ThreadPoolExecutor(1) as apart:  # the driver of the browser's tests leaves a loop running in this thread
        apart.submit(work.work_off, url, settings).result()
    assert is_reviewed(engine, plan)


def test_what_went_wrong_is_kept_for_whoever_asked(engine: Engine, plan: int) -> None:
    with engine.begin() as connection:
        changes.record(connection, actor="t", action="import", layers=["buildings"])
    plan_reviewing.ask(engine, plan)
    plan_reviewing.review_ordered(engine, plan)
    kept = report(engine, plan)
    assert (kept["review_asked"], "have changed since" in kept["review_error"]["message"]) == (None, True)


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    return create_app(engine, lang="en", desk=True).test_client()


def shown(client: FlaskClient, plan: int) -> str:
    return client.get(f"/plans/{plan}/report").get_data(as_text=True)


def test_its_page_says_that_nobody_has_asked(client: FlaskClient, plan: int) -> None:
    assert "Nobody has had the report" in shown(client, plan)


def test_its_page_says_that_it_is_being_worked_out(engine: Engine, client: FlaskClient, plan: int) -> None:
    plan_reviewing.ask(engine, plan)
    assert "is being worked out" in shown(client, plan)


def test_its_page_leads_to_the_report(client: FlaskClient, reviewed: int) -> None:
    assert f"/api/plans/{reviewed}/report.html" in shown(client, reviewed)


def test_its_page_says_that_the_plan_has_changed(engine: Engine, client: FlaskClient, reviewed: int) -> None:
    moved(engine, reviewed)
    assert "has changed since its report" in shown(client, reviewed)


def test_only_the_version_that_holds_counts(engine: Engine, reviewed: int) -> None:
    moved(engine, reviewed)
    found, _state, _ground = plan_editing.now(engine, reviewed)
    plan_editing.undo(engine, reviewed, expected=found.revision, actor="li")
    with engine.connect() as connection:
        assert plan_reviewing.reviewed(report(engine, reviewed), shaped_plans.find(connection, reviewed))
