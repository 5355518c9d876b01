"""Encodings told apart by their bytes; coordinate systems by their values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.domain.errors import InputError
from gridmap.layers.crs import by_values
from gridmap.layers.encoding import asked_for, guess, python_name

COMMON = "中国人民社区街道小区花园海景大厦村委会居民楼单元户数面积名称地址电话学校医院公园道路东西南北山水"
TRADITIONAL = (
    "中國人民社會街道小區花園海景大廈村委員居民樓單元戶數面積名稱地址電話學校醫院公園道路東西南北山水文化和平建設勝利"
)


@settings(deadline=None)
@given(st.lists(st.text(COMMON, min_size=2, max_size=8), min_size=3, max_size=12))
def test_common_simplified_words_in_gb18030_are_known(words):
    texts = [word.encode("gb18030") for word in words]
    assert b"".join(texts).decode(guess(texts).encoding) == "".join(words)


@settings(deadline=None)
@given(
    st.lists(
        st.text(
            TRADITIONAL,
            min_size=4,
            max_size=10,
        ),
        min_size=6,
        max_size=12,
    )
)
def test_common_traditional_words_in_big5_are_known(words):
    texts = [word.encode("big5") for word in words]
    if any(0x40 <= byte <= 0x7E for text in texts for byte in text):
        assert guess(texts).encoding == "big5"


@settings(deadline=None)
@given(st.lists(st.text(COMMON + "aé号1", min_size=1, max_size=8), min_size=1, max_size=8))
def test_utf8_is_always_utf8(words):
    assert guess([f"{word} x".encode() for word in words]).encoding == "utf-8"


def test_western_text_is_western():
    assert guess(["Kéroualle".encode("cp1252"), "Straße".encode("cp1252")]).encoding == "cp1252"


@pytest.mark.parametrize(
    ("name", "python"),
    [("936", "gb18030"), ("GBK", "gb18030"), ("ANSI 936", "gb18030"), ("Big-5", "big5"), ("UTF-8", "utf-8")],
)
def test_encodings_are_known_by_the_names_files_use(name, python):
    assert python_name(name) == python


def test_an_unknown_encoding_is_named():
    with pytest.raises(InputError, match="There is no encoding klingon"):
        asked_for("klingon")


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ((121.9, 37.4, 122.1, 37.5), 4326),
        ((41417000, 4153000, 41423000, 4160000), 4529),
        ((20417000, 4153000, 20423000, 4160000), 4498),
        ((13570000, 4490000, 13590000, 4510000), 3857),
        ((417000, 4153000, 423000, 4160000), None),
        ((0, 0, 500, 500), None),
    ],
)
def test_the_range_of_values_gives_the_system_away_or_is_not_enough(bounds, code):
    found = by_values(bounds)
    assert (found.crs.to_epsg() if found else None) == code


SIMPLIFIED = ("海景花园", "小区", "一号楼", "李沧", "东", "翡翠城", "鑫苑", "滨海", "火炬高技术产业开发区")
TRADITIONAL = ("海景花園", "社區", "國語實驗小學", "臺北", "東", "龍山寺", "鄉", "觀塘")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, encoding) for text in SIMPLIFIED for encoding in ("utf-8", "gb18030")]
    + [(text, encoding) for text in TRADITIONAL for encoding in ("utf-8", "big5")],
)
def test_short_texts_are_told_by_their_bytes_alone(text, encoding):
    found = guess([text.encode(encoding)])
    assert found.encoding == encoding
    assert 0.5 <= found.sure <= 1


@pytest.mark.parametrize(("texts", "encoding"), [(SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5")])
def test_the_more_text_the_surer(texts, encoding):
    alone = min(guess([text.encode(encoding)]).sure for text in texts)
    assert alone < guess([text.encode(encoding) for text in texts]).sure == 1
