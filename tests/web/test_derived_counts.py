"""Cards of places whose households were worked out say about how many there are, and between what."""

import pytest
from sqlalchemy import text

from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN
from tests.web.conftest import GRID, add_results, load_town

A = f"{URBAN}-A"


@pytest.fixture
def desk(town_database):
    """Somebody at the desk, with the households of one compound derived."""
    mark = "UPDATE gridmap.{} SET derived = {} WHERE code LIKE :code"
    with town_database.begin() as connection:
        for table in ("buildings", "compounds"):
            connection.execute(text(mark.format(table, "'households residents'")), {"code": f"{A}%"})
    yield create_app(town_database, desk=True, testing=True).test_client()
    with town_database.begin() as connection:
        for table in ("buildings", "compounds"):
            connection.execute(text(mark.format(table, "NULL")), {"code": f"{A}%"})


def test_a_grid_has_its_range_in_the_card_and_in_the_list(database, town):
    load_town(database, town)
    add_results(database, town)
    with database.begin() as connection:
        connection.execute(text("UPDATE gridmap.grids SET households_low = 180, households_high = 1100"))
    desk = create_app(database, desk=True, testing=True).test_client()
    (row,) = (one["properties"] for one in desk.get("/api/layers/grids.geojson").get_json()["features"])
    assert (row["households_low"], row["households_high"]) == (180, 1100)
    assert households(desk, GRID)["value"].endswith("(180–1,100)")


def households(client, code):
    figures = client.get(f"/api/places/{code}?lang=en").get_json()["figures"]
    return next(one for one in figures if one["label"] == "Households")


@pytest.mark.parametrize(
    ("code", "value", "derived"),
    [(f"{A}-1", "about 60 (36–84)", True), (A, "about 240 (180–300)", True), (URBAN, "960", False)],
)
def test_households_with_their_range(desk, code, value, derived):
    figure = households(desk, code)
    assert (figure["value"], figure["derived"]) == (value, derived)
