"""A plan is kept whole and found again."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
from sqlalchemy import Engine, text

from gridmap.database import plans, results
from gridmap.domain.errors import DataError


@pytest.fixture
def proposal() -> dict[str, pd.DataFrame]:
    regions = gpd.GeoDataFrame(
        {
            "region": [0, 1],
            "code": ["371071004601", "371071004602"],
            "status": ["new", "below"],
            "households": [5200, 900],
            "units": [2, 1],
            "members": [["a", "b"], ["c"]],
        },
        geometry=[box(122, 37, 122.1, 37.1), box(122.1, 37, 122.2, 37.1)],
        crs=4326,
    )
    assignment = pd.DataFrame(
        {"unit": ["a", "b", "c", "d"], "region": [0, 0, 1, -1], "households": [3000, 2200, 900, 5]}
    )
    return {"regions": regions, "assignment": assignment}


def save(engine: Engine, proposal: dict[str, pd.DataFrame], **further: object) -> int:
    with engine.begin() as connection:
        return plans.save_plan(connection, proposal, {"status": "partial"}, version=3, actor="planner", **further)


def regions(engine: Engine) -> gpd.GeoDataFrame:
    with engine.connect() as connection:
        return plans.newest_regions(connection)


def test_a_plan_comes_back_as_it_was_saved(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, proposal, name="甲案")
    with database.connect() as connection:
        (listed,) = plans.newest(connection, most=9)
        units = plans.units(connection, number)
    kept = {name: listed[name] for name in ("id", "name", "status", "data_version", "regions", "new", "outcome")}
    assert list(kept.values()) == [number, "甲案", "draft", 3, 2, 1, "partial"]
    assert units == [("d", -1, 5), ("a", 0, 3000), ("b", 0, 2200), ("c", 1, 900)]
    back = regions(database)
    assert (back["members"].tolist(), back["households"].tolist()) == (["a b", "c"], [5200, 900])
    assert back.geometry.geom_equals(proposal["regions"].geometry).all()


def test_how_a_plan_was_found_is_kept(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    save(database, proposal, settings={"seed": 1})
    with database.connect() as connection:
        row = connection.execute(text("SELECT actor, settings, report FROM gridmap.plans")).one()
    assert tuple(row) == ("planner", {"seed": 1}, {"status": "partial"})


def test_plans_are_listed_newest_first_and_the_newest_is_on_the_map(
    database: Engine, proposal: dict[str, pd.DataFrame]
) -> None:
    first = save(database, proposal)
    second = save(database, {**proposal, "regions": proposal["regions"].head(1)})
    with database.connect() as connection:
        assert [plan["id"] for plan in plans.newest(connection, most=9)] == [second, first]
        assert [plan["id"] for plan in plans.newest(connection, most=1)] == [second]
        assert len(results.load(connection, "regions")) == 1


def test_a_plan_without_a_name_is_called_by_its_number(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, proposal)
    with database.connect() as connection:
        plan = plans.find(connection, number)
    assert plan is not None
    assert plan["name"].startswith(f"#{number} 20")


def test_a_plan_without_regions_is_kept_too(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, {"assignment": proposal["assignment"].assign(region=-1)})
    with database.connect() as connection:
        assert len(plans.units(connection, number)) == 4
    assert regions(database).empty


def test_a_unit_in_two_regions_is_refused(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    double = proposal["assignment"].assign(unit=["a", "a", "b", "c"])
    with pytest.raises(DataError, match="more than one row of the unit a"):
        save(database, {**proposal, "assignment": double})


def test_a_plan_that_does_not_exist_is_none(database: Engine) -> None:
    with database.connect() as connection:
        assert plans.find(connection, 99) is None
