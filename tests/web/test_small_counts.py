"""Small counts of groups of people are for those who look at the district at work, not for everybody."""

import math

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN, VILLAGE, at
from tests.web.conftest import add_results, load_town


@pytest.fixture
def clients(town_database):
    """Somebody without a login, and somebody at the desk."""
    with town_database.begin() as connection:
        connection.execute(text("UPDATE gridmap.communities SET children = 7"))
    yield tuple(create_app(town_database, desk=desk, testing=True).test_client() for desk in (False, True))
    with town_database.begin() as connection:
        connection.execute(text("UPDATE gridmap.communities SET children = NULL"))


def counts(client):
    found = client.get("/api/layers/communities.geojson").get_json()["features"]
    names = ("elderly", "children", "floating")
    return {one["id"]: tuple(one["properties"][name] for name in names) for one in found}


def test_the_public_gets_no_small_count_and_officials_get_them_all(clients):
    public, official = clients
    assert counts(public) == {URBAN: (600, None, 300), VILLAGE: (50, None, None)}
    assert counts(official) == {URBAN: (600, 7, 300), VILLAGE: (50, 7, 4)}


def test_tiles_which_everybody_shares_hold_none(clients):
    public, _official = clients
    west, north = at(200, 320)
    column = int((west + 180) / 360 * 2**12)
    turn = math.radians(north)
    row = int((1 - math.asinh(math.tan(turn)) / math.pi) / 2 * 2**12)
    version = public.get("/tiles/communities.json").get_json()["version"].split(".")[0]
    answer = public.get(f"/tiles/communities/{version}/12/{column}/{row}.mvt")
    tile = mapbox_vector_tile.decode(answer.get_data())
    found = {one["properties"]["code"]: one["properties"] for one in tile["communities"]["features"]}
    assert found[URBAN]["floating"] == 300
    assert not {"children", "floating", "floating_share"} & set(found[VILLAGE])


def test_small_parts_of_a_group_in_results_are_for_officials_alone(database, town):
    load_town(database, town)
    add_results(database, town)
    public, official = (create_app(database, desk=desk, testing=True).test_client() for desk in (False, True))
    assert public.get("/api/layers/reach.geojson").status_code in {401, 403, 404}
    (row,) = official.get("/api/layers/reach.geojson").get_json()["features"]
    assert (row["properties"]["elderly"], row["properties"]["elderly_within_15"]) == (200, 5)
