"""A file comes in by the page: looked at before anything changes, corrected, loaded whole, taken back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gridmap.database import changes, imports
from gridmap.database.store import load_layer
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.layers import write
from gridmap.services import accounts, files, history, work
from gridmap.services import imports as steps
from gridmap.services.settings import Settings
from gridmap.web import session
from gridmap.web.app import create_app

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "seven tall green pines"

Client = Callable[[str], FlaskClient]


@pytest.fixture
def loaded(database: Engine, town: District) -> Engine:
    layers = {name: town[name] for name in town.filled()}
    files.load(database, District(layers), mode="merge", actor="t", action="import", detail={"file": "town.gpkg"})
    for name in ("planner", "other", "administrator"):
        role = "planner" if name == "other" else name
        accounts.add(database, name=name, role=role, password=PASSWORD, actor="t")
    return database


@pytest.fixture
def app(loaded: Engine) -> Flask:
    return create_app(loaded, lang="en", upload_mb=1, testing=True)


@pytest.fixture
def as_(app: Flask, loaded: Engine) -> Client:
    def client(name: str) -> FlaskClient:
        found = app.test_client()
        token = accounts.log_in(loaded, name, PASSWORD, address="127.0.0.1")
        found.set_cookie(session.COOKIE, token)
        return found

    return client


@pytest.fixture
def gates(town: District, tmp_path: Path) -> bytes:
    """The town's gates as GeoJSON, one with other hours, and one that has no place."""
    table = town["gates"].drop(columns="derived").assign(hours=["24/7", None, None])
    path = tmp_path / "gates.geojson"
    write(path, {"gates": table})
    body = json.loads(path.read_text(encoding="utf-8"))
    lost = {"type": "Feature", "properties": {"code": "G-lost", "access": "public"}, "geometry": None}
    return json.dumps({**body, "features": [*body["features"], lost]}).encode()


def work_off(engine: Engine) -> None:
    """What the queue does with each file, without the queue."""
    with engine.connect() as connection:
        waiting = imports.every(connection)
    for one in waiting:
        steps.work_on(engine, one.id)


def send(client: FlaskClient, content: bytes, name: str = "gates.geojson", **form: str) -> int:
    response = client.post("/imports", data={"file": (io.BytesIO(content), name), **form}, headers=OURS)
    assert response.status_code == 303, response.get_data(as_text=True)
    return int(response.headers["Location"].rsplit("/", 1)[1])


def page(client: FlaskClient, number: int | str = "") -> str:
    return client.get(f"/imports/{number}" if number else "/imports").get_data(as_text=True)


def post(client: FlaskClient, address: str, **form: str) -> int:
    return client.post(f"/imports/{address}", data=form, headers=OURS).status_code


def hours(engine: Engine) -> list[str | None]:
    with engine.connect() as connection:
        return load_layer(connection, "gates")["hours"].tolist()


def left(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        return tuple(
            connection.scalar(text(f"SELECT count(*) FROM gridmap.{name}")) for name in ("imports", "import_pieces")
        )


def test_a_file_is_looked_at_before_anything_changes(as_: Client, loaded: Engine, gates: bytes, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, gates)
    assert "waits to be read" in page(client, number)
    work_off(loaded)
    shown = page(client, number)
    for words in ("gates.geojson", "Load all of it", "1 rejected: it has no geometry", "GeoJSON is WGS84"):
        assert words in shown
    assert "24/7" not in str(hours(loaded))
    assert "waits for you" in page(client)
    with loaded.connect() as connection:
        assert changes.latest(connection) == 1
        waiting = imports.find(connection, number)
    assert waiting is not None
    assert waiting.report is not None
    # GeoJSON rounds to a centimetre, so all three come with other coordinates
    assert waiting.report["changed"] == {"gates": {"added": 0, "changed": 3, "unchanged": 0, "removed": 0}}


def test_it_is_loaded_whole_and_taken_back(as_: Client, loaded: Engine, gates: bytes, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, gates)
    work_off(loaded)
    assert post(client, f"{number}/load") == 303
    work_off(loaded)
    assert "Loaded as data version 2." in page(client, number)
    assert hours(loaded).count("24/7") == 1
    assert left(loaded) == (1, 0)
    response = client.post("/imports/undo/2", headers=OURS)
    work_off(loaded)
    assert "the data as they are now are version 3" in client.get(response.headers["Location"]).get_data(as_text=True)
    assert hours(loaded).count("24/7") == 0
    assert "taken back by version 3" in page(client)


def test_what_cannot_be_taken_back_is_said(as_: Client, loaded: Engine, tmp_path: Path) -> None:
    client = as_("planner")
    response = client.post("/imports/undo/77", headers=OURS)
    work_off(loaded)
    assert "There is no data version 77." in client.get(response.headers["Location"]).get_data(as_text=True)


def test_the_map_draws_what_became_of_each_feature(as_: Client, loaded: Engine, town: District, tmp_path: Path) -> None:
    compounds = town["compounds"].drop(columns="derived")
    shape = compounds.geometry.iloc[0]
    west, south, east, north = shape.bounds
    bowtie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    damaged = compounds.set_geometry(gpd.GeoSeries([bowtie, *compounds.geometry.iloc[1:]], crs=compounds.crs))
    write(tmp_path / "compounds.geojson", {"compounds": damaged})
    client = as_("planner")
    number = send(client, (tmp_path / "compounds.geojson").read_bytes(), "compounds.geojson")
    work_off(loaded)
    answer = client.get(f"/imports/{number}/features.geojson")
    drawn = json.loads(gzip.decompress(answer.data))
    whats = [one["properties"]["what"] for one in drawn["features"]]
    assert (whats.count("loaded"), whats.count("repaired"), drawn["all"]) == (4, 1, 5)
    mended = next(one["properties"] for one in drawn["features"] if one["properties"]["what"] == "repaired")
    assert mended["words"].startswith("Compounds 1: repaired: its boundary crosses itself")


def test_the_map_draws_what_an_extract_of_openstreetmap_brings_and_is_refused(as_: Client, loaded: Engine) -> None:
    corners = [(0, 0), (2, 0), (2, 1), (0, 1), (5, 5), (1, 0)]
    nodes = "".join(
        f'<node id="{i + 1}" lon="{122 + x / 1e3}" lat="{37.5 + y / 1e3}"/>' for i, (x, y) in enumerate(corners)
    )
    bollard = '<node id="9" lon="122.005" lat="37.505"><tag k="barrier" v="bollard"/></node>'
    ring = '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>'
    planned = '<way id="2"><nd ref="5"/><nd ref="6"/><tag k="highway" v="proposed"/></way>'
    home = f'{ring}<tag k="landuse" v="residential"/><tag k="name" v="海景花园"/></way>'
    body = f'<osm version="0.6">{nodes}{bollard}{home}{planned}</osm>'
    number = send(as_("planner"), body.encode(), "town.osm")
    work_off(loaded)
    drawn = json.loads(gzip.decompress(as_("planner").get(f"/imports/{number}/features.geojson").data))
    refused = {one["properties"]["code"]: one for one in drawn["features"] if one["properties"]["what"] == "rejected"}
    assert refused["osm-n9"]["geometry"] == {"type": "Point", "coordinates": [122.005, 37.505]}
    assert "it is on no compound's boundary and in no wall" in refused["osm-n9"]["properties"]["words"]
    assert "a way that isn't there" in refused["osm-w2"]["properties"]["words"]


def test_the_map_draws_what_is_there_where_nothing_can_be_loaded(as_: Client, loaded: Engine) -> None:
    line = {"type": "LineString", "coordinates": [[122.0, 37.5], [122.001, 37.5]]}
    feature = {"type": "Feature", "properties": {"code": "B-1", "floors": 6}, "geometry": line}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    client = as_("planner")
    number = send(client, body, "buildings.geojson", layer="buildings")
    work_off(loaded)
    shown = page(client, number)
    assert "Nothing of buildings.geojson could be loaded" in shown
    assert f"/imports/{number}/features.geojson" in shown
    drawn = json.loads(gzip.decompress(client.get(f"/imports/{number}/features.geojson").data))["features"]
    assert [(one["geometry"], one["properties"]["what"]) for one in drawn] == [(line, "rejected")]
    assert client.get(f"/imports/{number}/report.json").get_json()["rejected"] == 1


def test_the_lists_hold_everything(as_: Client, loaded: Engine, gates: bytes, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, gates)
    work_off(loaded)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/imports/{number}/report.csv").data.decode("utf-8-sig"))))
    assert [(row["layer"], row["number"], row["action"], row["reason_code"]) for row in rows] == [
        ("gates", "4", "rejected", "no_geometry")
    ]
    report = client.get(f"/imports/{number}/report.json").get_json()
    assert (report["read"], report["loaded"], report["rejected"], report["features"][0]["reason"]) == (
        4, 3, 1, "it has no geometry",
    )  # fmt: skip


def test_it_is_read_again_as_the_form_says(as_: Client, loaded: Engine, tmp_path: Path) -> None:
    client = as_("planner")
    content = "门牌,x,y,开放\nG-9,122.0057,37.4784,24/7\n".encode()
    number = send(client, content, "points.csv")
    work_off(loaded)
    assert "refused" in page(client) or "can" in page(client)
    form = {"layer": "gates", "crs": "wgs84", "theirs": "开放", "ours": "hours", "mode": "merge"}
    assert post(client, f"{number}/again", **form) == 303
    work_off(loaded)
    post(client, f"{number}/load")
    work_off(loaded)
    assert "24/7" in hours(loaded)


def test_what_would_refuse_the_load_refuses_the_trial(
    as_: Client, loaded: Engine, gates: bytes, tmp_path: Path, town: District
) -> None:
    write(tmp_path / "one.gpkg", {"compounds": town["compounds"].head(1)})
    client = as_("planner")
    number = send(client, (tmp_path / "one.gpkg").read_bytes(), "one.gpkg", mode="replace")
    work_off(loaded)
    shown = page(client, number)
    assert "would belong nowhere" in shown
    assert "Load all of it" not in shown
    assert post(client, f"{number}/load") == 303
    work_off(loaded)
    with loaded.connect() as connection:
        assert len(load_layer(connection, "compounds")) == len(town["compounds"])


def test_what_changed_since_it_was_looked_at_is_said(as_: Client, loaded: Engine, gates: bytes, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, gates)
    work_off(loaded)
    with loaded.begin() as connection:
        changes.record(connection, actor="t", action="correct", layers=["gates"])
    post(client, f"{number}/load")
    work_off(loaded)
    assert "The data have changed since you looked at this" in page(client, number)
    assert hours(loaded).count("24/7") == 0
    post(client, f"{number}/again")
    work_off(loaded)
    post(client, f"{number}/load")
    work_off(loaded)
    assert hours(loaded).count("24/7") == 1


def test_cancelling_leaves_nothing(as_: Client, loaded: Engine, gates: bytes) -> None:
    client = as_("planner")
    number = send(client, gates)
    assert post(client, f"{number}/cancel") == 303
    assert left(loaded) == (0, 0)
    assert client.get(f"/imports/{number}").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", b"x", "Can&#39;t tell the format"),
        ("a.geojson", b"", "is empty"),
        ("a.geojson", b"x" * (2**20 + 1), "too large: at most 1 MB"),
    ],
)
def test_a_bad_upload_is_refused_and_not_kept(
    as_: Client, loaded: Engine, name: str, content: bytes, words: str
) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"  # by hand: the client leaves its own large files open
    kind = "multipart/form-data; boundary=x"
    response = as_("planner").post("/imports", data=body, headers=OURS, content_type=kind)
    assert (response.status_code, words in response.get_data(as_text=True)) == (400, True)
    assert left(loaded) == (0, 0)


def test_what_cannot_be_read_is_said_with_the_file_s_own_name(as_: Client, loaded: Engine, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, b'{"type": "FeatureCollection", ', "broken.geojson")
    work_off(loaded)
    shown = page(client, number)
    assert "broken.geojson is not valid JSON" in shown
    assert "/tmp" not in shown


def test_people_are_loaded_by_administrators_alone(as_: Client, loaded: Engine, town: District, tmp_path: Path) -> None:
    write(tmp_path / "staff.gpkg", {"staff": town["staff"]})
    content = (tmp_path / "staff.gpkg").read_bytes()
    for name, expected in (("planner", "an administrator can load these"), ("administrator", "Load all of it")):
        client = as_(name)
        number = send(client, content, "staff.gpkg")
        work_off(loaded)
        assert expected in page(client, number)


def test_a_file_is_seen_by_whoever_sent_it_and_by_administrators(as_: Client, loaded: Engine, gates: bytes) -> None:
    number = send(as_("planner"), gates)
    assert [as_(name).get(f"/imports/{number}").status_code for name in ("planner", "other", "administrator")] == [
        200, 404, 200,
    ]  # fmt: skip
    assert "gates.geojson" not in page(as_("other"))


def test_work_that_was_killed_is_known_as_such(as_: Client, loaded: Engine, gates: bytes, tmp_path: Path) -> None:
    client = as_("planner")
    number = send(client, gates)
    with loaded.begin() as connection:
        imports.move(connection, number, "reading", of=("waiting",))
    assert "was interrupted" in page(client, number)
    with imports.at_work(loaded, number):
        assert "was interrupted" not in page(client, number)
    assert post(client, f"{number}/again") == 303
    work_off(loaded)
    assert "Load all of it" in page(client, number)


def test_a_kill_in_the_middle_of_the_load_leaves_the_data_as_they_were(
    as_: Client, loaded: Engine, gates: bytes, tmp_path: Path
) -> None:
    client, before = as_("planner"), hours(loaded)
    number = send(client, gates)
    work_off(loaded)
    assert post(client, f"{number}/load") == 303
    killed_while_loading(loaded, number)
    assert hours(loaded) == before
    assert changes_of(loaded) == 1
    assert "Nothing of it was loaded" in page(client, number)
    assert post(client, f"{number}/again") == 303
    work_off(loaded)
    assert post(client, f"{number}/load") == 303
    work_off(loaded)
    assert hours(loaded) == ["24/7", None, None]


def killed_while_loading(engine: Engine, number: int) -> None:
    """Have a process load an import, and kill it when it writes the first row of the layer."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [sys.executable, "-m", "gridmap", "work", "--import", str(number)]
    with engine.connect() as guard:
        guard.execute(text("LOCK TABLE gridmap.gates IN SHARE MODE"))
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, env={**os.environ, "GRIDMAP_DATABASE_URL": url}
        ) as loading:
            held = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gridmap.gates'::regclass")
            while not guard.scalar(held):
                assert loading.poll() is None
            loading.kill()


def changes_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return changes.latest(connection)


def test_what_takes_too_long_is_stopped_and_nothing_is_loaded(
    as_: Client, loaded: Engine, gates: bytes, tmp_path: Path
) -> None:
    client = as_("planner")
    number = send(client, gates)
    with ThreadPoolExecutor() as thread:  # a browser's driver, where one is there, has this thread's event loop
        thread.submit(work.work_off, loaded.url, Settings(home=tmp_path, import_minutes=0)).result()
    assert "took longer than 0 minutes" in page(client, number)


def test_loads_are_listed_with_what_they_changed(as_: Client, loaded: Engine) -> None:
    history.undo(loaded, actor="t")
    shown = page(as_("planner"))
    assert "took back version 1" in shown
    assert "Buildings −" in shown


def test_the_numbers_of_the_settings_hold_for_it(as_: Client, loaded: Engine) -> None:
    square = shapely.box(122.0050, 37.4800, 122.0053, 37.4803)
    feature = {"type": "Feature", "properties": {"code": "N1", "use": "residential", "floors": 6}}
    body = {"type": "FeatureCollection", "features": [{**feature, "geometry": shapely.geometry.mapping(square)}]}
    number = send(as_("planner"), json.dumps(body).encode(), "buildings.geojson")
    steps.work_on(loaded, number, numbers=Numbers(dwelling_area_m2=1e6))
    post(as_("planner"), f"{number}/load")
    steps.work_on(loaded, number, numbers=Numbers(dwelling_area_m2=1e6))
    with loaded.connect() as connection:
        assert load_layer(connection, "buildings").set_index("code").loc["N1", "households"] == 1
