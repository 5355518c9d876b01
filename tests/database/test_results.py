"""Results stand beside the version of the data that they were made from, and are known as stale when it changes."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gridmap.database import changes, results
from gridmap.database.store import load_layer, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.notes import Note


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    with database.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=town.filled())
        save_layers(connection, {name: town[name] for name in town.filled()}, version=version)
    return database


@pytest.fixture
def isolation(town: District) -> gpd.GeoDataFrame:
    compounds = town["compounds"]
    return gpd.GeoDataFrame(
        {"code": compounds["code"], "class": "open", "score": [10.0, 20.0, 30.0, None], "parts": [{"walls": 1}] * 4},
        geometry=compounds.geometry,
        crs=4326,
    )


@pytest.fixture
def grids(town: District) -> dict[str, pd.DataFrame]:
    community = town["communities"].iloc[0]
    codes = [f"{community['code']}{number:03d}" for number in (1, 2)]
    areas = gpd.GeoDataFrame(
        {"code": codes, "community_code": community["code"], "kind": "basic", "households": [300, 310]},
        geometry=[community.geometry, community.geometry],
        crs=4326,
    )
    buildings = town["buildings"]["code"]
    members = pd.DataFrame({"grid_code": [codes[number % 2] for number in range(len(buildings))]})
    return {"grids": areas, "members": members.assign(building_code=buildings.to_numpy())}


def save(engine: Engine, analysis: str, tables: dict[str, pd.DataFrame], version: int | None = None) -> int:
    with engine.begin() as connection:
        return results.save(connection, analysis, tables, settings={"seed": 1}, version=version, summary={"n": 4})


def state(engine: Engine, analysis: str) -> results.State:
    with engine.connect() as connection:
        return results.state(connection)[analysis]


def test_no_analysis_has_a_result_at_first(loaded: Engine) -> None:
    with loaded.connect() as connection:
        assert {one.status for one in results.state(connection).values()} == {"never"}
        assert results.load(connection, "isolation").empty
        assert results.load(connection, "regions").empty


def test_a_result_comes_back_as_it_was_saved(loaded: Engine, isolation: gpd.GeoDataFrame) -> None:
    save(loaded, "isolation", {"isolation": isolation})
    with loaded.connect() as connection:
        back = results.load(connection, "isolation")
    assert back["code"].tolist() == sorted(isolation["code"])
    assert back["score"].isna().sum() == 1
    assert back["parts"].tolist() == [{"walls": 1}] * 4
    assert back.geometry.geom_equals(isolation.sort_values("code", ignore_index=True).geometry).all()


def test_a_new_result_takes_the_place_of_the_old_one(loaded: Engine, isolation: gpd.GeoDataFrame) -> None:
    save(loaded, "isolation", {"isolation": isolation})
    save(loaded, "isolation", {"isolation": isolation.head(2)})
    with loaded.connect() as connection:
        assert len(results.load(connection, "isolation")) == 2


def test_a_result_is_current_until_the_data_change(loaded: Engine, isolation: gpd.GeoDataFrame, town: District) -> None:
    save(loaded, "isolation", {"isolation": isolation}, version=1)
    assert (state(loaded, "isolation").status, state(loaded, "isolation").version) == ("current", 1)
    with loaded.begin() as connection:
        changes.record(connection, actor="test", action="edit", layers=["staff"])
    assert state(loaded, "isolation").status == "current"
    with loaded.begin() as connection:
        changes.record(connection, actor="test", action="edit", layers=["gates"])
    assert state(loaded, "isolation").status == "stale"


def test_data_that_change_while_an_analysis_runs_make_its_result_stale(
    loaded: Engine, isolation: gpd.GeoDataFrame
) -> None:
    with loaded.begin() as connection:
        changes.record(connection, actor="test", action="edit", layers=["ways"])
    save(loaded, "isolation", {"isolation": isolation}, version=1)
    assert state(loaded, "isolation").status == "stale"


def test_new_grids_make_leaders_stale_but_not_themselves(loaded: Engine, grids: dict[str, pd.DataFrame]) -> None:
    save(loaded, "leaders", {})
    save(loaded, "grids", grids)
    assert state(loaded, "grids").status == "current"
    assert state(loaded, "leaders").status == "stale"


def test_grids_are_a_layer_of_the_district(loaded: Engine, grids: dict[str, pd.DataFrame]) -> None:
    save(loaded, "grids", grids)
    with loaded.connect() as connection:
        assert len(load_layer(connection, "grids")) == 2
        assert len(results.load(connection, "members")) == len(grids["members"])
        registered = connection.scalar(text("SELECT count(*) FROM gridmap.places WHERE layer = 'grids'"))
    assert registered == 2


def test_a_result_that_names_no_place_is_refused_whole(loaded: Engine, isolation: gpd.GeoDataFrame) -> None:
    save(loaded, "isolation", {"isolation": isolation})
    with pytest.raises(DataError, match=r"isolation refers in code to compounds .*: nowhere"):
        save(loaded, "isolation", {"isolation": isolation.assign(code=["nowhere", *isolation["code"][1:]])})
    with loaded.connect() as connection:
        assert len(results.load(connection, "isolation")) == 4


def test_a_run_shows_its_progress_and_ends_with_its_result(loaded: Engine, isolation: gpd.GeoDataFrame) -> None:
    with results.running(loaded, "isolation", version=1) as run:
        with loaded.begin() as connection:
            doing = Note("part {number} of {count}", {"number": 2, "count": 3})
            results.note_progress(connection, run, 0.5, doing)
        running = state(loaded, "isolation")
        assert (running.status, running.progress, str(running.doing)) == ("running", 0.5, "part 2 of 3")
        with loaded.begin() as connection:
            results.save(
                connection, "isolation", {"isolation": isolation}, settings={}, version=1, summary={"n": 4}, run=run
            )
    done = state(loaded, "isolation")
    assert (done.status, done.run, done.summary) == ("current", run, {"n": 4})


def test_a_failed_run_leaves_the_result_before_it(loaded: Engine, isolation: gpd.GeoDataFrame) -> None:
    save(loaded, "isolation", {"isolation": isolation})
    with pytest.raises(DataError), results.running(loaded, "isolation", version=1):
        raise DataError("There is no layer {layer}.", layer="ways")
    after = state(loaded, "isolation")
    assert (after.status, after.error) == ("current", Note("There is no layer {layer}.", {"layer": "ways"}))


def test_a_run_whose_process_is_gone_runs_no_more_and_has_not_failed(loaded: Engine) -> None:
    with loaded.begin() as connection:
        results.begin(connection, "grids", version=1)
    assert (state(loaded, "grids").status, state(loaded, "grids").error) == ("never", None)


def test_only_runs_whose_process_is_gone_are_ended(loaded: Engine) -> None:
    with results.running(loaded, "isolation", version=1), loaded.begin() as connection:
        results.begin(connection, "grids", version=1)
        assert results.end_interrupted(connection) == 1


def test_an_analysis_or_a_layer_that_does_not_exist_is_named(loaded: Engine) -> None:
    with pytest.raises(InputError, match="weather"):
        save(loaded, "weather", {})
    with pytest.raises(NotFoundError, match="moats"), loaded.connect() as connection:
        results.load(connection, "moats")
