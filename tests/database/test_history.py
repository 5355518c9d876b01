"""Every load can be taken back, exactly, and that can be taken back again."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gridmap.database import changes, corrections, history, places, posts, results, tables
from gridmap.database.writing import Mode
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, NotFoundError
from gridmap.services import files

Standing = dict[str, list[str]]


def filled(district: District) -> dict[str, gpd.GeoDataFrame]:
    return {name: district[name] for name in district.filled()}


def bring(engine: Engine, layers: dict[str, pd.DataFrame], mode: Mode = "merge", *, most: int = 10) -> int:
    return files.load(
        engine, District(layers), mode=mode, actor="王", action="import", detail={"file": "f.gpkg"}, undo_loads=most
    ).version


def undo(engine: Engine, version: int | None = None) -> history.Load:
    with engine.begin() as connection:
        return history.undo(connection, version, actor="李")


def standing(engine: Engine) -> Standing:
    """All rows of the district and its register, whole, in no order."""
    with engine.connect() as connection:
        return {
            name: sorted(connection.execute(text(f"SELECT CAST(t AS text) FROM {table.fullname} t")).scalars())
            for name, table in {**tables.district, **tables.results, "places": tables.places}.items()
        }


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    bring(database, filled(town))
    return database


def test_a_merge_is_taken_back(loaded: Engine, town: District) -> None:
    before = standing(loaded)
    compounds = town["compounds"].assign(name=["新名", *town["compounds"]["name"].iloc[1:]])
    more = town["gates"].head(1).assign(code="G-new")
    version = bring(loaded, {"compounds": compounds, "gates": more})
    after = standing(loaded)
    assert after != before
    done = undo(loaded)
    assert standing(loaded) == before
    assert (done.version, done.undoes) == (version + 1, version)
    assert {name: vars(effect) for name, effect in done.effects.items()} == {
        "compounds": {"added": 0, "changed": 1, "removed": 0},
        "gates": {"added": 0, "changed": 0, "removed": 1},
    }
    undo(loaded, done.version)
    assert standing(loaded) == after


def test_a_first_load_is_taken_back_to_nothing(loaded: Engine) -> None:
    after = standing(loaded)
    done = undo(loaded)
    assert not any(standing(loaded).values())
    undo(loaded, done.version)
    assert standing(loaded) == after


def test_what_a_first_load_adds_is_not_stored_twice(loaded: Engine) -> None:
    with loaded.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.former_rows")) == 0


def test_a_replacement_is_taken_back_with_all_that_went_along(loaded: Engine, town: District) -> None:
    grids = town["communities"][["code", "geometry"]].assign(community_code=town["communities"]["code"], kind="basic")
    grids["code"] += "001"
    isolation = town["compounds"][["code", "geometry"]].assign(**{"class": "open"})
    with loaded.begin() as connection:
        results.save(connection, "grids", {"grids": grids}, settings={}, version=None, summary={})
        results.save(connection, "isolation", {"isolation": isolation}, settings={}, version=None, summary={})
    before = standing(loaded)
    first = town["compounds"].head(1)
    inside = town["buildings"].loc[lambda t: t["compound_code"] == first["code"].iloc[0]]
    stairwells = town["stairwells"].loc[lambda t: t["building_code"].isin(inside["code"])]
    gates = town["gates"].loc[lambda t: t["compound_code"] == first["code"].iloc[0]]
    bring(loaded, {"compounds": first, "buildings": inside, "stairwells": stairwells, "gates": gates}, mode="replace")
    after = standing(loaded)
    assert (len(after["compounds"]), len(after["isolation"])) == (1, 1)
    done = undo(loaded)
    assert standing(loaded) == before
    with loaded.connect() as connection:
        assert "isolation" in (
            connection.scalar(text("SELECT layers FROM gridmap.data_versions WHERE id = :v"), {"v": done.version})
        )
    undo(loaded, done.version)
    assert standing(loaded) == after


def test_without_a_version_the_latest_load_that_stands_goes(loaded: Engine, town: District) -> None:
    second = bring(loaded, {"gates": town["gates"].head(1).assign(code="G-new")})
    first_undo = undo(loaded)
    second_undo = undo(loaded)
    assert (first_undo.undoes, second_undo.undoes) == (second, second - 1)
    with pytest.raises(NotFoundError, match="no load that could be taken back"):
        undo(loaded)


def test_an_earlier_load_is_taken_back_where_later_ones_left_it_alone(loaded: Engine, town: District) -> None:
    gates = bring(loaded, {"gates": town["gates"].head(1).assign(code="G-new")})
    bring(loaded, {"facilities": town["facilities"].assign(capacity=7)})
    undo(loaded, gates)
    after = standing(loaded)
    assert len(after["gates"]) == len(town["gates"])
    assert all(",7," in row for row in after["facilities"])


def test_what_a_later_load_changed_again_is_not_taken_back(loaded: Engine, town: District) -> None:
    first = bring(loaded, {"compounds": town["compounds"].assign(name="甲")})
    second = bring(loaded, {"compounds": town["compounds"].head(2).assign(name="乙")})
    with pytest.raises(DataError, match=rf"version {second} by 王: 2 rows.*Take that back first"):
        undo(loaded, first)
    undo(loaded, second)
    assert undo(loaded, first).undoes == first


def test_a_row_that_was_removed_and_came_again_is_not_overwritten(loaded: Engine, town: District) -> None:
    first = bring(loaded, {"facilities": town["facilities"].head(0), "gates": town["gates"].head(1)}, mode="replace")
    again = bring(loaded, {"gates": town["gates"].assign(hours="24/7")})
    with pytest.raises(DataError, match=rf"version {again} by 王: {len(town['gates']) - 1} rows"):
        undo(loaded, first)


def test_what_people_corrected_stays(loaded: Engine, town: District) -> None:
    gate = town["gates"]["code"].iloc[0]
    version = bring(loaded, {"gates": town["gates"].assign(hours="24/7")})
    with loaded.begin() as connection:
        later = changes.record(connection, actor="张", action="correct", layers=["gates"])
        corrections.apply(connection, "gates", gate, "access", "closed", version=later)
    before = standing(loaded)
    with pytest.raises(DataError, match=rf"people or analyses changed its rows since.*version {later} by 张: 1 rows"):
        undo(loaded, version)
    assert standing(loaded) == before


def test_a_correction_of_another_row_stays_and_does_not_hinder(loaded: Engine, town: District) -> None:
    version = bring(loaded, {"gates": town["gates"].head(1).assign(hours="24/7")})
    with loaded.begin() as connection:
        later = changes.record(connection, actor="张", action="correct", layers=["gates"])
        corrections.apply(connection, "gates", town["gates"]["code"].iloc[1], "access", "closed", version=later)
    undo(loaded, version)
    after = standing(loaded)["gates"]
    assert sum("24/7" in row for row in after) == 0
    assert sum("closed" in row for row in after) == 1


def test_a_place_that_somebody_looks_after_keeps_its_load(loaded: Engine, town: District) -> None:
    new = town["compounds"].head(1).assign(code="C-new", name="新小区")
    version = bring(loaded, {"compounds": new})
    with loaded.begin() as connection:
        later = changes.record(connection, actor="张", action="name", layers=["assignments"])
        posts.add_term(
            connection, posts.NewTerm("compound", "C-new", None, None), person="P1", locked=False, version=later
        )
    before = standing(loaded)
    with pytest.raises(DataError, match=r"people have been named since at what it added: 新小区 \(C-new\)"):
        undo(loaded, version)
    assert standing(loaded) == before


def test_rows_of_a_later_load_do_not_lose_their_place(loaded: Engine, town: District) -> None:
    version = bring(loaded, {"compounds": town["compounds"].head(1).assign(code="C-new")})
    later = bring(loaded, {"gates": town["gates"].head(1).assign(code="G-new", compound_code="C-new")})
    with pytest.raises(DataError, match=rf"the gates G-new of data version {later} belong to compounds .*\(C-new\)"):
        undo(loaded, version)


def test_only_loads_are_taken_back_and_only_once(loaded: Engine, town: District) -> None:
    with loaded.begin() as connection:
        other = changes.record(connection, actor="张", action="name", layers=["assignments"])
    with pytest.raises(DataError, match="is no load"):
        undo(loaded, other)
    with pytest.raises(NotFoundError, match="no data version 99"):
        undo(loaded, 99)
    done = undo(loaded)
    with pytest.raises(DataError, match=rf"taken back already, by version {done.version}"):
        undo(loaded, 1)


def test_only_the_last_loads_are_kept(loaded: Engine, town: District) -> None:
    versions = [
        bring(loaded, {"facilities": town["facilities"].assign(capacity=number)}, most=2) for number in range(3)
    ]
    with loaded.connect() as connection:
        found = {load.version: load.can_undo for load in history.loads(connection)}
        oldest = connection.scalar(text("SELECT min(version) FROM gridmap.former_rows"))
    assert found == {1: False, versions[0]: False, versions[1]: True, versions[2]: True}
    assert oldest == versions[1]
    with pytest.raises(DataError, match="no longer kept"):
        undo(loaded, versions[0])


def test_accounts_belong_again_to_what_comes_back(loaded: Engine, town: District) -> None:
    person = town["staff"]["code"].iloc[0]
    insert = (
        "INSERT INTO gridmap.accounts (name, role, password_hash, staff_code) VALUES ('p', 'leader', 'hash', :code)"
    )
    with loaded.begin() as connection:
        connection.execute(text(insert), {"code": person})
    bring(loaded, {"staff": town["staff"].iloc[1:]}, mode="replace")
    undo(loaded)
    with loaded.connect() as connection:
        assert connection.scalar(text("SELECT staff_code FROM gridmap.accounts")) == person
        kept = connection.execute(text("SELECT content FROM gridmap.former_rows WHERE layer = 'accounts'")).all()
    assert "hash" not in str(kept)


def test_every_table_of_a_layer_keeps_its_former_rows(worker_engine: Engine) -> None:
    query = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'keep_removed'"
    with worker_engine.connect() as connection:
        found = set(connection.scalars(text(query)))
    assert {t.fullname for t in (*tables.district.values(), *tables.results.values(), tables.places)} <= found


def test_places_settled_anew_are_as_they_were_loaded(loaded: Engine) -> None:
    before = standing(loaded)["places"]
    with loaded.begin() as connection:
        places.settle_communities(connection)
    assert standing(loaded)["places"] == before


def _drawn(town: District, draw: Callable[[st.SearchStrategy[int]], int]) -> dict[str, pd.DataFrame]:
    """A few rows of some layers: as they are, with other values, or with codes of their own."""
    layers: dict[str, pd.DataFrame] = {}
    for name, column in (("compounds", "name"), ("gates", "hours"), ("ways", "name"), ("facilities", "capacity")):
        table = town[name]
        how = np.array([draw(st.integers(0, 3)) for _row in range(len(table))])
        kept = table[how > 0].copy()
        value = draw(st.integers(0, 2))
        changed = how[how > 0] == 2
        kept.loc[changed, column] = value if column == "capacity" else f"v{value}"
        if "code" in kept:
            kept.loc[how[how > 0] == 3, "code"] = kept["code"] + "-x"
        layers[name] = kept
    return layers


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_undo_is_exact_and_so_is_undoing_it(loaded: Engine, town: District, data: st.DataObject) -> None:
    bring(loaded, _drawn(town, data.draw))
    before = standing(loaded)
    mode: Mode = data.draw(st.sampled_from(["merge", "replace"]))
    layers = _drawn(town, data.draw)
    if mode == "replace":
        layers.pop("compounds")  # the buildings stand on them
    bring(loaded, layers, mode=mode)
    after = standing(loaded)
    done = undo(loaded)
    assert standing(loaded) == before
    undo(loaded, done.version)
    assert standing(loaded) == after
