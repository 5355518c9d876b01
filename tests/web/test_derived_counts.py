"""Cards of places whose households were worked out say about how many there are, and between what."""

import pytest
from sqlalchemy import text

from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN

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
