"""`gridmap propose --alternatives` and `gridmap report` on the command line."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--alternatives", "--regions", "2"), "choose the number of regions"),
        (("--alternatives", "--objective", "border"), "choose the number of regions"),
        (("--alternatives", "--households", "hh"), "not of units of one's own"),
    ],
)
def test_wishes_that_alternatives_dont_take_are_refused(gridmap, town_file, tmp_path, words, said):
    answer = gridmap("propose", town_file, "-o", tmp_path / "plan.gpkg", *words)
    assert (answer.code, said in answer.err) == (2, True)
    assert not list(tmp_path.glob("plan*"))


def test_alternatives_of_a_file_need_a_place_to_go(gridmap, town_file):
    answer = gridmap("propose", town_file, "--alternatives")
    assert (answer.code, "-o" in answer.err) == (2, True)


def test_alternatives_of_a_file_are_written_beside_each_other(gridmap, town_file, tmp_path):
    answer = gridmap(
        "propose", town_file, "--alternatives", "-o", tmp_path / "plan.gpkg", "--min-households", "240",
        "--max-households", "600", "--time-limit", "3", "--report", tmp_path / "r.json",
    )  # fmt: skip
    assert answer.code == 0
    assert list(tmp_path.glob("plan-*.gpkg"))
    assert (tmp_path / "r.json").exists()


def test_a_report_of_a_database_without_plans_says_what_makes_one(gridmap_db, tmp_path):
    answer = gridmap_db("report", tmp_path / "plan.html")
    assert (answer.code, "gridmap propose" in answer.err) == (2, True)
