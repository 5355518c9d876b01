"""Tables as offices keep them: titles above the heading, headings of two lines, coordinates as people write them."""

import csv
import io

import openpyxl
import pytest

from gridmap.domain.errors import InputError
from gridmap.layers import read
from gridmap.layers.headings import heading
from gridmap.layers.tabular import delimiter_of

PLACES = [("F1", "养老服务站", "养老", 122.0512, 37.5184), ("F2", "卫生室", "卫生", 122.0634, 37.5021)]
HEAD = ["编号", "设施名称", "类别", "经度", "纬度"]
TITLE = ["高区公共服务设施一览表", None, None, None, None]
BY = ["填报单位：怡园街道", None, None, "填报日期：2025-6-1", None]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([HEAD, ["F1", "站", "养老", 1.5, 2.5]], (1, HEAD)),
        ([TITLE, HEAD, ["F1", "站", "养老", 1.5, 2.5]], (2, HEAD)),
        ([TITLE, BY, HEAD, ["F1", "站", "养老", 1.5, 2.5]], (3, HEAD)),
        ([["编号", "坐标", None], [None, "经度", "纬度"], ["F1", 1.5, 2.5]], (2, ["编号", "经度", "纬度"])),
        (
            [["编号", "男", None, "女", None], [None, "户籍", "流动", "户籍", "流动"], ["F1", 1, 2, 3, 4]],
            (2, ["编号", "男户籍", "男流动", "女户籍", "女流动"]),
        ),
        ([["编号", "备注", None], ["F1", None, "旧"]], (1, ["编号", "备注", "Unnamed: 2"])),
        ([["a", "a", ""], ["1", "2", "3"]], (1, ["a", "a.1", "Unnamed: 2"])),
        ([["编号"], ["F1"], ["F2"]], (1, ["编号"])),
        ([["F1", None, None, None], [1, 2, 3, 4]], (1, ["F1", "Unnamed: 1", "Unnamed: 2", "Unnamed: 3"])),
        ([], (0, [])),
    ],
)
def test_the_heading_of_a_table(rows, expected):
    assert heading(rows) == expected


def place_of(reading):
    return [(round(point.x, 4), round(point.y, 4)) for point in reading.district["facilities"].geometry]


def written(tmp_path, rows, *, name="设施.csv", mark=",", encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    (tmp_path / name).write_bytes(out.getvalue().encode(encoding))
    return tmp_path / name


def sixtieths(value, signs):
    minutes, seconds = divmod(round(value % 1 * 3600, 2), 60)
    return f"{int(value)}{signs[0]}{int(minutes):02d}{signs[1]}{seconds:.2f}{signs[2]}"


@pytest.mark.parametrize(
    "way",
    [
        lambda value: sixtieths(value, "°′″"),
        lambda value: sixtieths(value, "度分秒"),
        lambda value: sixtieths(value, "°'\"") + ("E" if value > 90 else "N"),
        lambda value: ("东经" if value > 90 else "北纬") + sixtieths(value, "°′″"),
        lambda value: sixtieths(value, (":", ":", "")),
        lambda value: f"{int(value)}°{value % 1 * 60:.4f}′",
        lambda value: f"{value}".replace(".", ","),
        lambda value: f"{value}°{'E' if value > 90 else 'N'}",
    ],
    ids=["signs", "words", "typed", "before", "colons", "minutes", "comma", "plain"],
)
def test_coordinates_as_people_write_them(tmp_path, way):
    rows = [HEAD, *([code, name, kind, way(lon), way(lat)] for code, name, kind, lon, lat in PLACES)]
    reading = read(written(tmp_path, rows, mark=";"), crs="wgs84")
    assert place_of(reading) == [(lon, lat) for *_others, lon, lat in PLACES]


def test_a_comma_for_thousands_is_no_decimal_one(tmp_path):
    rows = [["编号", "名称", "类别", "x", "y"], ["F1", "站", "养老", "412,345", "4,151,234"]]
    point = (
        read(written(tmp_path, rows, mark=";"), crs="EPSG:4550", layer="facilities").district["facilities"].geometry[0]
    )
    assert (122.0 < point.x < 122.02, 37.4 < point.y < 37.5) == (True, True)


@pytest.mark.parametrize("above", [[TITLE], [TITLE, BY], [["一览表"]]], ids=["title", "and who", "one cell"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_title_above_a_csv_is_no_row(tmp_path, above, encoding):
    reading = read(written(tmp_path, [*above, HEAD, *PLACES], encoding=encoding), crs="wgs84")
    assert (reading.report.total("read"), reading.report.total("loaded")) == (2, 2)
    assert place_of(reading) == [(lon, lat) for *_others, lon, lat in PLACES]


def test_merged_titles_and_a_heading_of_two_lines_in_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (TITLE, ["编号", "设施名称", "类别", "坐标"], [None, None, None, "经度", "纬度"], *PLACES):
        sheet.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "设施.xlsx")
    reading = read(tmp_path / "设施.xlsx", crs="wgs84")
    assert (reading.report.total("read"), reading.report.total("loaded")) == (2, 2)
    assert list(reading.district["facilities"]["name"]) == ["养老服务站", "卫生室"]
    assert place_of(reading) == [(lon, lat) for *_others, lon, lat in PLACES]


def test_the_sign_between_columns_is_looked_for_below_a_title():
    assert delimiter_of("一览表\n编号;名称\nF1;站\n") == ";"


def test_lines_that_end_as_on_an_old_mac(tmp_path):
    rows = "\r".join(",".join(map(str, row)) for row in [HEAD, *PLACES])
    (tmp_path / "设施.csv").write_bytes(rows.encode())
    assert read(tmp_path / "设施.csv", crs="wgs84").report.total("loaded") == 2


def test_a_row_with_too_many_cells_costs_no_other_row(tmp_path):
    reading = read(written(tmp_path, [HEAD, PLACES[0], [*PLACES[1], "x", "y"]]), crs="wgs84")
    assert place_of(reading) == [(lon, lat) for *_others, lon, lat in PLACES]


def test_a_quote_that_never_ends_is_said_and_swallows_no_rows(tmp_path):
    (tmp_path / "设施.csv").write_text('编号,名称,经度,纬度\nF1,"站,122.05,37.5\nF2,站,122.05,37.5\n')
    with pytest.raises(InputError, match="can't be read as a table"):
        read(tmp_path / "设施.csv", crs="wgs84")
