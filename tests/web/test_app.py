"""What holds for every answer: headers, languages, files, and the document of the addresses."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.nodes import Block, Extends
from sqlalchemy import Engine, text

from gridmap import resources
from gridmap.database import changes
from gridmap.database.illustrative import is_there
from gridmap.domain.district import District
from gridmap.web import files
from gridmap.web.app import create_app
from gridmap.web.language import request_language
from gridmap.web.themes import breaks
from tests.web.conftest import load_town

ANSWERS = ["/", "/healthz", "/api/themes", "/api/nothing", "/nothing", "/tiles/streets.json"]


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_has_a_strict_policy(client: FlaskClient, address: str) -> None:
    policy = client.get(address).headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["script-src"] == "'self'"
    assert directives["worker-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert directives["img-src"] == "'self' data:"
    assert "unsafe" not in policy
    assert "blob:" not in policy


@pytest.mark.parametrize("address", ANSWERS)
def test_no_answer_is_sniffed_or_framed(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_an_answer_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/api/themes")
    assert client.get("/api/themes", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_long_answer_is_gzipped_for_those_who_take_it(client: FlaskClient) -> None:
    packed = client.get("/api/themes", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.get_data())) == client.get("/api/themes").get_json()


class TestLanguage:
    @pytest.mark.parametrize(
        ("query", "cookie", "expected"),
        [
            ("", None, "zh"),
            ("?lang=en", None, "en"),
            ("", "en", "en"),
            ("?lang=zh", "en", "zh"),
            ("?lang=fr", "x", "zh"),
        ],
    )
    def test_address_before_cookie_before_setting(
        self, app: Flask, query: str, cookie: str | None, expected: str
    ) -> None:
        headers = {"Cookie": f"lang={cookie}"} if cookie else {}
        with app.test_request_context(f"/{query}", headers=headers):
            assert request_language() == expected

    def test_the_setting_can_be_english(self, town_engine: Engine) -> None:
        with create_app(town_engine, lang="en", testing=True).test_request_context("/"):
            assert request_language() == "en"

    def test_a_page_keeps_the_choice(self, client: FlaskClient) -> None:
        client.get("/?lang=en")
        cookie = client.get_cookie("lang")
        assert cookie is not None
        assert cookie.value == "en"

    def test_a_machine_gets_no_cookie(self, client: FlaskClient) -> None:
        client.get("/api/themes?lang=en")
        assert client.get_cookie("lang") is None


class TestFiles:
    def script(self) -> str:
        root = resources.folder("static")
        return (
            next(path for path in sorted(root.rglob("*.js")) if path.stat().st_size > 600).relative_to(root).as_posix()
        )

    def test_under_the_digest_a_file_is_kept_for_a_year(self, client: FlaskClient) -> None:
        response = client.get(f"/static/v-{files.digest()}/{self.script()}")
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize("prefix", ["", "v-0123456789ab/"])
    def test_otherwise_it_is_asked_for_again(self, client: FlaskClient, prefix: str) -> None:
        first = client.get(f"/static/{prefix}{self.script()}")
        assert first.headers["Cache-Control"] == "no-cache"
        again = client.get(f"/static/{prefix}{self.script()}", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304

    def test_several_styles_come_as_one(self, client: FlaskClient) -> None:
        css = resources.folder("static") / "css"
        whole = (css / "tokens.css").read_text() + (css / "page.css").read_text()
        assert client.get("/static/css/tokens+page.css").text == whole

    @pytest.mark.parametrize("name", ["tokens+nothing", "tokens+tokens", "tokens+", "tokens+../js/main"])
    def test_several_styles_are_all_there_or_not_found(self, client: FlaskClient, name: str) -> None:
        assert client.get(f"/static/css/{name}.css").status_code == 404

    def test_it_is_gzipped_for_those_who_take_it(self, client: FlaskClient) -> None:
        plain = client.get(f"/static/{self.script()}")
        packed = client.get(f"/static/{self.script()}", headers={"Accept-Encoding": "gzip"})
        assert plain.mimetype == "text/javascript"
        assert gzip.decompress(packed.get_data()) == plain.get_data()

    @pytest.mark.parametrize(
        "path", ["../pyproject.toml", "v-x/../../pyproject.toml", "%2e%2e/pyproject.toml", "", "vendor"]
    )
    def test_nothing_else_is_served(self, client: FlaskClient, path: str) -> None:
        assert client.get(f"/static/{path}").status_code == 404


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


class TestOpenapi:
    def test_it_lists_every_address_for_machines(self, app: Flask, client: FlaskClient) -> None:
        told = set(client.get("/api/openapi.json").get_json()["paths"])
        rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
        assert told == {rule for rule in rules if rule.startswith(("/api", "/tiles", "/healthz", "/readyz"))}

    def test_every_reference_is_in_it(self, client: FlaskClient) -> None:
        document = client.get("/api/openapi.json").get_json()
        for reference in references(document):
            assert reference.startswith("#/components/schemas/")
            assert reference.rsplit("/", 1)[1] in document["components"]["schemas"]

    def test_every_part_of_an_address_is_an_argument(self, client: FlaskClient) -> None:
        for path, item in client.get("/api/openapi.json").get_json()["paths"].items():
            for asked in item.values():
                named = {argument["name"] for argument in asked.get("parameters", ()) if argument["in"] == "path"}
                assert named == set(re.findall(r"{(\w+)}", path))

    @pytest.mark.parametrize(
        ("address", "schema"),
        [
            ("/api/locate?lon=122.00568&lat=37.47801", "Located"),
            ("/api/search?q=A", "Found"),
            ("/api/places/371071004001-A", "Card"),
            ("/api/nothing", "Problem"),
            ("/api/layers/streets.geojson", "FeatureCollection"),
        ],
    )
    def test_answers_have_the_fields_that_it_promises(self, client: FlaskClient, address: str, schema: str) -> None:
        promised = client.get("/api/openapi.json").get_json()["components"]["schemas"][schema]
        assert set(promised["required"]) <= set(client.get(address).get_json())


class TestPage:
    def config(self, client: FlaskClient, address: str = "/") -> Any:
        page = client.get(address).get_data(as_text=True)
        found = re.search(r'<script type="application/json" id="map-config">(.*?)</script>', page, re.DOTALL)
        assert found is not None
        return json.loads(found[1])

    def test_the_map_starts_from_bounds_layers_and_themes(self, client: FlaskClient) -> None:
        config = self.config(client)
        assert config["lang"] == "zh"
        assert config["illustrative"]
        west, south, east, north = config["bounds"]
        assert west < east
        assert south < north
        layers = {layer["id"]: layer for layer in config["layers"]}
        assert layers["buildings"]["count"] == 36
        assert layers["isolation"]["result"]
        assert "staff" not in layers
        assert "staff" not in config["counts"]
        assert client.get(layers["isolation"]["tilejson"]).status_code == 200

    def test_an_empty_district_has_a_page_too(self, database: Engine) -> None:
        config = self.config(create_app(database, testing=True).test_client())
        assert config["bounds"] is None
        assert not config["illustrative"]


@pytest.mark.parametrize(
    ("quantiles", "edges"),
    [
        ((0.0, 10.2, 20.1, 30.4, 41.0, 100.0), [0, 10, 20, 30, 41, 100]),
        ((0.0512, 0.1, 0.15, 0.2, 0.25, 0.333), [0.051, 0.1, 0.15, 0.2, 0.25, 0.34]),
        ((5.0, 5.0, 5.0, 5.0, 5.0, 5.0), [5, 5]),
        ((0.0, 0.0, 0.0, 0.0, 7.0, 1000.0), [0, 7, 1000]),
        ((104.0, 230.0, 333.0, 480.0, 777.0, 2048.0), [100, 230, 330, 480, 780, 2100]),
        ((5120.0, 5131.0, 5142.0, 5153.0, 5164.0, 5180.0), [5120, 5130, 5140, 5150, 5160, 5180]),
        ((-3.14, -1.0, 0.0, 1.0, 2.0, 3.14), [-3.2, -1, 0, 1, 2, 3.2]),
    ],
)
def test_breaks_are_round_and_different(quantiles: tuple[float, ...], edges: list[float]) -> None:
    assert breaks(quantiles) == pytest.approx(edges)


def test_the_map_is_illustrative_until_nothing_of_the_sample_is_left(database: Engine, town: District) -> None:
    load_town(database, town)
    with database.connect() as connection:
        assert is_there(connection)
    names = ("streets", "communities", "compounds", "buildings")
    for left in (["buildings"], []):
        with database.begin() as connection:
            version = changes.record(connection, actor="test", action="import", layers=names)
            for name in names:
                if name not in left:
                    connection.execute(text(f"UPDATE gridmap.{name} SET version = {version}"))
        with database.connect() as connection:
            assert is_there(connection) == bool(left)


TEMPLATES = resources.folder("templates")


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_a_page_fills_only_blocks_that_its_frame_has(app: Flask, path: Path) -> None:
    page = app.jinja_env.parse(path.read_text(encoding="utf-8"))
    filled, there, frame = {one.name for one in page.body if isinstance(one, Block)}, set(), page
    while (extended := frame.find(Extends)) is not None:
        frame = app.jinja_env.parse((TEMPLATES / extended.template.value).read_text(encoding="utf-8"))
        there |= {one.name for one in frame.find_all(Block)}
    assert frame is page or filled <= there


def test_a_page_is_asked_for_again_and_sent_only_if_it_changed(client: FlaskClient) -> None:
    first = client.get("/about", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Cache-Control"] == "no-cache"
    assert "Cookie" in first.headers["Vary"]
    again = client.get("/about", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
