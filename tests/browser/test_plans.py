"""The editor of plans in a real browser: from a proposal to an adopted, exported plan, by mouse, keyboard and touch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from gridmap.services import plan_editing
from tests.fixtures.districts import VILLAGE
from tests.fixtures.planning import A, B, C, D, Planner, Planning

pytestmark = pytest.mark.browser


def figure(page: Page, name: str) -> str:
    return page.locator(f"#region [data-figure={name}]").inner_text()


def choose(page: Page, label: int) -> None:
    page.locator(f"[data-region='{label}']").click()


def tool(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def drag(page: Page, *points: tuple[float, float]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def test_from_a_proposal_to_an_adopted_exported_plan_by_mouse(
    planner: Planner, proposal: int, planning_engine: Engine, tmp_path: Path
) -> None:
    window = planner()
    page = window.page
    page.goto(f"{window.site}/plans/{proposal}?lang=en")
    page.get_by_role("button", name="Shape it by hand").click()
    page.wait_for_url("**/plans/*")
    window.ready()
    number = int(page.url.split("?")[0].rsplit("/", 1)[1])

    choose(page, 1)
    assert figure(page, "households").startswith("40 households, 4,960 below 5,000")
    tool(page, "Paint")
    page.mouse.click(*window.at(B))
    window.saved()
    assert window.region_of(B) == 1
    assert figure(page, "households").startswith("280 households")
    assert figure(page, "changed") == "240"

    page.get_by_role("button", name="Undo").click()
    window.saved()
    assert window.region_of(B) == 0

    tool(page, "Lock")
    page.mouse.click(*window.at(A))
    window.saved()
    tool(page, "Paint")
    page.mouse.click(*window.at(A))
    expect(page.locator("#toast")).to_contain_text("What is locked stays")
    assert window.region_of(A) == 0

    tool(page, "Erase")
    page.mouse.click(*window.at(C))
    window.saved()
    expect(page.locator("#check-unassigned")).to_contain_text("1 block unassigned (240 households)")
    page.get_by_role("button", name="Finish").click()
    window.saved()
    assert window.region_of(C) in (0, 1)

    page.get_by_role("button", name="Adopt", exact=True).click()
    page.get_by_label("Why").fill("街道会议通过")
    page.get_by_label("In force from").fill("2026-12-01")
    page.get_by_role("button", name="Adopt and freeze").click()
    expect(page.get_by_text("Adopted by planner, in force from 2026-12-01: 街道会议通过")).to_be_visible()
    expect(page.get_by_role("button", name="Paint", exact=True)).to_have_count(0)

    page.get_by_text("Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="regions.geojson").click()
    path = tmp_path / "regions.geojson"
    download.value.save_as(path)
    exported = json.loads(path.read_text())
    assert sum(one["properties"]["households"] for one in exported["features"]) == 1000
    assert plan_editing.now(planning_engine, number)[0].adopted_by == "planner"
    assert window.complaints == []


def test_pieces_are_found_and_repaired(planner: Planner, today: int) -> None:
    window = planner()
    page = window.plan(today)
    choose(page, 1)
    tool(page, "Paint")
    page.mouse.click(*window.at(A))
    window.saved()
    expect(page.locator("#check-pieces")).to_contain_text("piece apart")
    page.locator("[data-next=pieces]").click()
    expect(page.locator("#under")).not_to_be_empty()
    page.get_by_role("button", name="Repair").click()
    window.saved()
    expect(page.locator("#check-pieces")).to_be_hidden()


@pytest.mark.parametrize("shape", ["Rectangle", "Lasso", "Brush", "Whole community"])
def test_every_shape_of_a_stroke_takes_what_it_covers(planner: Planner, today: int, shape: str) -> None:
    window = planner()
    page = window.plan(today)
    choose(page, 1)
    tool(page, "Paint", shape)
    (ax, ay), (dx, dy) = window.at(A), window.at(D)
    if shape == "Rectangle":
        drag(page, (ax - 12, ay - 40), (dx + 12, dy + 40))
    elif shape == "Lasso":
        drag(page, (ax - 14, ay - 30), (dx + 14, dy - 30), (dx + 14, dy + 30), (ax - 14, ay + 30))
    elif shape == "Brush":
        drag(page, (ax, ay), (dx, dy))
    else:
        page.mouse.click(ax, ay)
    window.saved()
    assert {window.region_of(code) for code in (A, B, C, D)} == {1}


def test_regions_are_split_joined_locked_and_named(planner: Planner, today: int) -> None:
    window = planner()
    page = window.plan(today)
    choose(page, 0)
    page.get_by_role("button", name="Split in two").click()
    window.saved()
    expect(page.locator("[data-region]")).to_have_count(3)
    page.get_by_label("Join with").select_option("2")
    window.saved()
    expect(page.locator("[data-region]")).to_have_count(2)
    page.get_by_label("Name of the region").fill("新城")
    page.keyboard.press("Tab")
    window.saved()
    page.get_by_role("button", name="Lock region").click()
    window.saved()
    expect(page.locator("[data-region='0']")).to_contain_text("新城 (locked)")


def test_a_region_s_phase_is_there_after_the_browser_was_closed(planner: Planner, today: int) -> None:
    first = planner()
    page = first.plan(today)
    choose(page, 0)
    page.get_by_label("Phase").select_option("3")
    first.saved()
    page.close()
    expect(planner().plan(today).locator("[data-region='0']")).to_contain_text("phase 3")


def test_undo_and_redo_survive_closing_the_browser(planner: Planner, today: int) -> None:
    first = planner()
    page = first.plan(today)
    choose(page, 1)
    tool(page, "Paint")
    page.mouse.click(*first.at(B))
    first.saved()
    page.close()
    second = planner()
    page = second.plan(today)
    assert second.region_of(B) == 1
    page.get_by_role("button", name="Undo").click()
    second.saved()
    assert second.region_of(B) == 0
    page.get_by_role("button", name="Redo").click()
    second.saved()
    assert second.region_of(B) == 1


def test_an_earlier_version_is_gone_back_to(planner: Planner, today: int) -> None:
    window = planner()
    page = window.plan(today)
    choose(page, 1)
    tool(page, "Paint")
    page.mouse.click(*window.at(B))
    window.saved()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Versions").click()
    page.get_by_role("button", name="Go back to it").click()
    window.saved()
    assert window.region_of(B) == 0


def test_a_second_editor_is_told_and_sees_what_the_first_did(planner: Planner, today: int) -> None:
    first, second = planner(), planner()
    one, other = first.plan(today), second.plan(today)
    for window, page, code in ((first, one, A), (second, other, B)):
        choose(page, 1)
        tool(page, "Paint")
        page.mouse.click(*window.at(code))
        window.saved()
    expect(other.locator("#toast")).to_contain_text("planner has changed this plan meanwhile")
    assert (second.region_of(A), second.region_of(B)) == (1, 0)


def test_the_whole_way_by_keyboard(planner: Planner, today: int) -> None:
    window = planner()
    page = window.plan(today)
    page.locator("[data-region='1']").focus()
    page.keyboard.press("Enter")
    page.locator("#map").focus()
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    window.saved()
    taken = page.evaluate("gridmapEditor.plan.region.filter((label) => label === 1).length")
    assert taken == 2
    expect(page.locator("#spoken")).not_to_be_empty()
    page.keyboard.press("Control+z")
    window.saved()
    page.keyboard.press("Control+y")
    window.saved()
    page.keyboard.press("Delete")
    window.saved()
    expect(page.locator("#check-unassigned")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Finish").focus()
    page.keyboard.press("Enter")
    window.saved()
    page.get_by_role("button", name="Adopt", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("会议通过")
    page.get_by_label("In force from").fill("2026-12-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Adopted by planner")).to_be_visible()


def test_by_touch_one_finger_paints(planner: Planner, today: int) -> None:
    window = planner(touch=True)
    page = window.plan(today)
    page.locator("[data-region='1']").tap()
    page.get_by_role("button", name="Paint", exact=True).tap()
    page.touchscreen.tap(*window.at(B))
    window.saved()
    assert window.region_of(B) == 1
    page.get_by_role("button", name="Undo").tap()
    window.saved()
    assert window.region_of(B) == 0


def test_nothing_overflows_on_a_phone(planner: Planner, today: int) -> None:
    page = planner(touch=True).plan(today)
    for address in (f"/plans/{today}", "/plans", f"/plans/compare?a=today&b={today}"):
        page.goto(page.url.split("/plans")[0] + address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_can_be_done_with_a_plan_stands_in_one_row_on_a_phone(planner: Planner, today: int, language: str) -> None:
    page = planner(touch=True).plan(today)
    page.goto(f"{page.url.split('?')[0]}?lang={language}")
    page.locator("body[data-ready]").wait_for()
    rows = page.evaluate(
        "[...document.querySelectorAll('.editor-top .end > *')].map((one) => one.getBoundingClientRect().top)"
    )
    assert len(rows) >= 5
    assert max(rows) - min(rows) < 1


def test_a_menu_closes_when_something_in_it_was_chosen(planner: Planner, today: int) -> None:
    page = planner().plan(today)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("dialog", name="Keys").get_by_role("button").click()
    expect(page.locator(".menu[open]")).to_have_count(0)


def test_two_plans_stand_side_by_side_with_who_changes(planner: Planner, today: int, planning_engine: Engine) -> None:
    found, _state, ground = plan_editing.now(planning_engine, today)
    move = [(ground.place_of[B], 1)]
    given = {"expected": found.revision, "action": "paint", "regions": None, "locked": None, "actor": "planner"}
    plan_editing.change(planning_engine, today, moves=move, **given)
    window = planner()
    page = window.page
    page.goto(f"{window.site}/plans/compare?a=today&b={today}&lang=en")
    page.locator("body[data-ready]").wait_for()
    expect(page.locator("#answer")).to_have_text(
        "240 households of 1,000 change, in 1 compound or village and 1 block in all."
    )
    expect(page.get_by_role("button", name="B小区")).to_be_visible()
    page.get_by_role("button", name="B小区").click()
    assert window.complaints == []


def test_an_official_looks_and_changes_nothing(planner: Planner, today: int) -> None:
    window = planner(who="official")
    page = window.plan(today)
    choose(page, 0)
    expect(page.locator("#region")).to_contain_text("960 households")
    for name in ("Paint", "Adopt", "Share", "Undo"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_a_shared_link_shows_the_plan_without_an_account_until_it_is_withdrawn(planner: Planner, today: int) -> None:
    window = planner()
    page = window.plan(today)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link to look at the plan").input_value()
    guest = planner(who=None)
    guest.page.goto(link + "?lang=en")
    guest.ready()
    expect(guest.page.locator("[data-region]")).to_have_count(2)
    expect(guest.page.get_by_role("button", name="Paint", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Withdraw the link").click()
    expect(page.locator("#share-link")).to_contain_text("withdrawn")
    guest.page.reload()
    expect(guest.page.locator("h1")).to_have_text("Not found")


def test_the_page_and_the_server_measure_alike(planner: Planner, today: int, planning_engine: Engine) -> None:
    from gridmap.analysis.shaping import figures

    page = planner().plan(today)
    shown = page.evaluate("gridmapEditor.plan.figures(0)")
    _found, state, ground = plan_editing.now(planning_engine, today)
    row = figures(ground, state.region, state.region).loc[0]
    assert shown["households"] == row["households"]
    assert len(shown["pieces"]) == row["pieces"]
    for mine, theirs in (
        ("polsbyPopper", "polsby_popper"),
        ("reock", "reock"),
        ("mean", "mean_walk_m"),
        ("tail", "p95_walk_m"),
    ):
        assert shown[mine] == pytest.approx(row[theirs], rel=0.01)


def test_the_village_is_a_block_of_its_own(planner: Planner, today: int) -> None:
    window: Planning = planner()
    window.plan(today)
    assert window.region_of(VILLAGE) == 1
