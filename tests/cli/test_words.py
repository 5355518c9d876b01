"""What the command line says, in the reader's language: no code, no class name, no English in a Chinese line."""

import re

import pandas as pd
import pytest

from gridmap.domain.numbers import DEFAULT_NUMBERS
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
    assert {words for words in told if LATIN.search(translate(words))} == set()


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
