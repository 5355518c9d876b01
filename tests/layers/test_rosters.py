"""Rosters as sheets: the line of names found, columns in both languages, cells as people fill them."""

import datetime

import pytest
from openpyxl import Workbook

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.layers.rosters import cells, overlap, read_sheet
from gridmap.layers.rosters.sheet import MOST_ROWS

DAY = datetime.date


def test_titles_above_and_blank_lines_between_keep_the_numbers_of_the_lines(workbook):
    sheet = read_sheet(
        workbook(
            ("金海湾社区楼长花名册",), (), ("序号", "姓 名", "手机号码（必填）"), (1, "李四", 139), (), (2, "王五")
        )
    )
    assert (sheet.name, sheet.header) == ("楼长", 3)
    assert sheet.rows.index.tolist() == [4, 6]
    assert sheet.rows["name"].tolist() == ["李四", "王五"]
    assert sheet.rows["phone"].tolist() == [139, None]
    assert sheet.ignored == ("序号",)


@pytest.mark.parametrize(
    "names",
    [
        (
            "姓名",
            "职务",
            "手机",
            "值班电话",
            "党员",
            "小区",
            "楼号",
            "单元",
            "住址",
            "负责",
            "任期起",
            "任期止",
            "是否公示",
        ),
        (
            *("Name", "Title", "Mobile", "Duty phone", "Party member", "Compound", "Building", "Unit", "Address"),
            *("Charge", "Since", "Until", "Published"),
        ),
    ],
)
def test_columns_are_known_in_chinese_and_in_english(workbook, names):
    sheet = read_sheet(workbook(names, ("李四",)))
    assert set(sheet.columns.values()) == set(names)
    assert set(sheet.columns) == {
        *("name", "title", "phone", "duty_phone", "party_member", "compound", "building", "unit", "address"),
        *("charge", "since", "until", "published"),
    }
    assert sheet.ignored == ()


def test_a_column_of_role_or_duty_is_the_role(workbook):
    sheet = read_sheet(workbook(("姓名", "职务/角色", "联系电话/手机"), ("李四", "楼长", 139)))
    assert (sheet.columns["role"], sheet.columns["phone"]) == ("职务/角色", "联系电话/手机")


def test_a_further_sheet_is_named_as_left_out(tmp_path):
    book = Workbook()
    for name in ("说明", "一社区", "二社区"):
        page = book.create_sheet(name)
        if name != "说明":
            page.append(("姓名", "电话"))
            page.append(("李四", "13906310001"))
    book.save(tmp_path / "r.xlsx")
    sheet = read_sheet(tmp_path / "r.xlsx")
    assert (sheet.name, sheet.ignored) == ("一社区", ("二社区",))


def test_a_sheet_of_too_many_rows_is_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("姓名\n" + "李四\n" * (MOST_ROWS + 1), encoding="utf-8")
    with pytest.raises(InputError, match="more than 50,000 rows"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("139 0631 0001", "13906310001"),
        (13906310001, "13906310001"),
        (13906310001.0, "13906310001"),
        ("+86-139-0631-0001", "13906310001"),
        ("１３９０６３１０００１", "13906310001"),
        ("0631-5680000", "0631-5680000"),
        ("5680000", "5680000"),
        ("13906310001、0631-5680000", "13906310001 / 0631-5680000"),
        (None, None),
        ("", None),
    ],
)
def test_a_telephone_number_is_read(cell, number):
    assert cells.phone(cell) == number


@pytest.mark.parametrize("cell", ["139", "23906310001", "无", "1390631000", "139063100011", "abc", "12345"])
def test_what_is_no_telephone_number_is_said(cell):
    assert cells.phone(cell) == Note("{value} is no telephone number.", {"value": cell})


def test_a_duty_phone_may_be_short():
    assert cells.phone("12345", short=True) == "12345"


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2024-05-01", DAY(2024, 5, 1), DAY(2024, 5, 1)),
        ("2024/5/1 00:00", DAY(2024, 5, 1), DAY(2024, 5, 1)),
        ("２０２４．５．１", DAY(2024, 5, 1), DAY(2024, 5, 1)),
        ("2024年5月1日", DAY(2024, 5, 1), DAY(2024, 5, 1)),
        ("20240501", DAY(2024, 5, 1), DAY(2024, 5, 1)),
        (45413, DAY(2024, 5, 1), DAY(2024, 5, 1)),
        (datetime.datetime(2024, 5, 1, 8, tzinfo=datetime.UTC), DAY(2024, 5, 1), DAY(2024, 5, 1)),
        ("2024年12月", DAY(2024, 12, 1), DAY(2025, 1, 1)),
        ("2024.05", DAY(2024, 5, 1), DAY(2024, 6, 1)),
        ("2024年", DAY(2024, 1, 1), DAY(2025, 1, 1)),
        ("至今", None, None),
        (None, None, None),
    ],
)
def test_a_day_is_read(cell, first, last):
    assert (cells.day(cell), cells.day(cell, last=True)) == (first, last)


@pytest.mark.parametrize("cell", ["2024-13-01", "2024-02-30", "明天", "0", 7, "1066-01-01", "2024-5-1-1"])
def test_what_is_no_day_is_said(cell):
    assert isinstance(cells.day(cell), Note)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("楼长", ("stairwell",)),
        ("单元长", ("stairwell",)),
        ("党员小区长", ("party_compound",)),
        ("小区长、党员小区长", ("compound", "party_compound")),
        ("网格长兼楼长", ("grid", "stairwell")),
        ("Grid leader", ("grid",)),
        ("volunteer", ("volunteer",)),
        (None, ()),
    ],
)
def test_roles_are_read(cell, codes):
    assert cells.roles(cell) == codes


@pytest.mark.parametrize("cell", ["大总管", "兼职小区长助理", "楼长、总管"])
def test_a_word_that_is_no_role_is_said(cell):
    assert isinstance(cells.roles(cell), Note)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ((None, None), (None, None), True),
        ((None, DAY(2025, 1, 1)), (DAY(2025, 1, 1), None), False),
        ((None, DAY(2025, 1, 2)), (DAY(2025, 1, 1), None), True),
        ((DAY(2024, 1, 1), DAY(2025, 1, 1)), (DAY(2023, 1, 1), DAY(2024, 1, 1)), False),
    ],
)
def test_terms_share_a_day_or_not(one, other, share):
    assert overlap(one, other) == overlap(other, one) == share
