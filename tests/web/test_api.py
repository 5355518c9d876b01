"""What the addresses for machines answer about the town."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shapely.geometry import shape
from sqlalchemy import Engine, text

from gridmap.database import changes, results
from gridmap.domain.district import District
from gridmap.domain.notes import Note
from gridmap.layers.shifted import shift
from gridmap.web.app import create_app
from gridmap.web.wording import hours
from tests.fixtures.districts import STREET, URBAN, VILLAGE
from tests.web.conftest import GRID, add_results, load_town

LON, LAT = 122.00568137, 37.4780108
"""In the first building of compound A."""


def get(client: FlaskClient, address: str, **query: object) -> Any:
    response = client.get(address, query_string={name: str(value) for name, value in query.items()})
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


class TestLocate:
    def test_a_building_knows_all_it_stands_in(self, client: FlaskClient) -> None:
        found = get(client, "/api/locate", lon=LON, lat=LAT)
        assert found["building"]["code"] == f"{URBAN}-A-1"
        assert [item["number"] for item in found["stairwells"]] == [1, 2]
        assert found["compound"]["code"] == f"{URBAN}-A"
        assert found["grid"]["code"] == GRID
        assert found["community"]["code"] == URBAN
        assert found["street"]["code"] == STREET

    def test_the_committee_can_be_reached(self, client: FlaskClient) -> None:
        committee = get(client, "/api/locate", lon=LON, lat=LAT)["committee"]
        assert committee["phone"] == "0631-5680000"
        assert committee["office"]["code"] == "C2"
        assert committee["service_centre"]["code"] == "C1"
        assert [member["name"] for member in committee["members"]] == ["社区工作者1", "社区工作者2"]

    def test_only_published_leaders_have_names(self, client: FlaskClient) -> None:
        leaders = {item["role"]: item for item in get(client, "/api/locate", lon=LON, lat=LAT)["leaders"]}
        assert leaders["grid"]["name"] == "社区工作者1"
        assert leaders["grid"]["duty_phone"] == "0631-5680000"
        assert leaders["compound"]["status"] == "assigned"
        assert leaders["compound"]["name"] is None
        assert leaders["compound"]["duty_phone"] is None
        assert leaders["stairwell"]["status"] == "vacant"

    @pytest.mark.parametrize("datum", ["gcj02", "bd09"])
    def test_shifted_coordinates_mean_the_same_place(self, client: FlaskClient, datum: Any) -> None:
        lon, lat = shift([(LON, LAT)], source="wgs84", target=datum)[0]
        found = get(client, "/api/locate", lon=lon, lat=lat, crs=datum)
        assert found["building"]["code"] == f"{URBAN}-A-1"
        assert found["point"] == pytest.approx([LON, LAT], abs=1e-6)

    def test_beside_a_building_is_that_building(self, client: FlaskClient) -> None:
        found = get(client, "/api/locate", lon=LON, lat=LAT - 0.0001)
        assert found["building"]["code"] == f"{URBAN}-A-1"
        assert 0 < found["building"]["distance_m"] < 25

    def test_far_from_buildings_there_is_still_a_community(self, client: FlaskClient) -> None:
        found = get(client, "/api/locate", lon=LON, lat=LAT + 0.0033)
        assert found["building"] is None
        assert found["stairwells"] == []
        assert found["community"]["code"] == VILLAGE

    @pytest.mark.parametrize(("lon", "lat"), [(121, 37), (0, 0), (LAT, LON - 80)])
    def test_outside_is_not_found_in_words(self, client: FlaskClient, lon: float, lat: float) -> None:
        response = client.get("/api/locate", query_string={"lon": lon, "lat": lat, "lang": "en"})
        assert response.status_code == 404
        assert "outside the district" in response.get_json()["detail"]


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "first"),
        [
            ("A小区", f"{URBAN}-A"),
            ("Ａ小区", f"{URBAN}-A"),
            ("a小区", f"{URBAN}-A"),
            ("金海湾社区", URBAN),
            ("jinhaiwan", URBAN),
            ("jhw", URBAN),
            ("北山村", VILLAGE),
            ("bsc", VILLAGE),
            (f"{URBAN}-B", f"{URBAN}-B"),
            ("A小区 2号楼", f"{URBAN}-A-2"),
            ("村中路3号", f"{VILLAGE}-3"),
            ("怡园街道", STREET),
            ("幼儿园", "F1"),
        ],
    )
    def test_finds_first(self, client: FlaskClient, query: str, first: str) -> None:
        assert get(client, "/api/search", q=query)["results"][0]["code"] == first

    def test_tells_where_a_result_is(self, client: FlaskClient) -> None:
        found = get(client, "/api/search", q="A小区 2号楼")["results"][0]
        assert found["context"] == "A小区 · 南路2号 · 金海湾社区 · 怡园街道"
        west, south, east, north = found["bbox"]
        assert west < found["point"][0] < east
        assert south < found["point"][1] < north

    def test_is_bounded_and_says_so(self, client: FlaskClient) -> None:
        some = get(client, "/api/search", q="号", limit=3)
        assert len(some["results"]) == 3
        assert some["more"]

    @pytest.mark.parametrize("query", ["%", "_", "\\", "'", "%%%", "\\%", "100%"])
    def test_signs_of_patterns_are_only_signs(self, client: FlaskClient, query: str) -> None:
        assert get(client, "/api/search", q=query)["results"] == []


class TestCards:
    @pytest.mark.parametrize(
        ("code", "layer"),
        [
            (STREET, "streets"),
            (URBAN, "communities"),
            (VILLAGE, "communities"),
            (f"{URBAN}-A", "compounds"),
            (f"{URBAN}-A-1", "buildings"),
            (f"{VILLAGE}-3", "buildings"),
            (f"{URBAN}-A-1-1", "stairwells"),
            (f"{URBAN}-A-G", "gates"),
            (GRID, "grids"),
            ("C1", "centres"),
            ("C2", "centres"),
            ("F1", "facilities"),
            ("371071004601", "regions"),
        ],
    )
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_every_kind_of_place_has_one(self, client: FlaskClient, code: str, layer: str, lang: str) -> None:
        card = get(client, f"/api/places/{code}", lang=lang)
        assert card["layer"] == layer
        assert card["name"] not in {None, "", code}
        assert len(card["sentence"]) > 3
        assert all(part["rows"] for part in card["parts"])
        assert card["point"] is not None

    def test_a_compound_says_first_why_it_is_isolated(self, english: FlaskClient) -> None:
        card = get(english, f"/api/places/{URBAN}-D")
        assert card["sentence"] == "Isolated: its only gate is for residents."
        assert card["state"] == "current"

    def test_what_could_not_be_measured_is_not_known(self, english: FlaskClient) -> None:
        figures = {item["label"]: item for item in get(english, f"/api/places/{URBAN}-D")["figures"]}
        assert figures["Detour to neighbours"]["value"] == "not known"
        assert figures["Detour to neighbours"]["unit"] == ""

    def test_a_community_says_how_many_staff_are_missing(self, english: FlaskClient) -> None:
        sentence = get(english, f"/api/places/{URBAN}")["sentence"]
        assert sentence == "It needs 5 members of staff and has 4, 1 too few."

    def test_a_building_leads_up_to_its_street(self, client: FlaskClient) -> None:
        parents = get(client, f"/api/places/{URBAN}-A-1")["parents"]
        assert [item["layer"] for item in parents] == ["compounds", "grids", "communities", "streets"]

    def test_a_vacancy_gives_its_cause(self, english: FlaskClient) -> None:
        card = get(english, f"/api/places/{URBAN}-A-1-1")
        assert "no candidate lives there" in card["sentence"]

    def test_who_is_proposed_is_not_said_to_be_in_office(self, english: FlaskClient) -> None:
        rows = [row for part in get(english, f"/api/places/{GRID}")["parts"] for row in part["rows"]]
        assert {"label": "grid leader", "value": "proposed: 社区工作者1 · 社区工作者 · 0631-5680000"} in rows

    def test_a_leader_who_is_not_published_stays_without_a_name(self, english: FlaskClient) -> None:
        rows = [row for part in get(english, f"/api/places/{URBAN}-A")["parts"] for row in part["rows"]]
        assert {"label": "compound leader", "value": "proposed: not published"} in rows

    def test_a_region_below_the_threshold_says_what_is_missing(self, english: FlaskClient) -> None:
        sentence = get(english, "/api/places/371071004601")["sentence"]
        assert sentence == "1,000 households: 4,000 fewer than the threshold of 5,000."


class TestFeatures:
    def test_pages_by_key_give_every_feature_once(self, client: FlaskClient) -> None:
        codes, address = [], "/api/layers/buildings.geojson?limit=7"
        while address:
            page = client.get(address).get_json()
            assert page["numberReturned"] == len(page["features"]) <= 7
            codes += [feature["id"] for feature in page["features"]]
            address = page["next"]
        assert len(codes) == len(set(codes)) == 36

    def test_pages_of_a_layer_without_codes(self, client: FlaskClient) -> None:
        page = get(client, "/api/layers/ways.geojson", limit=5)
        rest = client.get(page["next"]).get_json()
        assert page["numberReturned"] + rest["numberReturned"] == 8
        assert rest["next"] is None

    def test_outer_rings_run_counter_clockwise(self, client: FlaskClient) -> None:
        for feature in get(client, "/api/layers/compounds.geojson")["features"]:
            assert shape(feature["geometry"]).exterior.is_ccw

    def test_a_box_leaves_out_what_is_elsewhere(self, client: FlaskClient) -> None:
        box = f"{LON - 1e-5},{LAT - 1e-5},{LON + 1e-5},{LAT + 1e-5}"
        found = get(client, "/api/layers/buildings.geojson", bbox=box)["features"]
        assert [feature["id"] for feature in found] == [f"{URBAN}-A-1"]

    def test_a_list_needs_no_outlines(self, client: FlaskClient) -> None:
        point = get(client, "/api/layers/isolation.geojson", geometry="point")["features"][0]
        assert point["geometry"]["type"] == "Point"
        none = get(client, "/api/layers/isolation.geojson", geometry="none")["features"][0]
        assert none["geometry"] is None
        assert none["properties"]["name"] == "A小区"
        assert none["properties"]["reasons_text"] == "有公共出入口。"

    @pytest.mark.parametrize("layer", ["members", "need"])
    def test_a_table_has_no_geometry(self, client: FlaskClient, layer: str) -> None:
        assert get(client, f"/api/layers/{layer}.geojson")["features"][0]["geometry"] is None

    def test_leaders_show_no_person(self, client: FlaskClient) -> None:
        for feature in get(client, "/api/layers/leaders.geojson")["features"]:
            assert set(feature["properties"]) == {"role", "place_code", "status", "cause"}

    def test_regions_are_the_newest_plans(self, client: FlaskClient) -> None:
        assert get(client, "/api/layers/regions.geojson")["features"][0]["properties"]["code"] == "371071004601"


class TestThemes:
    def test_every_theme_of_the_issue_is_there(self, client: FlaskClient) -> None:
        ids = {theme["id"] for theme in get(client, "/api/themes")}
        assert {
            "party-branch",
            "owners-committee",
            "property-company",
            "management",
            "elderly-share",
            "floating-share",
            "isolation-class",
            "isolation-directness",
        } <= ids

    def test_a_property_is_in_the_layers_tiles(self, client: FlaskClient) -> None:
        for theme in get(client, "/api/themes"):
            layers = client.get(f"/tiles/{theme['layer']}.json").get_json()["vector_layers"]
            assert theme["property"] in layers[0]["fields"]

    def test_classes_follow_each_other_without_gap(self, client: FlaskClient) -> None:
        for theme in get(client, "/api/themes"):
            if theme["type"] == "sequence":
                edges = [(item["min"], item["max"]) for item in theme["classes"]]
                assert all(low <= high for low, high in edges)
                assert all(one[1] == two[0] for one, two in pairwise(edges))

    def test_classes_speak_the_language_asked_for(self, client: FlaskClient) -> None:
        for lang, word in (("zh", "孤立"), ("en", "isolated")):
            theme = next(t for t in get(client, "/api/themes", lang=lang) if t["id"] == "isolation-class")
            assert word in [item["label"] for item in theme["classes"]]

    def test_the_commonest_companies_are_classes(self, client: FlaskClient) -> None:
        theme = next(t for t in get(client, "/api/themes") if t["id"] == "property-company")
        assert [item["value"] for item in theme["classes"]] == ["海安物业"]
        assert theme["other"] is None


class TestPlans:
    def test_a_plan_is_listed(self, client: FlaskClient) -> None:
        plan = get(client, "/api/plans")["plans"][0]
        assert (plan["regions"], plan["outcome"]) == (1, "partial")

    def test_its_regions_are_geojson(self, client: FlaskClient) -> None:
        response = client.get("/api/plans/1/regions.geojson")
        assert response.mimetype == "application/geo+json"
        properties = response.get_json()["features"][0]["properties"]
        assert (properties["code"], properties["members"]) == ("371071004601", ["a", "b"])

    def test_its_assignment_is_a_table_that_no_spreadsheet_runs(self, client: FlaskClient) -> None:
        response = client.get("/api/plans/1/assignment.csv")
        assert response.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(response.get_data(as_text=True))))
        assert rows == [["unit", "region", "households"], ["'=c", "-1", "10"], ["a", "0", "600"], ["b", "0", "400"]]

    def test_an_unknown_plan_is_not_found(self, client: FlaskClient) -> None:
        assert client.get("/api/plans/77/regions.geojson").status_code == 404


class TestOperations:
    def test_ready_when_all_is_there(self, client: FlaskClient) -> None:
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.get_json()["missing"] == []

    def test_not_ready_without_a_district(self, database: Engine) -> None:
        response = create_app(database, testing=True).test_client().get("/readyz")
        assert response.status_code == 503
        assert response.get_json()["missing"] == ["layers", "isolation", "grids", "leaders", "plans", "reach"]

    def test_not_ready_without_the_analyses(self, database: Engine, town: District) -> None:
        load_town(database, town)
        response = create_app(database, testing=True).test_client().get("/readyz")
        assert response.status_code == 503
        assert response.get_json()["missing"] == ["isolation", "grids", "leaders", "plans", "reach"]

    def test_the_analyses_are_current(self, client: FlaskClient) -> None:
        assert {item["analysis"]: item["status"] for item in get(client, "/api/analyses")} == dict.fromkeys(
            ("check", "isolation", "grids", "leaders", "plans", "reach"), "current"
        )


def test_who_sits_there_comes_before_who_is_proposed(database: Engine, town: District) -> None:
    load_town(database, town)
    add_results(database, town)
    add = "INSERT INTO gridmap.assignments (role, place_code, staff_code, since, until) VALUES (:r, :p, :s, :a, :u)"
    place = f"{URBAN}-A"
    with database.begin() as connection:
        connection.execute(text(add), {"r": "compound", "p": place, "s": "P1", "a": "2001-01-01", "u": "2002-01-01"})
        connection.execute(text(add), {"r": "compound", "p": place, "s": "P2", "a": "2020-01-01", "u": None})
    client = create_app(database, testing=True).test_client()
    leaders = get(client, "/api/locate", lon=LON, lat=LAT)["leaders"]
    assert [item["name"] for item in leaders if item["role"] == "compound"] == ["社区工作者2"]


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ("Mo-Fr 08:30-17:00", "周一至周五 08:30-17:00", "Mon–Fri 08:30-17:00"),
        ("Mo,We 09:00-11:30; Su off", "周一,周三 09:00-11:30; 周日 ", "Mon,Wed 09:00-11:30; Sun closed"),
        ("08:00-18:00", "08:00-18:00", "08:00-18:00"),
    ],
)
def test_opening_hours_are_read_in_words(app: Flask, given: str, zh: str, en: str) -> None:
    for lang, expected in (("zh", zh), ("en", en)):
        with app.test_request_context(f"/?lang={lang}"):
            assert hours(given).startswith(expected)


def test_a_region_is_named_by_its_street_and_number(client: FlaskClient) -> None:
    assert get(client, "/api/places/371071004601")["name"] == "怡园街道 第1大社区"
    assert get(client, "/api/layers/regions.geojson")["features"][0]["properties"]["name"] == "怡园街道 第1大社区"


def test_a_run_that_failed_says_why(database: Engine, town: District) -> None:
    version = load_town(database, town)
    with database.begin() as connection:
        run = results.begin(connection, "grids", version=version)
        results.end(connection, run, "failed", error=Note("There are no units to make regions of."))
    client = create_app(database, testing=True).test_client()
    said = {"zh": "没有可组成大社区的单元。", "en": "There are no units to make regions of."}
    for lang, words in said.items():
        told = {item["analysis"]: item for item in get(client, "/api/analyses", lang=lang)}
        assert (told["grids"]["status"], told["grids"]["error"]) == ("failed", words)
    ready = client.get("/readyz").get_json()
    assert ready["errors"] == {"grids": said["zh"]}
    assert ready["missing"] == ["isolation", "leaders", "plans", "reach"]


def test_themes_of_a_layer_without_rows_are_left_out(database: Engine) -> None:
    layers = {theme["layer"] for theme in get(create_app(database, testing=True).test_client(), "/api/themes")}
    assert "communities" not in layers
    assert "isolation" in layers


def attribution(engine: Engine) -> str:
    page = create_app(engine, testing=True).test_client().get("/").text
    return json.loads(page.split('id="map-config">')[1].split("</script>")[0])["attribution"]


def test_openstreetmap_is_named_where_data_come_from_it(database: Engine, town: District) -> None:
    load_town(database, town)
    before = attribution(database)
    with database.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=["ways"], detail={"openstreetmap": True})
    after = attribution(database)
    assert (before, after) == ("海岸线 © OpenStreetMap 贡献者 (ODbL)", "© OpenStreetMap 贡献者 (ODbL)")
