"""Drafts of a community's grids on a real database: published whole or not at all, and nobody's work lost."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.database import results, shaped_plans
from gridmap.database.server import PrivateServer
from gridmap.database.store import load_layer
from gridmap.domain.errors import ConflictError, DataError, InputError, NotFoundError
from gridmap.services import grid_drafts, plan_comparing, plan_editing, plan_starting
from gridmap.services.analyses import ANALYSES
from gridmap.services.community_grids import standing
from gridmap.services.stored_analyses import analyse_database
from tests.fixtures.changing import town_loaded
from tests.fixtures.districts import URBAN, VILLAGE

DAY = datetime.date(2026, 9, 1)


@pytest.fixture(scope="module")
def town_engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with town_loaded(database_server, f"grid_drafts_{worker_id}") as engine:
        yield engine


@pytest.fixture
def engine(town_engine: Engine) -> Engine:
    """The town with grids as the analysis draws them: two compounds in each of two."""
    with town_engine.begin() as connection:
        connection.execute(text("DELETE FROM gridmap.plans"))
        connection.execute(text("DELETE FROM gridmap.grids"))
    analyse_database(ANALYSES["grids"], town_engine, actor="test")
    return town_engine


def block_of(engine: Engine, draft: int, building: str) -> int:
    return plan_editing.now(engine, draft)[2].buildings[building]


def labels(engine: Engine, draft: int) -> list[int]:
    return plan_editing.now(engine, draft)[1].region.tolist()


def paint(engine: Engine, draft: int, moves: list[tuple[int, int]], **more: object) -> None:
    found, state, _ground = plan_editing.now(engine, draft)
    known = {one["id"] for one in state.regions}
    new = [{"id": label, "name": None, "locked": False} for _block, label in moves if label >= 0 and label not in known]
    given = {"expected": found.revision, "action": "paint", "locked": None, "actor": "li", **more}
    regions = [*state.regions, *{one["id"]: one for one in new}.values()]
    plan_editing.change(engine, draft, moves=moves, regions=regions, **given)


def publish(engine: Engine, draft: int) -> None:
    revision = plan_editing.now(engine, draft)[0].revision
    grid_drafts.publish(engine, draft, expected=revision, actor="li", why="按道路调整", since=DAY)


def compound(engine: Engine, draft: int, code: str) -> list[int]:
    ground = plan_editing.now(engine, draft)[2]
    return [block for block in range(ground.n) if ground.community[block] == code]


def grids(engine: Engine, community: str = URBAN) -> gpd.GeoDataFrame:
    with engine.connect() as connection:
        found = load_layer(connection, "grids")
    return found[found["community_code"] == community].set_index("code")


def grid_of(engine: Engine, building: str) -> str:
    with engine.connect() as connection:
        members = load_layer(connection, "members").set_index("building_code")["grid_code"]
    return str(members[building])


def test_a_draft_begins_as_the_grids_are(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    for code, grid in (
        (f"{URBAN}-A-1", grid_of(engine, f"{URBAN}-A-1")),
        (f"{URBAN}-D-4", grid_of(engine, f"{URBAN}-D-4")),
    ):
        assert labels(engine, draft)[block_of(engine, draft, code)] == int(grid[-3:])


def test_drafts_are_no_plans_of_the_district(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    with engine.connect() as connection:
        assert shaped_plans.every(connection) == []
        assert [one.id for one in shaped_plans.every(connection, community=URBAN)] == [draft]


def test_a_draft_is_not_compared_with_plans(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    with pytest.raises(InputError, match="no plan of the district"):
        plan_comparing.compare(engine, "today", draft)


def test_no_plan_begins_as_a_draft(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    with pytest.raises(InputError, match="no plan of the district"):
        plan_starting.start_from_plan(engine, draft, name="乙案", actor="li")


def test_codes_of_new_grids_follow_on(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    paint(engine, draft, [(block, 9) for block in compound(engine, draft, f"{URBAN}-A")])
    _found, state, ground = plan_editing.now(engine, draft)
    assert plan_editing.codes(ground, state.region)[9] == f"{URBAN}009"


def test_nothing_changes_before_it_is_published(engine: Engine) -> None:
    before = grids(engine)
    draft = grid_drafts.start(engine, URBAN, actor="li")
    paint(engine, draft, [(block, 9) for block in compound(engine, draft, f"{URBAN}-A")])
    assert grids(engine).equals(before)


@pytest.fixture
def published(engine: Engine) -> Engine:
    """Compound A has become a grid of its own."""
    draft = grid_drafts.start(engine, URBAN, actor="li")
    paint(engine, draft, [(block, 9) for block in compound(engine, draft, f"{URBAN}-A")])
    publish(engine, draft)
    return engine


def test_published_grids_are_the_community_s(published: Engine) -> None:
    assert grids(published)["households"].to_dict()[f"{URBAN}009"] == 240
    assert grid_of(published, f"{URBAN}-A-1") == f"{URBAN}009"


def test_what_they_are_worth_is_known_at_once(published: Engine) -> None:
    with published.connect() as connection:
        now = standing(connection, URBAN)
    # four of 240 households
    assert now is not None
    assert now["off"] == pytest.approx(60.0)


def test_they_tile_the_district_with_all_others(published: Engine) -> None:
    with published.connect() as connection:
        every, communities = load_layer(connection, "grids"), load_layer(connection, "communities")
    parts = shapely.get_parts(every.to_crs("EPSG:4550").geometry.to_numpy())
    assert shapely.area(parts).sum() == pytest.approx(communities.to_crs("EPSG:4550").geometry.area.sum(), abs=0.01)


def test_the_grids_of_other_communities_stay(engine: Engine) -> None:
    before = grids(engine, VILLAGE)
    draft = grid_drafts.start(engine, URBAN, actor="li")
    paint(engine, draft, [(block, 9) for block in compound(engine, draft, f"{URBAN}-A")])
    publish(engine, draft)
    assert grids(engine, VILLAGE).index.tolist() == before.index.tolist()
    assert shapely.equals_exact(
        grids(engine, VILLAGE).geometry.to_numpy(), before.geometry.to_numpy(), tolerance=1e-8, normalize=True
    ).all()


def test_the_next_analysis_keeps_them(published: Engine) -> None:
    before = grids(published)["households"].to_dict()
    analyse_database(ANALYSES["grids"], published, actor="test")
    assert grids(published)["households"].to_dict() == before


def test_publishing_is_in_the_history_of_the_data(published: Engine) -> None:
    with published.connect() as connection:
        actor, layers = connection.execute(
            text("SELECT actor, layers FROM gridmap.data_versions ORDER BY id DESC LIMIT 1")
        ).one()
    assert (actor, layers) == ("li", ["grids", "members"])


def test_leaders_made_of_the_grids_before_are_known_as_stale(engine: Engine) -> None:
    analyse_database(ANALYSES["leaders"], engine, actor="test")
    draft = grid_drafts.start(engine, URBAN, actor="li")
    publish(engine, draft)
    with engine.connect() as connection:
        states = results.state(connection)
    assert (states["grids"].status, states["leaders"].status) == ("current", "stale")


def test_a_published_draft_changes_no_more(published: Engine) -> None:
    with published.connect() as connection:
        (draft,) = shaped_plans.every(connection, community=URBAN)
    with pytest.raises(InputError, match="adopted"):
        paint(published, draft.id, [(0, 9)])


def test_a_building_in_no_grid_stops_publishing(engine: Engine) -> None:
    before, draft = grids(engine), grid_drafts.start(engine, URBAN, actor="li")
    paint(engine, draft, [(0, -1)])
    with pytest.raises(InputError, match="in no grid"):
        publish(engine, draft)
    assert grids(engine).equals(before)


def test_a_grid_in_pieces_stops_publishing(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    far = [block_of(engine, draft, f"{URBAN}-A-1"), block_of(engine, draft, f"{URBAN}-D-4")]
    paint(engine, draft, [(block, 9) for block in far])
    with pytest.raises(InputError, match="in pieces"):
        publish(engine, draft)


def test_of_two_drafts_the_one_published_first_holds(engine: Engine) -> None:
    first, second = (grid_drafts.start(engine, URBAN, actor=who) for who in ("li", "wang"))
    paint(engine, first, [(block, 9) for block in compound(engine, first, f"{URBAN}-A")])
    publish(engine, first)
    after = grids(engine)
    with pytest.raises(ConflictError, match="have changed since"):
        publish(engine, second)
    assert grids(engine).equals(after)


def test_two_people_in_one_draft_lose_nothing(engine: Engine) -> None:
    draft = grid_drafts.start(engine, URBAN, actor="li")
    seen = plan_editing.now(engine, draft)[0].revision
    paint(engine, draft, [(0, 9)], actor="li")
    with pytest.raises(ConflictError):
        paint(engine, draft, [(1, 9)], actor="wang", expected=seen)
    assert labels(engine, draft)[0] == 9


def test_a_draft_of_another_community_is_no_hindrance(engine: Engine) -> None:
    village = grid_drafts.start(engine, VILLAGE, actor="wang")
    urban = grid_drafts.start(engine, URBAN, actor="li")
    publish(engine, urban)
    publish(engine, village)
    assert grids(engine, VILLAGE)["by_hand"].all()


def test_grids_of_a_village_have_no_lower_bound(engine: Engine) -> None:
    draft = grid_drafts.start(engine, VILLAGE, actor="li")
    assert plan_editing.now(engine, draft)[0].figures["outside"] == 0


def test_a_community_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        grid_drafts.start(engine, "nowhere", actor="li")


def test_a_community_without_grids_says_what_to_do(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM gridmap.grids"))
    with pytest.raises(DataError, match="gridmap grids"):
        grid_drafts.start(engine, URBAN, actor="li")
