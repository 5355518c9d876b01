"""What the command line says, in the reader's language: no code, no class name, no English in a Chinese line."""

import json
import re

import click
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from rich.cells import cell_len

from gridmap.cli import cli
from gridmap.domain.notes import worded
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.help_texts import TranslatedCommand, TranslatedGroup
from gridmap.layers import write
from gridmap.services.analyses import ANALYSES
from gridmap.services.language import terminal_language, translator

LATIN = re.compile(r"[A-Za-z_]{2,}")


@pytest.fixture
def chinese(gridmap, monkeypatch, tmp_path):
    """What `gridmap WORDS…` prints to a Chinese reader, without the paths that were given."""
    monkeypatch.setenv("GRIDMAP_LANG", "zh")

    def run(*words):
        answer = gridmap(*words)
        assert (answer.code, answer.err) == (0, "")
        return re.sub(rf"{tmp_path}\S*", "", answer.out)

    return run


@pytest.mark.parametrize("command", ["isolation", "grids", "leaders"])
def test_a_summary_is_in_chinese_whole(chinese, town_file, tmp_path, command):
    said = chinese(command, town_file, "-o", tmp_path / "out.gpkg")
    assert LATIN.findall(said) == []


def test_what_a_plan_can_t_meet_is_said_in_chinese_by_the_street_s_name(chinese, town_file, town, tmp_path):
    said = chinese("propose", town_file, "-o", tmp_path / "plan.geojson", "--time-limit", 5)
    assert f"{town['streets']['name'].iloc[0]}：1,000 户，单独设大社区还差 4,000 户" in said


def test_a_dry_run_of_our_own_file_has_nothing_to_explain(chinese, town_file):
    said = chinese("import", town_file, "--dry-run")
    assert LATIN.findall(said) == []


def test_the_truth_that_an_import_leaves_out_is_told_in_chinese(chinese, town, tmp_path):
    truth = pd.DataFrame({"compound_code": ["c1"], "isolated": [True], "how": ["single gate"]})
    write(tmp_path / "town.gpkg", {name: town[name] for name in town.filled()} | {"truth": truth})
    assert LATIN.findall(chinese("import", tmp_path / "town.gpkg", "--dry-run")) == ["truth"]


def test_columns_of_chinese_words_are_as_wide_as_they_are_drawn(chinese, town_file):
    rows = chinese("import", town_file, "--dry-run").splitlines()[2:]
    wide = [len(row) + len(re.findall(r"[^\x00-\x7f]", row)) for row in rows]
    assert len(set(wide)) == 1


def test_the_state_of_the_private_server_is_said_in_chinese(chinese):
    assert LATIN.findall(chinese("db", "status")) == []


@pytest.mark.parametrize("name", ["isolation", "grids", "leaders"])
def test_progress_is_told_in_chinese(town, name):
    told = set()
    ANALYSES[name].run(town.metric(), numbers=DEFAULT_NUMBERS, progress=lambda _share, words: told.add(words))
    translate = translator("zh")
    assert {words for words in told if LATIN.search(worded(words, translate))} == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grids", "--foo"], "gridmap grids 没有选项 --foo（见 gridmap grids --help）。"),
        (["gird"], "gridmap 没有命令 gird（见 gridmap --help）。"),
        (["sample"], "gridmap sample 需要 OUT（见 gridmap sample --help）。"),
        (["import", "f", "--mode", "m"], "--mode 可取 merge, replace（见 gridmap import --help）。"),
    ],
)
def test_a_slip_of_the_keyboard_is_explained_in_chinese(gridmap, monkeypatch, words, said):
    monkeypatch.setenv("GRIDMAP_LANG", "zh")
    answer = gridmap(*words)
    assert (answer.code, answer.err) == (2, f"gridmap: {said}\n")


def test_the_command_alone_shows_its_help_line_by_line(gridmap):
    answer = gridmap()
    assert (answer.code, answer.err.splitlines()[0]) == (2, "Usage: gridmap [OPTIONS] COMMAND [ARGS]...")


def test_no_words_stay_no_words():
    assert translator("zh")("") == ""


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"GRIDMAP_LANG": "zh", "LANG": "en_GB.UTF-8"}, "zh"),
        ({"GRIDMAP_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_setting_s_and_else_the_locale_s(environment, lang):
    assert terminal_language(environment) == lang


def _under(group, *path):
    """Every command, group and option's way to it, as it is typed."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _under(command, *path, name)
        elif not command.hidden:
            yield (*path, name)


TYPED = re.compile(
    r"--?[a-z-]+|\b[A-Z_]{2,}\b|gridmap\b[^\n]*|\[[^\]]*\]|networkx|psql|QGIS|Shapefile|GeoPackage|EPSG:|wgs84|gcj02|bd09"
    r"|html|pdf|gpkg|geojson|csv|xlsx|kml|fgb|zip|GeoJSON|\b(?:x)\b"
)
"""What stays as it is typed: options, placeholders, choices, formats and names of programs."""


@pytest.mark.parametrize("path", list(_under(cli)), ids=" ".join)
def test_help_is_in_chinese(gridmap, monkeypatch, path):
    monkeypatch.setenv("GRIDMAP_LANG", "zh")
    said = re.sub(r"^  [a-z-]+(?=  )", "", gridmap(*path, "--help").out, flags=re.MULTILINE)
    assert LATIN.findall(TYPED.sub("", said)) == []


@pytest.mark.parametrize("path", list(_under(cli)), ids=" ".join)
def test_no_line_of_help_is_wider_than_the_terminal(gridmap, monkeypatch, path):
    for lang in ("zh", "en"):
        monkeypatch.setenv("GRIDMAP_LANG", lang)
        assert [line for line in gridmap(*path, "--help").out.splitlines() if cell_len(line) > 80] == []


def test_a_command_that_is_new_needs_no_wiring_to_be_translated(gridmap, monkeypatch):
    @cli.group()
    def user():
        """The file is cut off; what is complete before the cut was read."""

    try:
        monkeypatch.setenv("GRIDMAP_LANG", "zh")
        assert "文件不完整" in gridmap("user", "--help").out
        assert {type(user), type(user.command()(lambda: None))} == {TranslatedGroup, TranslatedCommand}
    finally:
        del cli.commands["user"]


def test_every_option_says_what_it_is_for():
    commands = [cli, *cli.commands.values(), *cli.commands["db"].commands.values()]
    options = [option for command in commands for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.fixture
def messy_file(tmp_path):
    """A file of compounds with a fault in every second one."""
    square = shapely.box(122.0, 37.4, 122.001, 37.401)
    bowtie = shapely.Polygon([(122, 37.4), (122.001, 37.401), (122.001, 37.4), (122, 37.401)])
    shapes = [square, bowtie, square, None, square, shapely.Polygon()]
    table = gpd.GeoDataFrame({"编码": ["a", "b", "a", "d", "e", "f"], "户数": [1, 2, 3, 4, "many", 6]}, geometry=shapes)
    write(tmp_path / "messy.geojson", {"小区": table.astype({"户数": str}).set_crs("EPSG:4326")})
    return tmp_path / "messy.geojson"


def _report(gridmap, file, tmp_path, *words):
    answer = gridmap("import", file, "--dry-run", *words, "--report", tmp_path / "r.json")
    assert answer.code == 0
    return answer.out, json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))


def test_the_report_of_an_import_is_in_the_reader_s_language_with_codes_that_stay(
    gridmap, monkeypatch, messy_file, tmp_path
):
    said = {}
    for lang in ("zh", "en"):
        monkeypatch.setenv("GRIDMAP_LANG", lang)
        said[lang] = _report(gridmap, messy_file, tmp_path)[1]["features"]
    codes = [[one["reason_code"] for one in features] for features in said.values()]
    assert codes[0] == codes[1] == ["invalid", "code_twice", "no_geometry", "empty"]
    assert [one["reason"] for one in said["zh"][1:]] == ["编码 a 与前面的要素重复", "没有图形", "图形为空"]
    assert said["en"][2]["reason"] == "it has no geometry"


def test_every_sentence_about_an_import_is_in_chinese(gridmap, monkeypatch, messy_file, tmp_path):
    monkeypatch.setenv("GRIDMAP_LANG", "zh")
    out, report = _report(gridmap, messy_file, tmp_path)
    sentences = [*report["notes"], *(one["reason"] for one in report["features"])]
    sentences += [layer[name] for layer in report["layers"] for name in ("encoding_known_by", "crs_known_by")]
    kept = re.compile(r"\b(?:compounds|households|many|GeoJSON|WGS84|UTF-8|messy\S*)\b")
    assert [one for one in sentences if LATIN.search(kept.sub("", one))] == []
    assert LATIN.findall(kept.sub("", out)) == []


def test_what_a_planner_can_t_have_is_told_with_its_reason(chinese, town_file, tmp_path):
    said = chinese("propose", town_file, "-o", tmp_path / "plan.geojson", "--regions", 99, "--min-households", 100)
    assert re.search(r"单元只有 \d+ 个，无法组成 99 个大社区|要求 99 个大社区，最多只能划分 \d+ 个", said)


def test_units_that_were_left_out_or_mended_are_told(chinese, tmp_path):
    shapes = [shapely.box(122.0, 37.4, 122.01, 37.41), shapely.box(122.01, 37.4, 122.02, 37.41), None]
    units = gpd.GeoDataFrame({"people": [6000, 6000, 6000]}, geometry=shapes, crs="EPSG:4326")
    units.to_file(tmp_path / "units.geojson")
    said = chinese(
        *("propose", tmp_path / "units.geojson", "--units", "units", "--households", "people"),
        *("-o", tmp_path / "plan.geojson"),
    )
    assert "第 3 个要素未采用：没有图形。" in said
