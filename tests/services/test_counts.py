"""Tables of counts by community complete the communities that are there; rows of others are rejected in words."""

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gridmap.domain.errors import InputError
from gridmap.services.files import import_file
from tests.fixtures.districts import URBAN, VILLAGE

COLUMNS = ["社区名称", "总户数", "60岁以上", "儿童", "流动人口"]


@pytest.fixture
def communities(town_database: Engine):
    """The engine; the communities are put back afterwards."""
    with town_database.begin() as connection:
        connection.execute(text("CREATE TABLE gridmap.before AS SELECT * FROM gridmap.communities"))
        connection.execute(text("UPDATE gridmap.communities SET derived = 'households residents'"))
    yield town_database
    sets = ", ".join(f"{name} = b.{name}" for name in ("households", "elderly", "children", "floating", "derived"))
    with town_database.begin() as connection:
        connection.execute(text(f"UPDATE gridmap.communities c SET {sets} FROM gridmap.before b WHERE b.code = c.code"))
        connection.execute(text("DROP TABLE gridmap.before"))


def rows(engine: Engine) -> dict[str, tuple]:
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT code, name, kind, households, elderly, children, floating, derived, ST_IsEmpty(geom)"
                " FROM gridmap.communities"
            )
        )
        return {row[0]: tuple(row[1:]) for row in found}


def imported(engine, path, **how):
    return import_file(engine, path, actor="test", progress=lambda *_: None, **how)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_counts_are_matched_by_name_and_keep_everything_else(communities, tmp_path, ending):
    table = pd.DataFrame(
        [["金海湾社区居委会", 970, 610, 120, 7], ["北山", 41, 52, 3, 2], ["合计", 1011, 662, 123, 9]], columns=COLUMNS
    )
    path = tmp_path / f"人口统计.{ending}"
    table.to_csv(path, index=False) if ending == "csv" else table.to_excel(path, index=False)
    report = imported(communities, path).report.as_dict()
    assert (report["read"], report["loaded"], report["rejected"]) == (3, 2, 1)
    assert str(report["features"][0]["reason"]) == "there is no community 合计 here"
    assert report["features"][0]["number"] == 3
    found = rows(communities)
    assert found[URBAN] == ("金海湾社区", "urban", 970, 610, 120, 7, "residents", False)
    assert found[VILLAGE] == ("北山村", "village", 41, 52, 3, 2, "residents", False)


def test_counts_are_matched_by_code_before_names(communities, tmp_path):
    path = tmp_path / "人口.csv"
    pd.DataFrame({"社区编码": [VILLAGE], "社区名称": ["金海湾社区"], "儿童": [4]}).to_csv(path, index=False)
    imported(communities, path)
    assert rows(communities)[VILLAGE][4] == 4


def test_a_community_counts_once(communities, tmp_path):
    path = tmp_path / "人口.csv"
    pd.DataFrame({"社区": ["北山村", "北山村委会"], "儿童": [4, 5]}).to_csv(path, index=False)
    report = imported(communities, path).report.as_dict()
    assert [feature["reason_code"] for feature in report["features"]] == ["code_twice"]
    assert rows(communities)[VILLAGE][4] == 4


def test_a_dry_run_matches_and_loads_nothing(communities, tmp_path):
    path = tmp_path / "人口.csv"
    pd.DataFrame({"社区": ["北山村"], "儿童": [4]}).to_csv(path, index=False)
    assert imported(communities, path, dry_run=True).report.total("loaded") == 1
    assert rows(communities)[VILLAGE][4] is None


@pytest.mark.parametrize(("mode", "words"), [("merge", "is known here"), ("replace", "use --mode merge")])
def test_what_cannot_be_matched_or_would_replace_is_refused(communities, tmp_path, mode, words):
    path = tmp_path / "人口.csv"
    pd.DataFrame({"社区": ["别处村"], "儿童": [4]}).to_csv(path, index=False)
    with pytest.raises(InputError, match=words):
        imported(communities, path, mode=mode)
