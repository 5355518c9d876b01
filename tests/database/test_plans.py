"""A plan is kept whole and found again."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
from sqlalchemy import Engine

from gridmap.database import results
from gridmap.database.plans import list_plans, load_plan, save_plan
from gridmap.domain.errors import DataError, NotFoundError


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
        return save_plan(connection, proposal, {"status": "partial"}, version=3, actor="planner", **further)


def test_a_plan_comes_back_as_it_was_saved(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, proposal, name="甲案", settings={"seed": 1})
    with database.connect() as connection:
        plan = load_plan(connection, number)
    assert (plan.name, plan.status, plan.version, plan.actor) == ("甲案", "draft", 3, "planner")
    assert (plan.settings, plan.report) == ({"seed": 1}, {"status": "partial"})
    assert plan.regions["members"].tolist() == ["a b", "c"]
    assert plan.regions["households"].tolist() == [5200, 900]
    assert plan.regions.geometry.geom_equals(proposal["regions"].geometry).all()
    assert dict(zip(plan.units["unit"], plan.units["region"], strict=True)) == {"a": 0, "b": 0, "c": 1, "d": -1}
    assert plan.units["households"].tolist() == [3000, 2200, 900, 5]


def test_plans_are_listed_newest_first_and_the_newest_is_on_the_map(
    database: Engine, proposal: dict[str, pd.DataFrame]
) -> None:
    first = save(database, proposal)
    second = save(database, {**proposal, "regions": proposal["regions"].head(1)})
    with database.connect() as connection:
        assert [plan.id for plan in list_plans(connection)] == [second, first]
        assert len(results.load(connection, "regions")) == 1


def test_a_plan_without_a_name_is_called_by_its_number(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, proposal)
    with database.connect() as connection:
        assert load_plan(connection, number).name.startswith(f"#{number} 20")


def test_a_plan_without_regions_is_kept_too(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    number = save(database, {"assignment": proposal["assignment"].assign(region=-1)})
    with database.connect() as connection:
        plan = load_plan(connection, number)
    assert plan.regions.empty
    assert len(plan.units) == 4


def test_a_unit_in_two_regions_is_refused(database: Engine, proposal: dict[str, pd.DataFrame]) -> None:
    double = proposal["assignment"].assign(unit=["a", "a", "b", "c"])
    with pytest.raises(DataError, match="more than one row of the unit a"):
        save(database, {**proposal, "assignment": double})


def test_a_plan_that_does_not_exist_is_named(database: Engine) -> None:
    with pytest.raises(NotFoundError, match="plan 99"), database.connect() as connection:
        load_plan(connection, 99)
