"""Rosters from Excel on a real database: dry run, settled by hand, loaded whole or not at all, handed back marked."""

import datetime
import threading
import time

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from gridmap.database import changes
from gridmap.database.store import counts, load_layer
from gridmap.database.tables import audit_log
from gridmap.domain.errors import DataError, InputError
from gridmap.services import roster
from gridmap.services.files import load
from tests.fixtures.districts import URBAN

HEAD = ("姓名", "角色", "手机", "小区", "楼号", "单元", "任期起", "任期止", "是否公示")
LI = ("李四", "楼长", "13906310001", "A小区", "1号楼", "1单元", "2024-05-01", None, "是")
WANG = ("王五", "楼长", "13906310002", "B小区", 2, 2, "2024年5月1日", None, "否")


@pytest.fixture
def district(database, town):
    """A database that holds the town, with 张一 and others on its roster."""
    town["staff"]["name"] = [f"张{number}" for number in "一二三四五六七八九"[: len(town["staff"])]]
    load(database, town, mode="replace", actor="planner", action="import", detail={})
    return database


def layer(engine, name):
    with engine.connect() as connection:
        return load_layer(connection, name)


def assigned(engine):
    table = layer(engine, "assignments")
    return sorted(zip(table["role"], table["place_code"], table["staff_code"], strict=True))


def states(found):
    return {entry.number: entry.state for entry in found.entries}


def said(found, number):
    return [str(reason) for entry in found.entries if entry.number == number for reason in entry.reasons]


def test_a_dry_run_changes_nothing(district, workbook):
    before = layer(district, "staff")
    found = roster.read_roster(district, workbook(HEAD, LI, WANG))
    assert states(found) == {2: "accepted", 3: "accepted"}
    assert len(layer(district, "staff")) == len(before)
    assert assigned(district) == []


def test_people_and_posts_go_in_together(district, workbook):
    done = roster.load(district, roster.read_roster(district, workbook(HEAD, LI, WANG)), actor="wang")
    assert (done.added, done.merged, done.assigned) == (2, 0, 2)
    assert assigned(district) == [
        ("stairwell", f"{URBAN}-A-1-1", "P000005"),
        ("stairwell", f"{URBAN}-B-2-2", "P000006"),
    ]
    person = layer(district, "staff").set_index("code").loc["P000005"]
    assert (person["name"], person["phone"], person["roles"]) == ("李四", "13906310001", "stairwell")
    assert bool(person["published"]) is True
    assert person["stairwell_code"] == f"{URBAN}-A-1-1"
    assert person["community_code"] == URBAN
    stairwells = layer(district, "stairwells").set_index("code")
    assert person.geometry.equals(stairwells.geometry[f"{URBAN}-A-1-1"])
    since = layer(district, "assignments").set_index("staff_code")["since"]
    assert since["P000005"] == pd.Timestamp("2024-05-01")


def test_who_when_and_what_are_written_down(district, workbook):
    done = roster.load(district, roster.read_roster(district, workbook(HEAD, LI)), actor="wang")
    with district.connect() as connection:
        change = changes.history(connection, limit=1)[0]
        line = connection.execute(select(audit_log).where(audit_log.c.subject == "P000005")).one()
    assert (change.id, change.actor, change.action) == (done.version, "wang", "roster")
    assert change.layers == ("assignments", "staff")
    assert (line.actor, line.action, line.detail["before"]) == ("wang", "roster", None)
    assert line.detail["after"]["phone"] == "13906310001"
    assert line.detail["posts"] == [
        {"role": "stairwell", "place": f"{URBAN}-A-1-1", "since": "2024-05-01", "until": None}
    ]


def test_the_record_of_a_change_holds_no_name_but_the_audit_log_does(district, workbook):
    roster.load(district, roster.read_roster(district, workbook(HEAD, LI)), actor="wang")
    with district.connect() as connection:
        assert "李四" not in str(changes.history(connection, limit=1)[0].detail)


def test_someone_known_by_name_and_telephone_is_completed(district, workbook):
    path = workbook(("姓名", "职务", "电话", "党员", "负责"), ("张一", "小区长", "139 0631 0000", "中共党员", "C小区"))
    done = roster.load(district, roster.read_roster(district, path), actor="wang")
    assert (done.added, done.merged) == (0, 1)
    person = layer(district, "staff").set_index("code").loc["P1"]
    assert person["roles"] == "staff grid compound party_compound stairwell"
    assert person["duty_phone"] == "0631-5680000"
    assert assigned(district) == [("compound", f"{URBAN}-C", "P1")]


def test_the_same_roster_again_changes_nothing(district, workbook):
    path = workbook(HEAD, LI, WANG)
    roster.load(district, roster.read_roster(district, path), actor="wang")
    before = assigned(district), counts_of(district)
    again = roster.load(district, roster.read_roster(district, path), actor="wang")
    assert (again.added, again.merged, again.assigned) == (0, 2, 0)
    assert (assigned(district), counts_of(district)) == before


def counts_of(engine):
    with engine.connect() as connection:
        return counts(connection)


def test_a_seat_that_is_taken_is_refused_by_name(district, workbook):
    roster.load(district, roster.read_roster(district, workbook(HEAD, LI)), actor="wang")
    other = ("赵六", *LI[1:2], "13906310009", *LI[3:])
    found = roster.read_roster(district, workbook(HEAD, other, WANG))
    assert states(found) == {2: "rejected", 3: "accepted"}
    assert said(found, 2) == ["李四 leads this place since 2024-05-01; end that term first."]


def test_a_term_that_ended_leaves_the_seat_free(district, workbook):
    ended = (*LI[:7], "2025-01-01", "是")
    roster.load(district, roster.read_roster(district, workbook(HEAD, ended)), actor="wang")
    after = ("赵六", "楼长", "13906310009", *LI[3:6], "2025-01-01", None, "是")
    assert states(roster.read_roster(district, workbook(HEAD, after))) == {2: "accepted"}


def test_of_two_rows_for_one_seat_the_first_wins(district, workbook):
    other = ("赵六", *LI[1:2], "13906310009", *LI[3:])
    found = roster.read_roster(district, workbook(HEAD, LI, other))
    assert states(found) == {2: "accepted", 3: "rejected"}
    assert said(found, 3) == ["Row 2 gives this place to 李四."]


def test_of_two_people_who_load_at_once_the_second_sees_the_first(district, workbook):
    one = roster.read_roster(district, workbook(HEAD, LI, name="one.xlsx"))
    other = ("赵六", *LI[1:2], "13906310009", *LI[3:])
    two = roster.read_roster(district, workbook(HEAD, other, WANG, name="two.xlsx"))
    assert states(two) == {2: "accepted", 3: "accepted"}
    roster.load(district, one, actor="wang")
    done = roster.load(district, two, actor="zhao")
    assert said(done.roster, 2) == ["李四 leads this place since 2024-05-01; end that term first."]
    assert [place for _, place, _ in assigned(district)] == [f"{URBAN}-A-1-1", f"{URBAN}-B-2-2"]


def test_loads_at_the_same_moment_wait_for_each_other(district, workbook):
    rows = [("赵六", "楼长", f"1390631{k:04d}", "A小区", 3, 1, None, None, None) for k in range(4)]
    read = [roster.read_roster(district, workbook(HEAD, row, name=f"{k}.xlsx")) for k, row in enumerate(rows)]
    outcomes = []

    def run(found):
        try:
            outcomes.append(roster.load(district, found, actor="wang").assigned)
        except DataError:
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(found,)) for found in read]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["1", "refused", "refused", "refused"]
    assert len(assigned(district)) == 1


def test_what_is_settled_by_hand_goes_in_with_the_rest(district, workbook):
    open_row = ("孙七", "楼长", "13906310003", "A小区", "1号楼", "7单元", None, None, None)
    found = roster.read_roster(district, workbook(HEAD, LI, open_row))
    assert states(found) == {2: "accepted", 3: "unsettled"}
    assert found.unsettled[0].candidates == (f"{URBAN}-A-1-1", f"{URBAN}-A-1-2")
    done = roster.load(district, found, actor="wang", chosen={3: f"{URBAN}-A-1-2"})
    assert done.assigned == 2
    assert (
        "stairwell",
        f"{URBAN}-A-1-2",
        "P000006",
    ) in assigned(district)


def test_likely_places_can_be_taken_all_at_once(district, workbook):
    doubtful = ("孙七", "楼长", "13906310003", "A小区", None, None, None, None, None)
    head = (*HEAD, "住址")
    rows = [(*LI, None), (*doubtful, "2#1#")]
    found = roster.read_roster(district, workbook(head, *rows))
    assert found.likely == {3: f"{URBAN}-A-2-1"}
    assert roster.load(district, found, actor="wang", chosen=found.likely).assigned == 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("nowhere", "There is no place nowhere."),
        (f"{URBAN}-C", f"{URBAN}-C is no place for the role 楼长."),
        (f"{URBAN}-A-1-1", "Row 2 gives this place to 李四."),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_row(district, workbook, code, reason):
    open_row = ("孙七", "楼长", "13906310003", "A小区", "1号楼", "7单元", None, None, None)
    found = roster.read_roster(district, workbook(HEAD, LI, open_row))
    settled = roster.settle(district, found, {3: code})
    assert states(settled) == {2: "accepted", 3: "rejected"}
    assert said(settled, 3) == [reason]


def test_a_place_that_went_in_the_meantime_is_refused(district, workbook, town):
    found = roster.read_roster(district, workbook(HEAD, LI, WANG))
    code = f"{URBAN}-A-1-1"
    stairwells, staff = town["stairwells"], town["staff"]
    less = town.with_tables(
        stairwells=stairwells[stairwells["code"] != code], staff=staff[staff["stairwell_code"] != code]
    )
    load(district, less, mode="replace", actor="planner", action="import", detail={})
    done = roster.load(district, found, actor="wang")
    assert said(done.roster, 2) == [f"There is no place {code}."]
    assert done.assigned == 1


def test_a_load_that_fails_leaves_nothing_behind(district, workbook, monkeypatch):
    found = roster.read_roster(district, workbook(HEAD, LI, WANG))
    before = counts_of(district), latest(district), lines(district)

    def broken(*_args, **_how):
        raise RuntimeError("the disk caught fire")

    monkeypatch.setattr(changes, "log_all", broken)
    with pytest.raises(RuntimeError):
        roster.load(district, found, actor="wang")
    assert (counts_of(district), latest(district), lines(district)) == before


def latest(engine):
    with engine.connect() as connection:
        return changes.latest(connection)


def lines(engine):
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(audit_log))


def test_a_thousand_wrong_rows_are_refused_in_words_and_at_once(district, workbook):
    wrong = [
        (None, "楼长", "13906310001", "A小区", 1, 1, None, None, None),
        ("甲", "楼长", "139", "A小区", 1, 1, None, None, None),
        ("张三", "大总管", "13906310001", "A小区", 1, 1, None, None, None),
        ("张三", "楼长", "13906310001", "没有的小区", 1, 1, None, None, None),
        ("张三", "楼长", "13906310001", "A小区", 99, 1, None, None, None),
        ("张三", "楼长", "13906310001", "A小区", 1, 1, "2024-13-45", None, None),
        ("张三", "楼长", "13906310001", "A小区", 1, 1, "2025-01-01", "2024-01-01", None),
        ("张三", "楼长", "13906310001", "A小区", 1, 1, None, None, "也许"),
        ("张三", "楼长", "13906310001", None, None, None, None, None, None),
        (12345, "楼长", "13906310001", "A小区", 1, 1, None, None, None),
    ]
    path = workbook(HEAD, *wrong * 100)
    before = counts_of(district), latest(district), lines(district)
    start = time.monotonic()
    found = roster.read_roster(district, path)
    assert time.monotonic() - start < 10
    assert [entry.state for entry in found.entries] == ["rejected"] * 1000
    assert all(entry.reasons for entry in found.entries)
    with pytest.raises(DataError, match=r"No row of 花名册\.xlsx can be loaded: 0 are to be settled by hand, 1000"):
        roster.load(district, found, actor="wang")
    assert (counts_of(district), latest(district), lines(district)) == before


def test_a_row_without_a_name_and_one_with_a_strange_role_say_so(district, workbook):
    found = roster.read_roster(district, workbook(HEAD, (None, *LI[1:]), ("张三", "大总管", *LI[2:])))
    assert said(found, 2) == ["It has no name."]
    assert said(found, 3) == ["大总管 is no role; there are: 社区工作者、网格长、小区长、党员小区长、楼长、志愿者."]


def test_the_copy_keeps_the_sheet_and_marks_every_row(district, workbook, tmp_path):
    open_row = ("孙七", "楼长", "13906310003", "A小区", "1号楼", "7单元", None, None, None)
    wrong = ("=1+1", "楼长", "139", "A小区", 1, 1, None, None, None)
    path = workbook(("金海湾社区楼长花名册",), HEAD, LI, open_row, wrong)
    found = roster.read_roster(district, path)
    out = tmp_path / "marked.xlsx"
    roster.write_marked(found, out, lang="zh")
    page = load_workbook(out)["楼长"]
    assert [page.cell(2, at).value for at in range(1, 13)] == [*HEAD, "结果", "原因", "匹配地点"]
    assert [page.cell(3, at).value for at in range(1, 10)] == list(LI)
    assert [page.cell(row, 10).value for row in (3, 4, 5)] == ["通过", "待人工确认", "拒绝"]
    assert page.cell(3, 12).value == f"A小区 1号楼1单元 ({URBAN}-A-1-1)"
    assert [page.cell(row, 1).fill.start_color.rgb for row in (3, 4, 5)] == ["00000000", "00FFE699", "00F4B6B6"]
    assert page.cell(1, 1).value == "金海湾社区楼长花名册"
    assert not any(letter.isascii() and letter.isalpha() for letter in page.cell(5, 11).value.replace("=1+1", ""))


def test_the_copy_of_a_text_file_is_a_workbook_without_formulas(district, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes("姓名,角色,手机,住址,备注\n李四,楼长,13906310001,A小区12-3,=1+1\n".encode("gb18030"))
    found = roster.read_roster(district, path)
    out = tmp_path / "marked.xlsx"
    roster.write_marked(found, out, lang="en")
    page = load_workbook(out).worksheets[0]
    assert (page["E2"].value, page["E2"].data_type) == ("=1+1", "s")
    assert page["F2"].value == "rejected"
    assert page["G2"].value == "A小区 has no building 12."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("roster.xlsx", b"no workbook", "can't be read as a workbook"),
        ("roster.xls", b"old", "save .* as one of these"),
        ("roster.csv", "甲,乙\n1,2\n".encode(), "holds no roster"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_in_words(district, tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        roster.read_roster(district, path)


def test_grids_are_found_by_community_and_number(district, workbook, town):
    grids = town["communities"][["code", "geometry"]].rename(columns={"code": "community_code"}).head(1)
    grids = grids.assign(code=f"{URBAN}001", kind="basic")
    load(district, town.with_tables(grids=grids), mode="merge", actor="planner", action="import", detail={})
    head = ("姓名", "角色", "手机", "社区", "网格")
    found = roster.read_roster(
        district,
        workbook(
            head,
            ("李四", "网格长", "13906310001", "金海湾社区", "第一网格"),
            ("王五", "网格长", "13906310002", None, f"{URBAN}001"),
            ("赵六", "网格长", "13906310003", "金海湾社区", "7号网格"),
        ),
    )
    assert states(found) == {2: "accepted", 3: "rejected", 4: "rejected"}
    assert found.entries[0].places == (f"{URBAN}001",)
    assert said(found, 3) == ["Row 2 gives this place to 李四."]
    assert said(found, 4) == ["金海湾社区 has no grid 7."]


def test_dates_are_read_as_people_write_them(district, workbook):
    rows = [
        (f"李{name}", "楼长", f"1390631{k:04d}", "A小区", k // 2 + 1, k % 2 + 1, since, None, None)
        for k, (name, since) in enumerate(
            [("一", "2024.5.1"), ("二", 45413), ("三", datetime.date(2024, 5, 1)), ("四", "2024年5月")]
        )
    ]
    found = roster.read_roster(district, workbook(HEAD, *rows))
    assert [entry.since for entry in found.accepted] == [datetime.date(2024, 5, 1)] * 4


@pytest.fixture
def handed_out(district, workbook, tmp_path):
    """The roster as it goes out, in a language, once 李四 and 王五 are in office."""
    head = (*HEAD, "招录方式", "可负责数")
    roster.load(
        district,
        roster.read_roster(district, workbook(head, (*LI, "三支一扶", 2), (*WANG, None, None))),
        actor="wang",
    )

    def write(lang):
        out = tmp_path / f"{lang}.xlsx"
        roster.write_people(district, out, roles=("grid", "compound", "stairwell"), actor="wang", lang=lang)
        return out

    return write


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_roster_that_goes_out_comes_in_again_and_changes_nothing(district, handed_out, lang):
    before, posts = layer(district, "staff"), assigned(district)
    found = roster.read_roster(district, handed_out(lang))
    assert [(e.person, list(map(str, e.reasons))) for e in found.entries if e.state != "accepted"] == []
    done = roster.load(district, found, actor="wang")
    assert (done.added, done.assigned) == (0, 0)
    assert assigned(district) == posts
    pd.testing.assert_frame_equal(
        pd.DataFrame(layer(district, "staff")).drop(columns=["version", "geometry"], errors="ignore").astype(str),
        pd.DataFrame(before).drop(columns=["version", "geometry"], errors="ignore").astype(str),
    )


def test_who_was_recruited_how_and_may_lead_how_many_comes_in(district, handed_out):
    handed_out("zh")
    person = layer(district, "staff").set_index("code").loc["P000005"]
    assert (person["source"], person["capacity"]) == ("three_supports", 2)


def test_the_roster_says_where_everybody_leads_and_which_posts_are_open(handed_out):
    book = load_workbook(handed_out("zh"))
    assert book.sheetnames == ["花名册", "空岗"]
    people = pd.DataFrame(book["花名册"].values)
    people = people.set_axis(people.iloc[0], axis=1).iloc[1:].set_index("姓名")
    li = people.loc["李四"]
    assert (li["角色"], li["负责地点"], li["招录方式"], li["是否公示"]) == (
        "楼长", f"{URBAN}-A-1-1", "三支一扶", "是",
    )  # fmt: skip
    vacant = {row[2] for row in book["空岗"].iter_rows(min_row=2, values_only=True)}
    assert f"{URBAN}-A-1-1" not in vacant
    assert f"{URBAN}-A-1-2" in vacant


def test_that_a_roster_went_out_is_written_down(district, handed_out):
    handed_out("en")
    with district.connect() as connection:
        found = connection.execute(select(audit_log.c.actor, audit_log.c.subject).where(audit_log.c.action == "export"))
        assert found.all() == [("wang", "roster")]
