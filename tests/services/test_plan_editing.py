"""Plans shaped by hand on a real database: nothing is lost, nothing locked moves, and what is exported comes back."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gridmap.database import changes, plans, shaped_plans
from gridmap.database.server import PrivateServer
from gridmap.domain.errors import ConflictError, InputError, NotFoundError
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.services import plan_comparing, plan_editing, plan_files, plan_ground, plan_starting
from gridmap.services.plan_files import UnitRow
from tests.fixtures.changing import town_loaded
from tests.fixtures.districts import URBAN, VILLAGE

DAY = datetime.date(2026, 9, 1)


@pytest.fixture(scope="module")
def town_engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with town_loaded(database_server, f"shaping_{worker_id}") as engine:
        yield engine


@pytest.fixture
def plan(town_engine: Engine) -> int:
    return plan_starting.start_from_today(town_engine, name="甲案", actor="li")


def change(engine: Engine, plan: int, moves: list[tuple[int, int]], **more: object) -> None:
    found, _state, _ground = plan_editing.now(engine, plan)
    given = {"expected": found.revision, "action": "paint", "regions": None, "locked": None, "actor": "li", **more}
    plan_editing.change(engine, plan, moves=moves, **given)


def regions(engine: Engine, plan: int) -> list[int]:
    return plan_editing.now(engine, plan)[1].region.tolist()


def revision(engine: Engine, plan: int) -> int:
    return plan_editing.now(engine, plan)[0].revision


def test_a_plan_from_today_has_a_region_for_every_community(town_engine: Engine, plan: int) -> None:
    found, state, ground = plan_editing.now(town_engine, plan)
    assert [one["name"] for one in state.regions] == ["金海湾社区", "北山村"]
    assert found.figures == {"regions": 2, "outside": 1000, "unassigned": 0}
    assert ground.households.sum() == 1000


def test_codes_are_the_street_s_with_a_number_from_601(town_engine: Engine, plan: int) -> None:
    _found, state, ground = plan_editing.now(town_engine, plan)
    assert sorted(plan_editing.codes(ground, state.region).values()) == ["371071004601", "371071004602"]


def test_every_change_is_a_version_with_who_and_what(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [(0, 1)], actor="wang")
    with town_engine.connect() as connection:
        done = shaped_plans.versions(connection, plan)
    assert [(one["number"], one["actor"], one["action"]) for one in done] == [(2, "wang", "paint"), (1, "li", "start")]


def test_undo_and_redo_are_there_for_whoever_comes_next(town_engine: Engine, plan: int) -> None:
    before = regions(town_engine, plan)
    change(town_engine, plan, [(0, 1)])
    after = regions(town_engine, plan)
    plan_editing.undo(town_engine, plan, expected=revision(town_engine, plan), actor="wang")
    assert regions(town_engine, plan) == before
    plan_editing.redo(town_engine, plan, expected=revision(town_engine, plan), actor="zhao")
    assert regions(town_engine, plan) == after


def test_an_earlier_version_can_be_gone_back_to_and_that_be_undone(town_engine: Engine, plan: int) -> None:
    before = regions(town_engine, plan)
    change(town_engine, plan, [(0, 1)])
    change(town_engine, plan, [(1, 1)])
    after = regions(town_engine, plan)
    plan_editing.restore(town_engine, plan, 1, expected=revision(town_engine, plan), actor="li")
    assert regions(town_engine, plan) == before
    plan_editing.undo(town_engine, plan, expected=revision(town_engine, plan), actor="li")
    assert regions(town_engine, plan) == after


def test_there_is_nothing_to_undo_at_the_start(town_engine: Engine, plan: int) -> None:
    with pytest.raises(InputError, match="nothing to undo"):
        plan_editing.undo(town_engine, plan, expected=1, actor="li")


def test_a_second_editor_never_overwrites_the_first(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [(0, 1)], expected=1, actor="wang")
    with pytest.raises(ConflictError, match="wang has changed this plan meanwhile"):
        change(town_engine, plan, [(1, 1)], expected=1, actor="li")
    assert regions(town_engine, plan)[0] == 1


def test_a_locked_block_stays(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [], action="lock", locked=[0])
    with pytest.raises(InputError, match="locked"):
        change(town_engine, plan, [(0, 1)])


def test_a_locked_region_neither_gives_nor_takes(town_engine: Engine, plan: int) -> None:
    _found, state, _ground = plan_editing.now(town_engine, plan)
    locked = [{**one, "locked": one["id"] == 1} for one in state.regions]
    change(town_engine, plan, [], action="lock", regions=locked)
    village = regions(town_engine, plan).index(1)
    for move in ((0, 1), (village, 0)):
        with pytest.raises(InputError, match="locked"):
            change(town_engine, plan, [move])


@pytest.mark.parametrize("move", [(999, 0), (-1, 0), (0, 77)])
def test_what_isn_t_there_is_refused(town_engine: Engine, plan: int, move: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        change(town_engine, plan, [move])
    assert revision(town_engine, plan) == 1


def test_a_region_with_blocks_can_t_be_left_out(town_engine: Engine, plan: int) -> None:
    with pytest.raises(InputError, match="can't be left out"):
        change(town_engine, plan, [], action="join", regions=[{"id": 0, "name": None, "locked": False}])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_undoing_is_the_inverse_of_doing_and_nobody_gets_lost(
    town_engine: Engine, plan: int, data: st.DataObject
) -> None:
    _found, before, ground = plan_editing.now(town_engine, plan)
    blocks = st.tuples(st.integers(0, ground.n - 1), st.sampled_from([-1, 0, 1]))
    change(town_engine, plan, data.draw(st.lists(blocks, max_size=8)))
    after = plan_editing.now(town_engine, plan)[1]
    held = sum(int(ground.households[after.region == label].sum()) for label in (-1, 0, 1))
    assert held == ground.households.sum()
    plan_editing.undo(town_engine, plan, expected=revision(town_engine, plan), actor="li")
    assert regions(town_engine, plan) == before.region.tolist()


def test_a_suggestion_saves_nothing(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [(0, -1)], action="erase")
    moves, _notes = plan_editing.suggest(town_engine, plan, "finish")
    assert [block for block, _label in moves] == [0]
    assert regions(town_engine, plan)[0] == -1


def test_an_unknown_suggestion_is_refused(town_engine: Engine, plan: int) -> None:
    with pytest.raises(InputError):
        plan_editing.suggest(town_engine, plan, "dance")


def test_an_adopted_plan_is_frozen_with_who_why_and_from_when(town_engine: Engine, plan: int) -> None:
    plan_editing.adopt(town_engine, plan, expected=1, actor="wang", why="街道会议通过", since=DAY)
    found, _state, _ground = plan_editing.now(town_engine, plan)
    assert (found.adopted_by, found.adopted_why, found.adopted_from, found.status) == (
        "wang",
        "街道会议通过",
        DAY,
        "adopted",
    )
    with pytest.raises(InputError, match="adopted and stays"):
        change(town_engine, plan, [(0, 1)])


def test_a_plan_of_a_part_of_the_district_may_be_adopted(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [(0, -1)], action="erase")
    plan_editing.adopt(town_engine, plan, expected=2, actor="li", why="x", since=DAY)
    assert plan_editing.now(town_engine, plan)[0].status == "adopted"


def test_nothing_is_adopted_without_a_reason(town_engine: Engine, plan: int) -> None:
    with pytest.raises(InputError, match="Say why"):
        plan_editing.adopt(town_engine, plan, expected=1, actor="li", why=" ", since=DAY)


def test_a_link_leads_to_the_plan_until_it_is_withdrawn(town_engine: Engine, plan: int) -> None:
    token = plan_editing.share(town_engine, plan, actor="li")
    with town_engine.connect() as connection:
        assert shaped_plans.by_token(connection, token).id == plan
    plan_editing.unshare(town_engine, plan, actor="li")
    with town_engine.connect() as connection, pytest.raises(NotFoundError):
        shaped_plans.by_token(connection, token)


def test_a_plan_from_a_plan_begins_as_it(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [(0, 1)])
    copy, lost = plan_starting.start_from_plan(town_engine, plan, name="乙案", actor="li")
    assert (regions(town_engine, copy), lost) == (regions(town_engine, plan), 0)


def test_a_plan_from_a_proposal_finds_its_blocks(town_engine: Engine, plan: int) -> None:
    _found, _state, ground = plan_editing.now(town_engine, plan)
    units = pd.DataFrame({"unit": ground.code[1:], "region": 0, "households": 1})
    with town_engine.begin() as connection:
        proposal = plans.save_plan(connection, {"assignment": units}, None, version=1, actor="t")
    shaped, lost = plan_starting.start_from_plan(town_engine, proposal, name="丙案", actor="li")
    assert (regions(town_engine, shaped), lost) == ([-1] + [0] * (ground.n - 1), 1)


def test_a_plan_of_other_units_can_t_be_shaped(town_engine: Engine) -> None:
    with town_engine.begin() as connection:
        units = pd.DataFrame({"unit": ["x"], "region": [0]})
        proposal = plans.save_plan(connection, {"assignment": units}, None, version=1, actor="t")
    with pytest.raises(InputError, match="isn't made of this district's blocks"):
        plan_starting.start_from_plan(town_engine, proposal, name="丙案", actor="li")


def test_errors_of_a_table_are_named_row_by_row(town_engine: Engine) -> None:
    rows = [UnitRow(f"{URBAN}-A", "1"), UnitRow("nowhere", "1"), UnitRow(f"{URBAN}-A", "2")]
    plan, wrong, _lost = plan_starting.start_from_rows(town_engine, rows, name="x", actor="li")
    assert plan is None
    assert [(number, str(words)) for number, words in wrong] == [
        (2, "there is no block nowhere"),
        (3, f"{URBAN}-A is in another region in row 1"),
    ]


def test_blocks_that_a_table_doesn_t_name_stay_unassigned(town_engine: Engine) -> None:
    plan, wrong, lost = plan_starting.start_from_rows(town_engine, [UnitRow(VILLAGE, "北")], name="x", actor="li")
    assert plan is not None
    assert (wrong, lost) == ([], sum(label < 0 for label in regions(town_engine, plan)))


@pytest.mark.parametrize(
    "file", ["assignment.csv", "assignment.xlsx", "blocks.geojson", "plan.gpkg", "plan.zip", "blocks.kml"]
)
def test_what_is_exported_imports_to_the_same_plan(town_engine: Engine, plan: int, file: str) -> None:
    change(town_engine, plan, [(0, 1), (1, -1)], regions=phased(town_engine, plan, [2, None]))
    rows = plan_files.rows_of(file, plan_files.export(town_engine, plan, file))
    back, wrong, _lost = plan_starting.start_from_rows(town_engine, rows, name="back", actor="li")
    assert (back is not None, wrong) == (True, [])
    _found, was, ground = plan_editing.now(town_engine, plan)
    now = plan_editing.now(town_engine, back or 0)[1]
    code, again = plan_editing.codes(ground, was.region), plan_editing.codes(ground, now.region)
    assert [code.get(int(label)) for label in was.region] == [again.get(int(label)) for label in now.region]
    assert {one["name"]: one["phase"] for one in was.regions} == {one["name"]: one["phase"] for one in now.regions}


def phased(engine: Engine, plan: int, phases: list[object]) -> list[dict[str, object]]:
    """The plan's regions with these phases."""
    regions = plan_editing.now(engine, plan)[1].regions
    return [{**one, "phase": phase} for one, phase in zip(regions, phases, strict=True)]


def test_regions_have_phases(town_engine: Engine, plan: int) -> None:
    change(town_engine, plan, [], action="phase", regions=phased(town_engine, plan, [1, 2]))
    assert [one["phase"] for one in plan_editing.now(town_engine, plan)[1].regions] == [1, 2]


@pytest.mark.parametrize("phase", [0, 10, 1.5, "1", True])
def test_a_phase_that_is_none_is_refused(town_engine: Engine, plan: int, phase: object) -> None:
    with pytest.raises(InputError, match="whole number of 1 to 9"):
        change(town_engine, plan, [], action="phase", regions=phased(town_engine, plan, [phase, None]))


def test_a_phase_in_a_table_that_is_none_is_named_by_its_row(town_engine: Engine) -> None:
    rows = [UnitRow(f"{URBAN}-A", "1", None, "first")]
    _plan, wrong, _lost = plan_starting.start_from_rows(town_engine, rows, name="x", actor="li")
    assert [(number, str(words)) for number, words in wrong] == [(1, "first is no phase of 1 to 9")]


@pytest.mark.parametrize("file", plan_files.FILES)
def test_every_export_can_be_read(town_engine: Engine, plan: int, file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(plan_files.export(town_engine, plan, file))
    if path.suffix == ".xlsx":
        assert len(pd.read_excel(path)) > 2
    elif path.suffix == ".csv":
        assert len(pd.read_csv(path)) > 2
    else:
        assert len(gpd.read_file(path, layer=plan_files.FILES[file][0])) >= 2


def test_neighbours_share_exactly_the_same_border_points(town_engine: Engine, plan: int, tmp_path: Path) -> None:
    for file in ("regions.geojson", "blocks.geojson"):
        path = tmp_path / file
        path.write_bytes(plan_files.export(town_engine, plan, file))
        assert shapely.coverage_is_valid(gpd.read_file(path).geometry.to_numpy())


def test_a_file_that_a_plan_isn_t_had_as_is_not_there(town_engine: Engine, plan: int) -> None:
    with pytest.raises(NotFoundError, match=r"regions\.geojson"):
        plan_files.export(town_engine, plan, "plan.dwg")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"a,b\r\n1,2\r\n", "needs a column unit"),
        ("x.csv", b"", "is empty"),
        ("x.doc", b"x", "begins as a table"),
    ],
)
def test_a_table_without_units_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        plan_files.rows_of(name, content)


def test_chinese_columns_are_understood() -> None:
    assert plan_files.rows_of("x.csv", "单元,大社区\r\nA,1\r\n".encode("gb18030")) == [UnitRow("A", "1")]


def test_beside_today_only_those_parted_from_their_community_change(town_engine: Engine, plan: int) -> None:
    found = plan_comparing.compare(town_engine, "today", plan)
    assert not found.changed.blocks.any()
    change(town_engine, plan, [(0, 1)])
    found = plan_comparing.compare(town_engine, "today", plan)
    assert np.flatnonzero(found.changed.blocks).tolist() == [0]


def test_a_plan_isn_t_compared_with_itself(town_engine: Engine, plan: int) -> None:
    with pytest.raises(InputError):
        plan_comparing.compare(town_engine, plan, plan)


def test_plans_outlive_the_data_they_were_made_of_and_say_so(town_engine: Engine, plan: int) -> None:
    before = regions(town_engine, plan)
    with town_engine.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["compounds"])
        found = shaped_plans.find(connection, plan)
        assert shaped_plans.stale(connection, ["compounds"], found.data_version)
    assert regions(town_engine, plan) == before
    copy, lost = plan_starting.start_from_plan(town_engine, plan, name="新", actor="li")
    assert (regions(town_engine, copy), lost) == (before, 0)


def test_blocks_of_older_data_go_when_no_plan_stands_on_them(town_engine: Engine, plan: int) -> None:
    for _change in range(2):
        with town_engine.begin() as connection:
            changes.record(connection, actor="test", action="import", layers=["compounds"])
        newest = plan_ground.ready(town_engine, numbers=DEFAULT_NUMBERS)
    with town_engine.connect() as connection:
        kept = set(connection.execute(text("SELECT id FROM gridmap.block_sets")).scalars())
        used = set(connection.execute(text("SELECT set_id FROM gridmap.shaped_plans")).scalars())
    assert kept == used | {newest}


def test_starting_and_adopting_are_in_the_audit_log(town_engine: Engine, plan: int) -> None:
    plan_editing.adopt(town_engine, plan, expected=1, actor="wang", why="x", since=DAY)
    query = text("SELECT action FROM gridmap.audit_log WHERE subject = :plan ORDER BY id")
    with town_engine.connect() as connection:
        done = connection.execute(query, {"plan": str(plan)}).scalars().all()
    assert done == ["plan started", "plan adopted"]
