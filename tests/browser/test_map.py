"""The map at a desk: what is shown, what a click tells, what the address keeps."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import ISOLATED, Visit
from tests.fixtures.districts import URBAN

pytestmark = pytest.mark.browser

OVER_A = "view=17.00/37.47868/122.00567"
AREAS = ["streets", "communities", "compounds", "buildings", "ground", "isolation", "grids", "regions", "reach_gaps"]
OTHERS = ["stairwells", "gates", "barriers", "ways", "centres", "facilities", "gate_proposals", "reach_sites"]
LAYERS = [*AREAS, *OTHERS, "findings"]


def test_every_layer_is_drawn_without_a_complaint_or_a_request_elsewhere(visit: Visit) -> None:
    filled = set()
    visit.page.on("response", lambda answer: filled.add(answer.url) if answer.status == 200 else None)
    visit.open(f"task=look&show={','.join(LAYERS)}&view=15.60/37.47920/122.00700")
    visit.settle()
    visit.page.locator("#layers-button").click()
    assert visit.page.locator("#layers input:not(:checked)").count() == 0
    assert {urlsplit(url).netloc for url in visit.requests if not url.startswith("data:")} == {
        urlsplit(visit.site).netloc
    }
    assert visit.complaints == []
    assert {url.split("/tiles/")[1].split("/")[0] for url in filled if url.endswith(".mvt")} == set(LAYERS)


def test_a_click_on_a_compound_opens_its_card(visit: Visit) -> None:
    page = visit.open(f"task=isolation&{OVER_A}")
    visit.settle()
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#card h2")).to_have_text("A小区")


def test_the_address_keeps_the_place(visit: Visit) -> None:
    page = visit.open(f"task=isolation&place={ISOLATED}")
    expect(page.locator("#card h2")).to_have_text("D小区")


def test_the_back_button_closes_the_card(visit: Visit) -> None:
    page = visit.open("task=isolation")
    page.locator("#task .item", has_text="D小区").last.click()
    expect(page.locator("#card h2")).to_have_text("D小区")
    page.go_back()
    expect(page.locator("#card")).to_be_hidden()


def test_an_unknown_place_is_told_in_words(visit: Visit) -> None:
    page = visit.open("place=nowhere")
    expect(page.locator("#card [role=alert]")).to_contain_text("nowhere")


def test_escape_closes_the_card(visit: Visit) -> None:
    page = visit.open(f"place={URBAN}")
    expect(page.locator("#card h2")).to_have_text("金海湾社区")
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()


def test_the_other_language_keeps_the_task(visit: Visit) -> None:
    page = visit.open("task=plans")
    page.locator(".rail [data-language]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#task h1")).to_have_text("Plans of mega-communities")


def test_illustrative_data_and_the_coast_s_source_are_named(visit: Visit) -> None:
    page = visit.open(lang="en")
    expect(page.locator("#credits")).to_contain_text("Illustrative data")
    expect(page.locator("#credits")).to_contain_text("OpenStreetMap contributors")
    expect(page.locator("#credits")).to_contain_text(re.compile(r"Data version \d+"))


def test_a_theme_has_a_legend_with_what_is_not_known(visit: Visit) -> None:
    page = visit.open()
    page.locator(".chip", has_text="物业").click()
    expect(page.locator("#legend")).to_contain_text("海安物业")
    expect(page.locator("#legend li")).not_to_have_count(1)


def test_the_panel_folds_and_the_slash_key_brings_search_back(visit: Visit) -> None:
    page = visit.open()
    page.locator(".fold").click()
    expect(page.locator("#search")).not_to_be_visible()
    page.locator("body").press("/")
    expect(page.locator("#search")).to_be_focused()


def test_a_device_in_the_dark_gets_a_dark_page(visit: Visit) -> None:
    visit.page.emulate_media(color_scheme="dark")
    page = visit.open()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_empty_district_says_what_to_do_first(nothing_yet: Visit) -> None:
    page = nothing_yet.open()
    expect(page.locator("#task")).to_contain_text("gridmap import")
    assert nothing_yet.complaints == []


def test_without_webgl_lists_and_search_still_work(visit: Visit) -> None:
    visit.page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {"
        "apply: (get, canvas, args) => String(args[0]).startsWith('webgl') ? null : Reflect.apply(get, canvas, args)})"
    )
    visit.page.goto(f"{visit.site}/?lang=zh")
    expect(visit.page.locator("#map")).to_contain_text("WebGL")
    visit.page.locator("#search").fill("北山村")
    visit.page.locator(".result").first.click()
    expect(visit.page.locator("#card h2")).to_have_text("北山村")


def test_the_about_page_tells_what_is_made_up(visit: Visit) -> None:
    visit.page.goto(f"{visit.site}/about?lang=en")
    expect(visit.page.locator("main")).to_contain_text("Nothing here is a survey")


def test_every_control_has_a_name(visit: Visit) -> None:
    page = visit.open("task=isolation")
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, a, input, summary')].filter((one) => one.checkVisibility()"
        " && !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length"
        " || one.querySelector('img[alt]'))).map((one) => one.outerHTML)"
    )
    assert nameless == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_the_screen(visit: Visit, lang: str) -> None:
    page = visit.open("task=isolation", lang=lang)
    wide = {}
    for width, height in [(1440, 900), (1024, 768), (390, 844), (360, 640)]:
        page.set_viewport_size({"width": width, "height": height})
        wide[width] = page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('#task, #card, .rail, .tab')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
        )
    assert wide == {1440: [], 1024: [], 390: [], 360: []}


def test_a_click_leaves_the_map_where_it_is(visit: Visit) -> None:
    page = visit.open(f"task=plans&{OVER_A}")
    visit.settle()
    before = page.url.partition("view=")[2]
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#card h2")).to_be_visible()
    visit.settle()
    assert page.url.partition("view=")[2] == before
