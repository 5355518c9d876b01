"""The map that is handed on opens with no network, says whose data it shows, and is hurt by nothing in the data."""

import re
import shutil
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.domain.errors import InputError
from gridmap.report import write_snapshot
from gridmap.report.cards import card, title
from gridmap.report.styles import SIX, colours_apart

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-background-networking"]
EVIL = "</script><script>window.hurt = true</script><img src=x onerror='window.hurt = true'>"


@pytest.fixture
def layers():
    squares = [shapely.box(122 + 0.01 * i, 37.4, 122.008 + 0.01 * i, 37.408) for i in range(4)]
    place = {"crs": "EPSG:4326"}
    compounds = gpd.GeoDataFrame(
        {"code": ["c1", "c2", "c3", "c4"], "name": ["海景花园", EVIL, None, "丁"], "households": [120, 80, 60, 40]},
        geometry=squares,
        **place,
    )
    isolation = gpd.GeoDataFrame(
        {
            "code": compounds["code"],
            "class": ["isolated", "partly", "open", "unsurveyed"],
            "detour_m": [910.0, 60.0, 5.0, np.nan],
            "reasons_zh": ["唯一大门通向东侧", None, None, None],
            "reasons_en": ["The only gate opens east", None, None, None],
        },
        geometry=squares,
        **place,
    )
    centres = gpd.GeoDataFrame(
        {"code": ["s1"], "name": ["便民服务中心"], "kind": ["service_centre"]}, geometry=[squares[0].centroid], **place
    )
    return {"compounds": compounds, "isolation": isolation, "centres": centres}


@pytest.fixture
def write(tmp_path, layers):
    def to_text(**options):
        options = {"title": "高区", "attribution": "© OpenStreetMap contributors", **options}
        write_snapshot(tmp_path / "map.html", layers, **options)
        return (tmp_path / "map.html").read_text(encoding="utf-8")

    return to_text


class Links(HTMLParser):
    """What a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.scripts = 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.found += [value for name, value in attrs if name in ("src", "href") and value]


def links(html):
    parser = Links()
    parser.feed(html)
    return parser


def test_nothing_is_fetched(write):
    html = write()
    assert links(html).found == []
    assert re.findall(r"url\((?!\"data:|#)[^)]*\)", html) == []


def test_a_script_in_a_name_adds_no_script(write, layers):
    before = links(write()).scripts
    layers["compounds"].loc[1, "name"] = "乙"
    assert links(write()).scripts == before


def test_classes_attribution_and_title_are_there_in_both_languages(write):
    chinese, english = write(lang="zh"), write(lang="en", title="Zone")
    assert all(word in chinese for word in ("孤立", "未勘查", "图例", 'lang="zh-CN"', "<title>高区</title>"))
    assert all(word in english for word in ("partly isolated", "not surveyed", "Legend", 'lang="en"'))
    assert "OpenStreetMap contributors" in chinese


def test_illustrative_data_say_so(write, layers):
    assert "示意数据" not in write()
    layers["compounds"]["illustrative"] = [True, True, False, None]
    assert "示意数据" in write()
    assert "Illustrative data" in write(lang="en", illustrative=True)


def test_people_are_never_on_it(tmp_path, layers):
    with pytest.raises(InputError, match="about people"):
        write_snapshot(tmp_path / "m.html", {"staff": layers["centres"]}, title="", attribution="")


@pytest.mark.parametrize(
    ("name", "tables", "words"),
    [
        ("m.txt", "layers", "must end in .html"),
        ("none/m.html", "layers", "doesn't exist"),
        ("m.html", "empty", "nothing to draw"),
        ("m.html", "unknown", "can't show buildings"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, layers, name, tables, words):
    given = {"layers": layers, "empty": {"centres": layers["centres"].iloc[:0]}, "unknown": {"buildings": None}}
    with pytest.raises(InputError, match=words):
        write_snapshot(tmp_path / name, given[tables], title="", attribution="")
    assert list(tmp_path.iterdir()) == []


def test_a_metric_table_lands_in_the_same_place(write, layers):
    degrees = write()
    layers.update({name: table.to_crs("EPSG:4550") for name, table in layers.items()})
    assert "122.004" in degrees
    assert "122.004" in write()


def test_a_card_begins_with_the_name_and_the_sentence_and_ends_with_the_code():
    row = {"code": "c1", "name": "甲", "class": "isolated", "detour_m": 910.0, "reasons_zh": "唯一大门"}
    html = card("isolation", row, "zh")
    assert html.startswith("<b>甲</b><p>唯一大门</p>")
    assert html.endswith("<small>c1</small>")
    assert "<td>孤立</td>" in html
    assert "<td>910</td>" in html


def test_a_place_without_a_name_is_never_called_by_its_code():
    assert title("compounds", {"code": "c1", "name": None}, "zh") == "未命名"
    assert title("grids", {"code": "371071004016007"}, "zh") == "网格 7"
    assert title("regions", {"code": "371071004601", "region": 3}, "en") == "Mega-community 3"


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8), st.integers(1, 8))
def test_areas_that_share_a_border_differ_in_colour(columns, rows):
    boxes = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(columns) for y in range(rows)], dtype=object)
    colour = colours_apart(boxes)
    a, b = shapely.STRtree(boxes).query(boxes, predicate="touches")
    assert (colour[a] != colour[b]).all()
    assert colour.max() < len(SIX)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_opens_it_from_a_folder(write, tmp_path):
    from playwright.sync_api import sync_playwright

    write()
    asked, faults = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--headless=new", "--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1000, "height": 700})
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto((tmp_path / "map.html").as_uri())
        page.locator(".leaflet-control-layers").wait_for()
        page.mouse.click(500 - 60, 350)
        page.locator(".leaflet-popup-content").wait_for()
        card_text = page.locator(".leaflet-popup-content").inner_text()
        hurt = page.evaluate("() => window.hurt === true")
        browser.close()
    assert (asked, faults, hurt) == ([(tmp_path / "map.html").as_uri()], [], False)
    assert card_text.strip()
