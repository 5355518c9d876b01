"""A roster comes in through the browser: looked at first, settled, taken over whole or withdrawn."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine, text

from gridmap.database import posts
from gridmap.services import roster_uploads
from tests.fixtures.askers import OURS, As
from tests.fixtures.districts import URBAN, VILLAGE

HEAD = ("姓名", "角色", "手机", "小区", "楼号", "单元", "任期起")
LI = ("李四", "楼长", "13906310001", "A小区", "1号楼", "1单元", "2026-05-01")
OPEN = ("赵六", "楼长", "13906310003", "B小区", "2号楼", None, "2026-05-01")
WRONG = ("王五", "楼长", "1390", "A小区", "1号楼", "2单元", "2026-05-01")

Workbook = Callable[..., Path]


def send(client: FlaskClient, path: Path, name: str | None = None) -> tuple[int, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name or path.name}"\r\n\r\n'
    body = head.encode() + path.read_bytes() + b"\r\n--x--\r\n"
    response = client.post("/roster", data=body, headers=OURS, content_type="multipart/form-data; boundary=x")
    return response.status_code, response.get_data(as_text=True)


def post(client: FlaskClient, step: str, **form: str) -> tuple[int, str]:
    response = client.post(f"/roster/{step}", data=form, headers=OURS)
    return response.status_code, response.get_data(as_text=True)


def page(client: FlaskClient) -> str:
    return client.get("/roster").get_data(as_text=True)


def leads(engine: Engine, place: str) -> list[str | None]:
    with engine.connect() as connection:
        return [term.person.name for term in posts.terms(connection, place)]


def test_it_is_looked_at_before_anything_changes(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    assert send(client, workbook(HEAD, LI, OPEN, WRONG))[0] == 303
    for _reload in range(2):
        shown = page(client)
        assert all(
            words in shown for words in ("花名册.xlsx", "李四", "赵六", "王五", "Take over the accepted rows (1)")
        )
    assert leads(town_database, f"{URBAN}-A-1-1") == []


def test_it_is_taken_over_in_one_go(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, LI, OPEN, WRONG))
    status, shown = post(client, "load")
    assert (status, "1 people are new, 0 were there already, 1 posts were given" in shown) == (200, True)
    assert leads(town_database, f"{URBAN}-A-1-1") == ["李四"]
    assert "Take over" not in page(client)
    assert post(client, "load")[0] == 400


def test_an_open_row_is_settled_by_hand(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, OPEN))
    assert f'value="{URBAN}-B-2-2"' in page(client)
    assert post(client, "choose", **{"row-2": f"{URBAN}-B-2-2"})[0] == 303
    assert "Take over the accepted rows (1)" in page(client)
    post(client, "load")
    assert leads(town_database, f"{URBAN}-B-2-2") == ["赵六"]


@pytest.mark.parametrize("form", [{"row-x": "a"}, {"row-0": "a"}])
def test_a_forged_choice_is_refused(as_: As, workbook: Workbook, form: dict[str, str]) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, OPEN))
    assert post(client, "choose", **form)[0] == 400
    assert post(client, "choose", **{"row-2": f"{VILLAGE}-1"})[0] == 303
    assert "Take over" not in page(client)


def test_it_is_withdrawn(as_: As, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, LI))
    assert post(client, "withdraw")[0] == 303
    assert "李四" not in page(client)


def test_the_marked_copy_says_what_became_of_each_row(as_: As, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, LI, WRONG))
    response = client.get("/roster/copy")
    sheet = load_workbook(io.BytesIO(response.data)).worksheets[0]
    assert [sheet.cell(line, 8).value for line in (1, 2, 3)] == ["Result", "accepted", "rejected"]


def test_it_is_one_s_own_and_kept_for_a_day(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, LI))
    assert "李四" not in page(as_("official"))
    with town_database.begin() as connection:
        connection.execute(text("UPDATE gridmap.roster_uploads SET uploaded_at = now() - interval '25 hours'"))
    assert "李四" not in page(client)


def test_places_and_people_out_of_scope_are_unknown(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("villager")
    head = (*HEAD, "人员编码")
    send(client, workbook(head, (*LI, None), ("赵六", "志愿者", None, None, None, None, None, "P1")))
    assert "Take over" not in page(client)
    assert "There is nobody with the code P1 who is yours to name." in page(client)
    assert post(client, "load")[0] == 409
    assert leads(town_database, f"{URBAN}-A-1-1") == []


def test_the_party_s_compound_leader_is_a_party_member(as_: As, workbook: Workbook) -> None:
    client = as_("staff")
    head = ("姓名", "角色", "手机", "小区", "党员")
    send(client, workbook(head, ("李四", "党员小区长", "13906310001", "A小区", "否")))
    assert "has to be a Party member" in page(client)


def test_whose_post_was_given_meanwhile_is_told(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    send(client, workbook(HEAD, LI, ("孙七", "楼长", "13906310004", "A小区", "1号楼", "2单元", "2026-05-01")))
    form = {"role": "stairwell", "person": "P1", "since": "2026-05-01"}
    client.post(f"/posts/{URBAN}-A-1-1/name", data=form, headers=OURS)
    status, shown = post(client, "load")
    assert (status, "社区工作者1 leads this place since 2026-05-01" in shown) == (200, True)
    assert leads(town_database, f"{URBAN}-A-1-1") == ["社区工作者1"]
    assert leads(town_database, f"{URBAN}-A-1-2") == ["孙七"]


def test_a_thousand_wrong_rows_are_refused_in_words(as_: As, town_database: Engine, workbook: Workbook) -> None:
    client = as_("staff")
    wrong = [(f"张{number}", "楼长", "1390", "Z小区", "99号楼", "9单元", "never") for number in range(1000)]
    begun = time.monotonic()
    send(client, workbook(HEAD, *wrong))
    shown = page(client)
    assert time.monotonic() - begun < 20
    assert "No row can be taken over." in shown
    assert "The first 100 of 1,000" in shown
    status, refused = post(client, "load")
    assert (status, 'role="alert"' in refused) == (409, True)
    with town_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.staff")) == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.xlsx", b""),
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.csv", b"\x00\x01"),
        ("a.csv", "只有,一行".encode()),
        ("../../etc/passwd.csv", b"no,roster"),
        (".xlsx", b"x"),
    ],
)
def test_what_is_no_roster_is_refused_in_words(as_: As, tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    status, shown = send(as_("staff"), file, name)
    assert (status, 'class="notice bad"' in shown) == (400, True)
    assert "/tmp" not in shown


def test_what_is_too_large_is_refused(as_: As, tmp_path: Path) -> None:
    client, file = as_("staff"), tmp_path / "big.csv"
    file.write_bytes(b"a" * (roster_uploads.LARGEST + 1))
    assert send(client, file)[0] == 400
    file.write_bytes(b"a" * (roster_uploads.LARGEST + 2**17))
    assert send(client, file)[0] == 413


@pytest.mark.parametrize("role", ["resident", "leader", "planner"])
def test_it_is_for_those_who_give_names(as_: As, role: str, workbook: Workbook) -> None:
    client = as_(role)
    assert client.get("/roster").status_code in (303, 403)
    assert send(client, workbook(HEAD, LI))[0] in (401, 403)
