"""A district goes into the database and comes out the same; what breaks a rule is refused by name."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, select, text

from gridmap.database import changes, tables
from gridmap.database.store import Saved, counts, load_district, load_layer, save_layers
from gridmap.domain.district import District
from gridmap.domain.errors import DataError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS


def filled(district: District) -> dict[str, gpd.GeoDataFrame]:
    return {name: district[name] for name in district.filled()}


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    with database.begin() as connection:
        version = changes.record(connection, actor="test", action="import", layers=town.filled())
        save_layers(connection, filled(town), version=version)
    return database


def same(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, layer: str) -> None:
    key = [name for name in ("code", "kind", "name", "role", "place_code") if name in left]
    names = list(DISTRICT_LAYERS[layer].names)
    one, two = (
        pd.DataFrame(table).assign(wkt=shapely.to_wkt(table.geometry.values, rounding_precision=9))
        for table in (left, right)
    )
    one, two = (table.sort_values([*key, "wkt"]).reset_index(drop=True) for table in (one, two))
    pd.testing.assert_frame_equal(one[names], two[names])
    pairs = zip(one.geometry, two.geometry, strict=True)
    assert all((a is None and b is None) or a.equals_exact(b, 0) or a.normalize() == b.normalize() for a, b in pairs)


def test_every_column_of_a_layer_is_in_its_table() -> None:
    stored = {**tables.district, **tables.results, "regions": tables.plan_regions}
    for name, layer in {**DISTRICT_LAYERS, **RESULT_LAYERS}.items():
        missing = set(layer.names) - set(stored[name].c.keys())
        assert not missing, f"{name} lacks {missing}"
        assert ("geom" in stored[name].c) == (layer.geometry is not None)


def test_layers_refer_only_to_layers_before_them() -> None:
    names = list(DISTRICT_LAYERS)
    for position, (name, layer) in enumerate(DISTRICT_LAYERS.items()):
        for column in layer.columns:
            assert column.refers_to is None or column.refers_to in names[: position + 1], (name, column.name)


def test_a_district_comes_back_as_it_went_in(loaded: Engine, town: District) -> None:
    with loaded.connect() as connection:
        back = load_district(connection)
    assert back.version == 1
    assert sorted(back.filled()) == sorted(town.filled())
    for name in town.filled():
        same(back[name], town.to_crs("EPSG:4326")[name], name)


def test_a_metric_district_is_stored_in_degrees(database: Engine, town: District) -> None:
    with database.begin() as connection:
        save_layers(connection, filled(town.metric()))
        west, south, east, north = load_district(connection).bounds()
    assert 121 < west < east < 123
    assert 37 < south < north < 38


def test_columns_that_a_layer_does_not_name_are_kept(database: Engine, town: District) -> None:
    streets = town["streets"].assign(mayor="王", height=[12.5] * len(town["streets"]), nothing=None)
    with database.begin() as connection:
        save_layers(connection, {"streets": streets})
        back = load_layer(connection, "streets")
    assert back["mayor"].tolist() == ["王"] * len(streets)
    assert back["height"].tolist() == [12.5] * len(streets)
    assert "nothing" not in back


def test_merging_the_same_district_changes_nothing(loaded: Engine, town: District) -> None:
    with loaded.begin() as connection:
        before = counts(connection)
        saved = save_layers(connection, filled(town))
        assert counts(connection) == before
    assert all(result.inserted == 0 and result.removed == 0 for result in saved.values())
    assert saved["buildings"] == Saved(unchanged=len(town["buildings"]))


def test_merging_keeps_what_the_new_rows_do_not_know(loaded: Engine, town: District) -> None:
    compounds = town["compounds"].head(1).assign(name="新名", households=pd.array([None], dtype="Int64"))
    with loaded.begin() as connection:
        saved = save_layers(connection, {"compounds": compounds}, version=7)
        back = load_layer(connection, "compounds").set_index("code").loc[compounds["code"].iloc[0]]
        version = connection.scalar(
            select(tables.district["compounds"].c.version).where(tables.district["compounds"].c.name == "新名")
        )
    assert saved["compounds"] == Saved(updated=1)
    assert (back["name"], back["households"]) == ("新名", 240)
    assert version == 7


def test_a_derived_value_never_replaces_a_given_one(loaded: Engine, town: District) -> None:
    compounds = town["compounds"].head(1).assign(households=pd.array([999], dtype="Int64"), derived="households")
    with loaded.begin() as connection:
        save_layers(connection, {"compounds": compounds})
        back = load_layer(connection, "compounds").set_index("code").loc[compounds["code"].iloc[0]]
    assert back["households"] == 240
    assert back["derived"] is None


def test_a_given_value_replaces_a_derived_one(loaded: Engine, town: District) -> None:
    derived = town["compounds"].head(1).assign(derived="households residents")
    given = town["compounds"].head(1).assign(households=pd.array([300], dtype="Int64"), residents=pd.NA)
    with loaded.begin() as connection:
        save_layers(connection, {"compounds": derived.assign(households=pd.array([1], dtype="Int64"))}, mode="merge")
        connection.execute(text("UPDATE gridmap.compounds SET derived = 'households residents'"))
        save_layers(connection, {"compounds": given})
        back = load_layer(connection, "compounds").set_index("code").loc[given["code"].iloc[0]]
    assert back["households"] == 300
    assert back["derived"] == "residents"


def test_replacing_leaves_exactly_the_new_rows(loaded: Engine, town: District) -> None:
    with loaded.begin() as connection:
        saved = save_layers(connection, {"gates": town["gates"].head(1), "ways": town["ways"].head(2)}, mode="replace")
        after = counts(connection)
        registered = connection.scalar(text("SELECT count(*) FROM gridmap.places WHERE layer = 'gates'"))
    assert (after["gates"], after["ways"], registered) == (1, 2, 1)
    assert saved["gates"] == Saved(unchanged=1, removed=len(town["gates"]) - 1)


def test_replacing_by_an_empty_table_empties_the_layer(loaded: Engine, town: District) -> None:
    with loaded.begin() as connection:
        save_layers(connection, {"gates": town["gates"].head(0), "barriers": town["barriers"].head(0)}, mode="replace")
        after = counts(connection)
    assert (after["gates"], after["barriers"]) == (0, 0)


def test_a_whole_district_replaces_another(loaded: Engine, town: District) -> None:
    tables_ = {name: town[name].head(0) for name in DISTRICT_LAYERS}
    with loaded.begin() as connection:
        save_layers(connection, tables_, mode="replace")
        assert set(counts(connection).values()) == {0}
        assert connection.scalar(text("SELECT count(*) FROM gridmap.places")) == 0


def test_a_parent_that_others_stand_on_stays(loaded: Engine, town: District) -> None:
    with pytest.raises(DataError, match=r"compounds .*371071004001-B.* buildings"), loaded.begin() as connection:
        save_layers(connection, {"compounds": town["compounds"].head(1)}, mode="replace")


def test_a_code_that_comes_twice_is_named(database: Engine, town: District) -> None:
    double = pd.concat([town["streets"], town["streets"].head(1)])
    with (
        pytest.raises(DataError, match="streets has more than one row with the code: 371071004"),
        database.begin() as connection,
    ):
        save_layers(connection, {"streets": double})


def test_a_code_of_another_layer_is_named(loaded: Engine, town: District) -> None:
    taken = town["compounds"]["code"].iloc[0]
    facilities = town["gates"].head(1).assign(code=taken, kind="health")
    with pytest.raises(DataError, match=rf"{taken} \(compounds\)"), loaded.begin() as connection:
        save_layers(connection, {"facilities": facilities})


def test_a_parent_that_does_not_exist_is_named(loaded: Engine, town: District) -> None:
    lost = town["buildings"].head(2).assign(compound_code="nowhere")
    with (
        pytest.raises(DataError, match=r"buildings refers in compound_code to compounds .*: nowhere"),
        loaded.begin() as connection,
    ):
        save_layers(connection, {"buildings": lost})


def test_a_word_that_does_not_exist_is_named_with_those_that_do(loaded: Engine, town: District) -> None:
    wrong = town["gates"].head(1).assign(access="sometimes")
    with pytest.raises(DataError, match=r"access .*sometimes.*public, residents, closed"), loaded.begin() as connection:
        save_layers(connection, {"gates": wrong})


def test_a_code_with_a_space_is_named(loaded: Engine, town: District) -> None:
    with pytest.raises(DataError, match="'a b'"), loaded.begin() as connection:
        save_layers(connection, {"gates": town["gates"].head(1).assign(code="a b")})


def test_an_official_code_begins_with_its_parents_digits(loaded: Engine, town: District) -> None:
    wrong = town["communities"].head(1).assign(code="371002999001")
    with pytest.raises(DataError, match="code_structure"), loaded.begin() as connection:
        save_layers(connection, {"communities": wrong})


def test_codes_that_are_not_official_are_left_alone(loaded: Engine, town: District) -> None:
    other = town["communities"].head(1).assign(code="relation/42")
    with loaded.begin() as connection:
        saved = save_layers(connection, {"communities": other})
    assert saved["communities"].inserted == 1


def test_a_shape_of_another_kind_is_named(loaded: Engine, town: District) -> None:
    wrong = town["gates"].head(1)
    wrong.geometry = shapely.buffer(wrong.geometry.values, 0.001)
    with pytest.raises(DataError, match="gates takes point geometry, but has: Polygon"), loaded.begin() as connection:
        save_layers(connection, {"gates": wrong})


def test_a_missing_shape_is_named_and_a_missing_home_is_not(loaded: Engine, town: District) -> None:
    gates = town["gates"].head(1)
    gates.geometry = [None]
    staff = gpd.GeoDataFrame({"code": ["S-0"], "name": ["李"], "roles": ["staff grid"]}, geometry=[None], crs=4326)
    with loaded.begin() as connection:
        save_layers(connection, {"staff": staff})
        assert load_layer(connection, "staff").set_index("code").loc["S-0"].geometry is None
    with pytest.raises(DataError, match="gates has rows without a shape"), loaded.begin() as connection:
        save_layers(connection, {"gates": gates})


def test_a_layer_that_does_not_exist_is_named(database: Engine) -> None:
    with pytest.raises(NotFoundError, match="moats"), database.begin() as connection:
        save_layers(connection, {"moats": pd.DataFrame()})
    with pytest.raises(NotFoundError, match="moats"), database.begin() as connection:
        load_layer(connection, "moats")


def assignment(staff: str, since: str | None, until: str | None, role: str = "compound") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "role": [role],
            "place_code": ["371071004001-A"],
            "staff_code": [staff],
            "since": pd.to_datetime([since]),
            "until": pd.to_datetime([until]),
        }
    )


@pytest.fixture
def people(loaded: Engine) -> Engine:
    staff = gpd.GeoDataFrame({"code": ["S-1", "S-2"]}, geometry=[None, None], crs=4326)
    with loaded.begin() as connection:
        connection.execute(text("DELETE FROM gridmap.assignments"))
        save_layers(connection, {"staff": staff, "assignments": assignment("S-1", "2026-01-01", "2026-07-01")})
    return loaded


def test_a_place_never_has_two_people_in_a_sole_role(people: Engine) -> None:
    with pytest.raises(DataError, match="two people in a sole role"), people.begin() as connection:
        save_layers(connection, {"assignments": assignment("S-2", "2026-06-30", None)})


def test_a_successor_begins_on_the_day_the_term_ends(people: Engine) -> None:
    with people.begin() as connection:
        save_layers(connection, {"assignments": assignment("S-2", "2026-07-01", None)})
        assert len(load_layer(connection, "assignments")) == 2


def test_one_person_may_hold_both_roles_of_a_compound(people: Engine) -> None:
    with people.begin() as connection:
        save_layers(connection, {"assignments": assignment("S-1", "2026-01-01", None, role="party_compound")})
        assert len(load_layer(connection, "assignments")) == 2


def test_volunteers_share_a_place(people: Engine) -> None:
    with people.begin() as connection:
        for person in ("S-1", "S-2"):
            save_layers(connection, {"assignments": assignment(person, "2026-01-01", None, role="volunteer")})
        assert len(load_layer(connection, "assignments")) == 3


def test_a_term_that_is_moved_merges_with_itself(people: Engine) -> None:
    with people.begin() as connection:
        saved = save_layers(connection, {"assignments": assignment("S-1", "2026-01-01", "2026-12-31")})
    assert saved["assignments"] == Saved(updated=1)


def test_an_assignment_at_no_place_is_named(people: Engine) -> None:
    lost = assignment("S-1", "2026-01-01", None).assign(place_code="nowhere")
    with pytest.raises(DataError, match=r"place_code to places .*: nowhere"), people.begin() as connection:
        save_layers(connection, {"assignments": lost})
