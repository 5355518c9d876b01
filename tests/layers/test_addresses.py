"""Addresses as people write them: what each means, how sure that is, and when it is nobody's guess."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.layers.addresses import address_book, match, match_one
from gridmap.layers.addresses.spelling import number, spelled

COMPOUNDS = {
    "怡园小区": "怡海社区",
    "怡园小区二期": "怡海社区",
    "海泰花园": "怡海社区",
    "金海湾一期": "怡海社区",
    "金海湾二期": "怡海社区",
    "柴峰东区": "怡海社区",
    "柴峰西区": "怡海社区",
    "中盛园": "怡海社区",
    "北沙滩1号院": "怡海社区",
    "农大小区-北区": "怡海社区",
    "海庄村": "海庄村",
    "海庄村南庄": "海庄村",
    "西马山村": "西马山村",
    "A小区": "怡海社区",
    "银滩公寓": "怡海社区",
}
COMMUNITIES = {"怡海社区": "怡园街道", "海庄村": "田和街道", "西马山村": "田和街道"}
HOUSES = {"海庄村": 40, "海庄村南庄": 20, "西马山村": 10}


def rows_of_buildings():
    for compound, community in COMPOUNDS.items():
        if compound in HOUSES:
            names = [f"{k}号" for k in range(1, HOUSES[compound] + 1)]
        else:
            names = [f"{k}号楼" for k in range(1, 13)]
        if compound == "海泰花园":
            names += ["A座", "12A号楼", "甲栋", "教学楼", "紫荆公寓5号楼", "3公寓"]
        for name in names:
            address = f"文化西路88号{name}" if compound == "海泰花园" else None
            yield f"{compound}/{name}", name, address, compound, community
    yield "路边/1", None, "新威路21号", None, "怡海社区"
    yield "路边/2", "静淑东里9号楼", None, None, "怡海社区"
    yield "路边/3", "金码大厦", None, None, "怡海社区"
    yield "路边/4", None, "望海山庄7号楼", None, "怡海社区"
    yield "路边/5", "听涛小区8号楼", "滨海路5号", None, "怡海社区"


def make_book():
    buildings = pd.DataFrame(
        list(rows_of_buildings()), columns=["code", "name", "address", "compound_code", "community_code"]
    )
    units = {code: 1 if "村" in code or "路边" in code else 3 for code in buildings["code"]}
    stairwells = pd.DataFrame(
        [(f"{code}/{n}", code, n) for code, count in units.items() for n in range(1, count + 1)],
        columns=["code", "building_code", "number"],
    )
    return address_book(
        compounds=pd.DataFrame(
            [(name, name, community) for name, community in COMPOUNDS.items()],
            columns=["code", "name", "community_code"],
        ),
        buildings=buildings,
        stairwells=stairwells,
        communities=pd.DataFrame(
            [(name, name, street) for name, street in COMMUNITIES.items()], columns=["code", "name", "street_code"]
        ),
        streets=pd.DataFrame({"code": ["怡园街道", "田和街道"], "name": ["怡园街道", "田和街道"]}),
    )


BOOK = make_book()
T12_3 = "海泰花园/12号楼/3"
T12 = "海泰花园/12号楼"


@pytest.mark.parametrize(
    "written",
    [
        "海泰花园12号楼3单元",
        "海泰花园12#3单元",
        "海泰花园十二号楼三单元",
        "海泰花园12-3",
        "海泰花园12-3-502",
        "海泰花园12—3—502",
        "海泰花园 12 3 502",
        "海泰花园12/3/502",
        "海泰花园12栋3单元502室",
        "海泰花园12幢3门",
        "海泰花园12座3梯502",
        "海泰花园12楼3单元",
        "海泰花园12#楼3单元5层502",
        "海泰花园12号楼3-502",
        "海泰花园12号楼 - 3单元",
        "海泰花园第十二号楼第三单元五〇二室",
        "海泰花园楼12单元3",
        "海泰花园12号3单元",
        "海泰花园１２号楼３单元５０２室",
        "海泰花園十二號樓三單元",
        "（海泰花园）12号楼3单元",
        "海 泰 花 园 12 号 楼 3 单 元",
        "海泰12号楼3单元",
        "海泰花园小区12号楼3单元",
        "3单元12号楼 海泰花园",
        "海泰花园012号楼03单元",
        "威海市高区怡园街道怡海社区海泰花园12号楼3单元502室",
        "怡园街道办事处怡海社区居委会海泰花园12号楼3单元",
        "文化西路88号12号楼3单元",
        "文化西路88号海泰花园12号楼3单元",
        "山东省威海市文化西路88号怡海社区海泰花园12号楼3单元",
        "家住海泰花园12号楼3单元",
        "海泰花园12号楼3单元东户",
    ],
)
def test_one_stairwell_in_many_ways_is_surely_found(written):
    found = match_one(written, BOOK)
    assert (found.sureness, found.stairwell) == ("sure", T12_3)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("海泰花园A座", "海泰花园/A座"),
        ("海泰花园a栋2单元", "海泰花园/A座/2"),
        ("海泰花园甲栋1单元", "海泰花园/甲栋/1"),
        ("海泰花园12A号楼1单元", "海泰花园/12A号楼/1"),
        ("海泰花园教学楼", "海泰花园/教学楼"),
        ("海泰花园紫荆公寓5号楼2单元", "海泰花园/紫荆公寓5号楼/2"),
        ("海泰花园5号楼2单元", "海泰花园/5号楼/2"),
        ("海泰花园3公寓", "海泰花园/3公寓"),
        ("海泰花园3号楼", "海泰花园/3号楼"),
        ("海泰花园12号楼302室", T12),
        ("金海湾一期3号楼2单元", "金海湾一期/3号楼/2"),
        ("金海湾小区2期3号楼2单元", "金海湾二期/3号楼/2"),
        ("怡园二期3号楼2单元", "怡园小区二期/3号楼/2"),
        ("怡园小区（二期）3号楼2单元", "怡园小区二期/3号楼/2"),
        ("柴峰小区东区3-2", "柴峰东区/3号楼/2"),
        ("柴峰西区3-2", "柴峰西区/3号楼/2"),
        ("农大小区北区3号楼1单元", "农大小区-北区/3号楼/1"),
        ("北沙滩一号院3号楼1单元", "北沙滩1号院/3号楼/1"),
        ("海庄村32号", "海庄村/32号/1"),
        ("海庄村南庄12号", "海庄村南庄/12号/1"),
        ("海庄村海庄村32号", "海庄村/32号/1"),
        ("A小区3号楼2单元", "A小区/3号楼/2"),
        ("新威路21号", "路边/1/1"),
        ("新威路二十一号", "路边/1/1"),
        ("静淑东里九号楼", "路边/2/1"),
        ("金码大厦", "路边/3/1"),
        ("望海山庄7栋1单元", "路边/4/1"),
        ("听涛8-1", "路边/5/1"),
        ("滨海路5号8号楼", "路边/5/1"),
        ("中盛园小区12号楼3单元", "中盛园/12号楼/3"),
        ("海泰花园", "海泰花园"),
        ("文化西路88号", "海泰花园"),
        ("怡海社区", "怡海社区"),
    ],
)
def test_what_is_written_plainly_is_sure(written, place):
    found = match_one(written, BOOK)
    assert (found.sureness, found.place) == ("sure", place)


@pytest.mark.parametrize(
    ("written", "place", "why"),
    [
        ("海太花园12栋3门", T12_3, "one sign differs"),
        ("海泰花圆12号楼3单元", T12_3, "one sign differs"),
        ("海泰园12号楼3单元", T12_3, "one sign differs"),
        ("中胜园12号楼3单元", "中盛园/12号楼/3", "one sign differs"),
        ("haitaihuayuan12haolou3danyuan", T12_3, "sounds the same"),
        ("海泰小区12号楼3单元", T12_3, "called otherwise"),
        ("海泰公寓12号楼3单元", T12_3, "its ending differs"),
        ("海泰花园北门12号楼3单元", T12_3, "isn't understood"),
        ("海泰花园12-302", T12, "taken as a room"),
        ("海泰花园12号", T12, "called otherwise"),
        ("海泰花园12", T12, "without a word"),
        ("海泰花园12号楼3", T12_3, "without a word"),
        ("海泰花园12#3#", T12_3, "isn't clear"),
        ("海泰花园3楼", "海泰花园/3号楼", "may be a floor"),
        ("海泰花园A座B单元", "海泰花园/A座/2", "taken as number 2"),
        ("怡园小区12号楼1单元", "怡园小区/12号楼/1", "怡园小区二期 has a building 12 too"),
        ("海庄村12号", "海庄村/12号/1", "海庄村南庄 has a building 12 too"),
        ("威海市高区3单元12号楼 海太花园", T12_3, "one sign differs"),
        ("银滩一号", "银滩公寓/1号楼", "called otherwise"),
        ("海庄村海庄村12号", "海庄村/12号/1", "海庄村南庄 has a building 12 too"),
        ("海庄32号", "海庄村/32号/1", "only here there is a building 32"),
        ("文化西路90号海泰花园12号楼3单元", T12_3, "isn't in 文化西路90号"),
        ("翠竹社区海泰花园12号楼3单元", T12_3, "翠竹社区 is not among"),
        ("青岛市海泰花园12号楼3单元", T12_3, "may lie elsewhere"),
        ("西马山5号", "西马山村/5号/1", "Its name is longer"),
    ],
)
def test_what_leaves_a_doubt_is_likely_and_says_which(written, place, why):
    found = match_one(written, BOOK)
    assert (found.sureness, found.place) == ("likely", place)
    assert why in str(found.reason)
    assert found.candidates == (place,)


@pytest.mark.parametrize(
    ("written", "candidates", "why"),
    [
        ("金海湾3号楼2单元", ["金海湾一期/3号楼", "金海湾二期/3号楼"], "2 buildings"),
        ("柴峰小区3-2", ["柴峰东区/3号楼", "柴峰西区/3号楼"], "2 buildings"),
        ("怡园3号楼", ["怡园小区/3号楼", "怡园小区二期/3号楼"], "2 buildings"),
        ("海泰花园12号楼7单元", [f"{T12}/{n}" for n in (1, 2, 3)], "has no stairwell 7"),
        ("海泰花园12号楼东单元", [f"{T12}/{n}" for n in (1, 2, 3)], "which one is 东"),
        ("海泰花园1、2号楼", ["海泰花园/2号楼"], "isn't clear"),
        ("海泰花园1号楼2号楼", ["海泰花园/1号楼"], "more than one building"),
        ("海泰花园12号楼1-3单元", [f"{T12}/1"], "more than one stairwell"),
        ("海庄村海泰花园12号楼3单元", [T12_3], "isn't in 海庄村"),
        ("田和街道海泰花园12号楼3单元", [T12_3], "isn't in 田和街道"),
        ("阳光海泰花园12号楼3单元", [T12_3], "阳光 before 海泰花园"),
        ("海泰花园3单元502", ["海泰花园"], "doesn't say which building"),
        ("海泰花园老年活动站12号楼", ["海泰花园/12号楼"], "isn't understood"),
    ],
)
def test_what_may_be_several_places_is_left_to_a_person(written, candidates, why):
    found = match_one(written, BOOK)
    assert (found.sureness, found.place) == ("several", None)
    assert sorted(found.candidates) == candidates
    assert why in str(found.reason)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "No address"),
        ("  ", "No address"),
        ("无", "names no compound"),
        ("502室", "names no compound"),
        ("12号楼3单元", "names no compound"),
        ("不存在小区12号楼3单元", "is called 不存在小区"),
        ("某某路88号12号楼", "is called 某某路88号"),
        ("海泰花园99号楼", "海泰花园 has no building 99"),
        ("金海湾三期3号楼", "is called 金海湾3期"),
        ("怡园小区三期3号楼", "is called 怡园小区3期"),
        ("柴峰南区3号楼", "is called 柴峰南区"),
        ("海泰花园东区12号楼", "is called 海泰花园东区"),
        ("东海泰花园12号楼", "is called 东海泰花园"),
        ("新中盛园12号楼", "is called 新中盛园"),
        ("东马山村5号", "is called 东马山村"),
        ("海泰花园B12-3", "海泰花园 has no building B12"),
        ("文化路88号12号楼", "is called 文化路88号"),
        ("北文化西路88号12号楼", "is called 北文化西路88号"),
        ("'; DROP TABLE staff; --", ""),
        ("🏠" * 50, "names no compound"),
        ("海" * 5000, ""),
    ],
)
def test_what_is_no_place_here_is_none(written, why):
    found = match_one(written, BOOK)
    assert (found.sureness, found.place) == ("none", None)
    assert why in str(found.reason)


def table(**columns):
    return match(pd.DataFrame({name: [value] for name, value in columns.items()}), BOOK).iloc[0]


@pytest.mark.parametrize(
    "columns",
    [
        {"compound": "海泰花园", "building": 12, "unit": 3},
        {"compound": "海泰花园", "building": 12.0, "unit": "三"},
        {"compound": "海泰", "building": "十二", "unit": "3单元", "room": 502},
        {"compound": "海泰花园", "building": "12#", "unit": "３"},
        {"compound": "海泰花园", "building": "12-3"},
        {"compound": "海泰花园", "address": "12号楼3单元"},
        {"community": "怡海社区", "compound": "海泰花园", "address": "12-3-502"},
        {"address": "海泰花园12号楼3单元", "compound": "海泰花园", "building": "12", "unit": "3"},
        {"address": "海泰花园12号楼", "compound": "海泰花园", "building": "12", "unit": "3"},
        {"street": "怡园街道", "address": "海泰花园12-3"},
    ],
)
def test_columns_of_their_own_say_the_same(columns):
    found = table(**columns)
    assert (found["sureness"], found["stairwell_code"]) == ("sure", T12_3)


def test_columns_that_contradict_each_other_are_left_to_a_person():
    found = table(address="海泰花园12号楼3单元", compound="海泰花园", building="11", unit="3")
    assert found["sureness"] == "several"
    assert set(found["candidates"]) == {T12_3, "海泰花园/11号楼/3"}
    assert table(address="海泰花园12号楼3单元", compound="中盛园")["sureness"] == "several"
    assert table(address="海泰花园12号楼3单元", street="田和街道")["sureness"] == "several"


def test_another_column_tells_namesakes_apart():
    book = address_book(
        compounds=pd.DataFrame({"code": ["a", "b"], "name": ["海景花园"] * 2, "community_code": ["c", "d"]}),
        buildings=pd.DataFrame(
            {
                "code": ["a1", "b1"],
                "name": ["1号楼"] * 2,
                "address": [None, None],
                "compound_code": ["a", "b"],
                "community_code": ["c", "d"],
            }
        ),
        stairwells=pd.DataFrame({"code": ["a11", "b11"], "building_code": ["a1", "b1"], "number": [1, 1]}),
        communities=pd.DataFrame({"code": ["c", "d"], "name": ["东山社区", "西山社区"], "street_code": ["s", "s"]}),
    )
    assert match_one("海景花园1号楼1单元", book).sureness == "several"
    assert match_one("西山社区海景花园1号楼1单元", book).place == "b11"
    rows = pd.DataFrame({"address": ["海景花园1号楼1单元"], "community": ["西山"]})
    assert match(rows, book)["stairwell_code"].tolist() == ["b11"]


def test_a_city_that_most_rows_name_is_taken_as_ours():
    written = [f"威海市海泰花园{k}号楼1单元" for k in range(1, 6)] + ["青岛市海泰花园6号楼1单元"]
    found = match(pd.DataFrame({"address": written}), BOOK)
    assert found["sureness"].tolist() == ["sure"] * 5 + ["likely"]


def test_the_result_has_the_rows_of_the_table():
    rows = pd.DataFrame({"address": ["海泰花园12-3", None, "海泰花园12-3"]}, index=[7, 3, 7])
    found = match(rows, BOOK)
    assert found.index.tolist() == [7, 3, 7]
    assert found["stairwell_code"].tolist() == [T12_3, None, T12_3]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(BOOK.buildings_of_stairwells)), st.integers(101, 2804))
def test_our_own_stairwells_written_out_are_surely_found(stairwell, room):
    building = BOOK.buildings[BOOK.buildings_of_stairwells[stairwell]]
    written = " ".join(
        part for part in (building.community, building.compound, building.name or building.address) if part
    )
    found = match_one(f"{written}{BOOK.numbers_of_stairwells[stairwell]}单元{room}室", BOOK)
    # 怡园小区 is also what people call 怡园小区二期: where both have the building, it is likely only
    longer = {"怡园小区": "怡园小区二期", "海庄村": "海庄村南庄"}.get(building.compound or "")
    twin = any((longer, label.number) in BOOK.in_compound for label in building.labels)
    assert (found.sureness, found.stairwell) == ("likely" if twin else "sure", stairwell)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gets_an_answer_with_a_reason(written):
    found = match_one(written, BOOK)
    assert str(found.reason)
    assert (found.place is not None) == (found.sureness in ("sure", "likely"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="海泰花园怡小区二期12号楼3单元-#栋东西 502室村庄", max_size=25))
def test_what_is_sure_names_the_place_it_is_taken_for(written):
    found = match_one(written, BOOK)
    if found.sureness == "sure" and found.compound is not None:
        stem = found.compound[:2]
        assert stem in spelled(written).replace(" ", "") or "文化西路" in written


def test_the_spelling_of_a_spelling_is_itself():
    for written in ("第十二号楼", "１２＃３單元", "怡园小区（东区） 12 - 3", "廿三号楼一百零二室"):
        assert spelled(spelled(written)) == spelled(written)


@pytest.mark.parametrize(
    ("numeral", "figure"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("廿", 20),
        ("廿三", 23),
        ("卅一", 31),
        ("一百零二", 102),
        ("一百二", 120),
        ("一百一十二", 112),
        ("五〇二", 502),
        ("一二", 12),
        ("两", 2),
        ("叁", 3),
    ],
)
def test_chinese_numerals_are_read(numeral, figure):
    assert number(numeral) == str(figure)
