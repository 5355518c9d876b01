"""Alternatives on the database: each a plan of its own, scored and explained; the addresses and the report of them."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, text

from gridmap.database import changes, plan_reviews, plans, results, shaped_plans, store
from gridmap.database.engine import make_engine
from gridmap.database.server import PrivateServer
from gridmap.domain.errors import ConflictError, InputError, NotFoundError
from gridmap.domain.notes import Note
from gridmap.layers import write
from gridmap.report import plan_pdf
from gridmap.services import accounts, plan_report, plan_starting
from gridmap.services.plan_view import view
from gridmap.services.plans import Wishes
from gridmap.services.proposals import Proposals, propose_into_database, propose_into_files, propose_many
from gridmap.web import session
from gridmap.web.app import create_app
from tests.fixtures.boards import board, centres, middle
from tests.fixtures.database import dispose, fresh_database

OURS = {"Sec-Fetch-Site": "same-origin"}
WISHES = Wishes(time_limit=4.0)
SITES = (
    ("west", "committee_office", 200.0, middle(0, 0)),
    ("hub", "service_centre", 1200.0, middle(1, 2)),
    ("small", "service_centre", 640.0, middle(6, 2)),
)


def district():
    return board(8, 5, streets=2, centres=centres(*SITES)).to_crs("EPSG:4326")


@pytest.fixture(scope="module")
def proposed(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with fresh_database(database_server, f"proposals_{worker_id}") as url:
        engine = make_engine(url)
        made = district()
        with engine.begin() as connection:
            version = changes.record(connection, actor="test", action="import", layers=made.filled())
            store.save_layers(connection, {name: made[name] for name in made.filled()}, version=version)
        propose_into_database(engine, actor="planner", wishes=WISHES, firm_s=1.0)
        yield engine
        dispose(engine)


@pytest.fixture
def reports(proposed: Engine):
    with proposed.connect() as connection:
        return plan_reviews.alternatives(connection)


@pytest.fixture
def client(proposed: Engine) -> FlaskClient:
    return create_app(proposed, desk=True).test_client()


@pytest.fixture
def planner(proposed: Engine, client: FlaskClient) -> FlaskClient:
    name, password = "planner", "seven tall green pines"
    with suppress(InputError, ConflictError):  # one for all tests of the module
        accounts.add(proposed, name=name, role="planner", password=password, actor="t")
    client.set_cookie(session.COOKIE, accounts.log_in(proposed, name, password, address="127.0.0.1"))
    return client


def test_each_alternative_is_a_plan_of_its_own(proposed: Engine, reports) -> None:
    with proposed.connect() as connection:
        assert {one["id"] for one in reports} == {row["id"] for row in plans.newest(connection, most=99)}


def test_they_differ_in_kind(reports) -> None:
    kinds = [one["alternative"]["kind"] for one in reports]
    assert len(kinds) >= 3
    assert len(set(kinds)) == len(kinds)


def test_every_one_has_four_scores_and_a_total(reports) -> None:
    for one in reports:
        assert [each["name"] for each in one["scores"]["principles"]] == ["manage", "serve", "govern", "share"]
        assert 0 < one["scores"]["total"] <= 100


def test_each_street_has_its_hub_once(reports) -> None:
    for one in reports:
        assert [hub["site"]["code"] for hub in one["hubs"]] == ["hub", "small"]


def test_a_run_that_is_done_shows_as_current(proposed: Engine) -> None:
    with proposed.connect() as connection:
        assert results.state(connection)["plans"].status == "current"


def test_every_change_is_recorded_with_who_made_it(proposed: Engine) -> None:
    query = text("SELECT count(*) FROM gridmap.data_versions WHERE actor = 'planner' AND action = 'analyse'")
    with proposed.connect() as connection:
        assert connection.scalar(query) >= 4


def test_borders_lie_between_the_regions_of_the_plan(proposed: Engine, reports) -> None:
    with proposed.connect() as connection:
        found = plan_reviews.borders(connection, reports[0]["id"])
        codes = set(plan_reviews.regions(connection, reports[0]["id"])["code"])
    assert len(found)
    assert set(found["region_a"]) | set(found["region_b"]) <= codes
    assert (found["region_a"] != found["region_b"]).all()


def test_neighbouring_regions_get_different_colours(proposed: Engine, reports) -> None:
    with proposed.connect() as connection:
        colours = plan_reviews.colours(connection, reports[0]["id"])
        found = plan_reviews.borders(connection, reports[0]["id"])
    assert all(colours[a] != colours[b] for a, b in zip(found["region_a"], found["region_b"], strict=True))


def test_a_plan_that_goes_takes_its_borders_along(proposed: Engine) -> None:
    connection = proposed.connect()
    try:
        connection.execute(text("DELETE FROM gridmap.plans"))
        assert connection.scalar(text("SELECT count(*) FROM gridmap.plan_borders")) == 0
    finally:
        connection.rollback()
        connection.close()


def test_the_view_is_in_the_readers_words(reports) -> None:
    told = view(reports[0], str)
    assert told["label"] in {"Smoothest borders", "Fewest regions", "Fewest changes", "Most regions", "Shortest walks"}
    assert "1,200 m²" in told["hubs"][0]["sentence"]
    assert "360 m² too small" in told["hubs"][1]["sentence"]


def test_what_a_street_lacks_and_what_would_help_is_said() -> None:
    words = Note("{households} households, {missing} too few for a region of its own", {"households": 9, "missing": 4})
    part = {"part": "s", "households": 3000, "missing": 2000, "words": words.as_data()}
    part["would_help"] = {"threshold": 3000, "join_group": "n"}
    streets = {"s": {"name": "South", "households": 3000}, "n": {"name": "North", "households": 5000}}
    told = view({"infeasible": [part], "streets": streets}, str)["unmet"][0]
    assert told["place"] == "South"
    assert told["sentences"][1:] == [
        "A threshold of 3,000 households would do",
        "joined with North it would have 8,000 households",
    ]


def test_the_list_has_the_scores_under_the_weights_that_are_asked_for(client: FlaskClient) -> None:
    found = client.get("/api/proposals?weights=0,0,1,0&lang=en").get_json()["alternatives"]
    assert all(one["scores"]["total"] == one["scores"]["principles"][2]["value"] for one in found)


@pytest.mark.parametrize("weights", ["1,1,1", "a,b,c,d", "0,0,0,0", "-1,1,1,1", "nan,1,1,1", ""])
def test_weights_that_are_none_are_refused(client: FlaskClient, weights: str) -> None:
    assert client.get(f"/api/proposals?weights={weights}").status_code == 400


def asked_of(**wishes: object) -> Proposals:
    return propose_many(district().metric(), wishes=Wishes(time_limit=3.0, **wishes), firm_s=0.5)


def test_alternatives_of_one_street_leave_the_other_out() -> None:
    done = asked_of(only=("371071004",))
    assert set(done.here.table["street_code"]) == {"371071004"}
    assert done.made


def test_alternatives_of_some_communities_are_of_their_blocks_alone() -> None:
    some = tuple(district()["communities"]["code"].iloc[:12])
    assert set(asked_of(only=some).here.table["community_code"]) == set(some)


def test_a_street_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="There is no street or community nowhere"):
        asked_of(only=("nowhere",))


@pytest.mark.parametrize(
    "body",
    [
        {"only": ["nowhere"]},
        {"only": "371071004"},
        {"min_households": 0},
        {"min_households": 1.5},
        {"min_households": 9000, "max_households": 100},
        {"regions": 3},
        [],
    ],
)
def test_wishes_that_are_none_are_refused(planner: FlaskClient, body: object) -> None:
    assert planner.post("/api/proposals", json=body, headers=OURS).status_code == 400


def test_wishes_go_into_the_queue_once(planner: FlaskClient) -> None:
    asked = {"only": ["371071004"], "min_households": 6000}
    answers = [planner.post("/api/proposals", json=asked, headers=OURS).status_code for _ in range(2)]
    assert answers == [202, 412]


def test_a_border_says_why_it_runs_there(client: FlaskClient, reports) -> None:
    plan = reports[0]["id"]
    (number, *_) = (one["id"] for one in client.get(f"/api/plans/{plan}/borders.geojson").get_json()["features"])
    found = client.get(f"/api/plans/{plan}/borders/{number}?lang=en").get_json()
    assert found["reason"].endswith(".")
    assert len(found["point"]) == 2


@pytest.mark.parametrize("address", ["999/review", "999/borders.geojson", "999/report.html", "{}/borders/99999"])
def test_what_isnt_there_is_404(client: FlaskClient, reports, address: str) -> None:
    assert client.get(f"/api/plans/{address.format(reports[0]['id'])}").status_code == 404


@pytest.mark.parametrize("address", ["x/review", "0/borders.geojson", "{}/borders/0", "{}/borders/x"])
def test_what_makes_no_sense_is_400(client: FlaskClient, reports, address: str) -> None:
    assert client.get(f"/api/plans/{address.format(reports[0]['id'])}").status_code == 400


def test_the_report_opens_with_no_network(client: FlaskClient, reports) -> None:
    response = client.get(f"/api/plans/{reports[0]['id']}/report.html?lang=en")
    page = response.get_data(as_text=True)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_the_report_is_packed_once_for_a_browser(client: FlaskClient, reports) -> None:
    packed = client.get(f"/api/plans/{reports[0]['id']}/report.html", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data).startswith(b"<!doctype html>")


def test_the_report_tells_the_reason_of_every_border(proposed: Engine, reports) -> None:
    plan = reports[0]["id"]
    with proposed.connect() as connection:
        page = plan_report.html(connection, plan, lang="en")
        count = len(plan_reviews.borders(connection, plan))
    assert page.count("<li value=") == count
    assert "Lower bound" in page
    assert "Data version" in page


def test_the_report_is_written_whole_or_not_at_all(proposed: Engine, tmp_path: Path) -> None:
    assert plan_report.write(proposed, tmp_path / "plan.html", plan=None, lang="zh")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.html"]


def test_a_report_needs_a_name_that_a_browser_opens(proposed: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.html or \.pdf"):
        plan_report.write(proposed, tmp_path / "plan.doc", plan=None, lang="zh")


def test_a_report_of_no_plan_is_refused(proposed: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        plan_report.write(proposed, tmp_path / "plan.html", plan=999, lang="zh")


def test_a_files_alternatives_are_written_beside_each_other(tmp_path: Path) -> None:
    made = district()
    write(tmp_path / "district.gpkg", {name: made[name] for name in made.filled()})
    outcome = propose_into_files(tmp_path / "district.gpkg", tmp_path / "plan.gpkg", wishes=WISHES)
    written = sorted(path.stem for path in tmp_path.glob("plan-*.gpkg"))
    assert written == sorted(f"plan-{one['alternative']['kind']}" for one in outcome.report["alternatives"])
    borders = gpd.read_file(tmp_path / f"{written[0]}.gpkg", layer="borders")
    assert borders["reason"].str.len().min() > 0


def test_any_two_reports_are_of_different_plans(reports) -> None:
    members = [json.dumps(one["offices"], sort_keys=True) for one in reports]
    assert all(a != b for a, b in itertools.combinations(members, 2))


def test_of_a_proposal_what_can_be_made_now_is_the_first_phase(proposed: Engine, reports) -> None:
    shaped, _lost = plan_starting.start_from_plan(proposed, reports[0]["id"], name="x", actor="li")
    with proposed.connect() as connection:
        status = plan_reviews.regions(connection, reports[0]["id"]).set_index("region")["status"]
        regions = shaped_plans.state(connection, shaped, 1).regions
    assert {one["id"]: one["phase"] for one in regions} == {
        region: {"new": 1, "later": 2}.get(code) for region, code in status.items()
    }


def sheets(engine: Engine, plan: int, lang: str) -> str:
    with engine.connect() as connection:
        content = plan_report.pdf(connection, plan, lang=lang)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_the_pdf_names_every_region_in_chinese(proposed: Engine, reports) -> None:
    words = sheets(proposed, reports[0]["id"], "zh")
    assert all(f"第{number}大社区" in words for number in range(1, 3))


def test_the_pdf_has_every_border_piece(proposed: Engine, reports) -> None:
    plan = reports[0]["id"]
    words = sheets(proposed, plan, "en")
    with proposed.connect() as connection:
        numbers = plan_reviews.borders(connection, plan)["number"].tolist()
    assert all(f"{number}. " in words for number in numbers)


def test_the_pdf_is_one_of_a4(proposed: Engine, reports) -> None:
    with proposed.connect() as connection:
        content = plan_report.pdf(connection, reports[0]["id"], lang="en")
    box = PdfReader(io.BytesIO(content)).pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == [210, 297]


def test_the_report_is_written_as_a_pdf(proposed: Engine, tmp_path: Path) -> None:
    plan_report.write(proposed, tmp_path / "plan.pdf", plan=None, lang="zh")
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


def test_the_pdf_comes_from_its_address(client: FlaskClient, reports) -> None:
    response = client.get(f"/api/plans/{reports[0]['id']}/report.pdf")
    assert (response.mimetype, response.data[:4]) == ("application/pdf", b"%PDF")


def embedded(engine: Engine, plan: int) -> set[str]:
    """The faces of which the PDF holds outlines."""
    with engine.connect() as connection:
        reader = PdfReader(io.BytesIO(plan_report.pdf(connection, plan, lang="zh")))
    faces = (font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values())
    return {str(face["/BaseFont"]) for face in faces if "/FontFile2" in face.get("/FontDescriptor", {})}


def test_the_pdf_has_its_chinese_face_with_it(proposed: Engine, reports) -> None:
    assert embedded(proposed, reports[0]["id"])


def test_without_a_face_on_the_machine_readers_have_it(proposed: Engine, reports, monkeypatch) -> None:
    monkeypatch.setattr(plan_pdf, "_own_face", lambda: None)
    assert not embedded(proposed, reports[0]["id"])


def test_a_character_that_the_face_lacks_is_left_to_readers() -> None:
    assert [plan_pdf._face_for(words) for words in ("社区", "\U00030000")] == ["Chinese", "STSong-Light"]
