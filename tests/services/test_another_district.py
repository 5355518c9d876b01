"""A district over the illustrative one: that goes whole where it is replaced, and is named where it stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point
from sqlalchemy import Engine, func, select, text

from gridmap.database import illustrative, plans, results, tables
from gridmap.database.store import counts, load_layer
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.layers import write
from gridmap.sample import make_sample
from gridmap.sample.district import Sample
from gridmap.services.analyses import ANALYSES
from gridmap.services.files import Imported, import_file, load
from gridmap.services.history import undo
from gridmap.services.illustrative import write_sample
from gridmap.services.stored_analyses import analyse_database

SHARED = Path(__file__).parents[3] / "shared" / "real" / "osm"

EXTRACT = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="40.000" lon="116.350"/><node id="2" lat="40.000" lon="116.353"/>
 <node id="3" lat="40.002" lon="116.353"/><node id="4" lat="40.002" lon="116.350"/>
 <node id="5" lat="40.0005" lon="116.351"/><node id="6" lat="40.0005" lon="116.352"/>
 <node id="7" lat="40.0007" lon="116.352"/><node id="8" lat="40.0007" lon="116.351"/>
 <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="landuse" v="residential"/><tag k="name" v="东王庄"/></way>
 <way id="2"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/>
  <tag k="building" v="apartments"/><tag k="building:levels" v="6"/></way>
</osm>
"""


def silent(share: float, words: str) -> None:
    """A progress that nobody watches."""


def bring(engine: Engine, path: Path, mode: str = "replace") -> Imported:
    return import_file(engine, path, mode=mode, actor="test", progress=silent)


def said(done: Imported) -> str:
    return " ".join(map(str, done.as_dict()["notes"]))


def standing(engine: Engine) -> dict[str, int]:
    """Rows of all tables of layers, plans and runs, where there are any, and the data's version."""
    further = (*tables.results.values(), tables.plans, tables.plan_regions, tables.runs, tables.data_versions)
    with engine.connect() as connection:
        numbers = {t.name: connection.scalar(select(func.count()).select_from(t)) for t in further}
        numbers |= counts(connection)
    return {name: number for name, number in numbers.items() if number}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(scale=0.05)


@pytest.fixture
def sampled(database: Engine, sample: Sample) -> Engine:
    """The illustrative district with grids, isolation and a plan."""
    load(database, sample.district, mode="replace", actor="test", action="sample", detail={"illustrative": True})
    compounds, communities = (sample.district[name].to_crs("EPSG:4326") for name in ("compounds", "communities"))
    grids = communities[["code", "geometry"]].assign(community_code=communities["code"], kind="basic")
    grids["code"] += "001"
    isolation = compounds[["code", "geometry"]].assign(**{"class": "open"})
    plan = {"regions": communities[["code", "geometry"]].assign(region=range(len(communities)), status="new")}
    with database.begin() as connection:
        results.save(connection, "grids", {"grids": grids}, settings={}, version=None, summary={})
        results.save(connection, "isolation", {"isolation": isolation}, settings={}, version=None, summary={})
        plans.save_plan(connection, plan, None, version=None, actor="test")
        results.save(connection, "plans", {}, settings={}, version=None, summary={})
    return database


@pytest.fixture
def town_file(town: District, tmp_path: Path) -> Path:
    """The town without its gates, facilities and people, which the illustrative district has."""
    path = tmp_path / "town.gpkg"
    write(path, {name: town[name] for name in town.filled() if name not in {"gates", "facilities", "staff"}})
    return path


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    return path


def test_another_district_takes_the_place_of_the_illustrative_one(
    sampled: Engine, sample: Sample, town: District, town_file: Path
) -> None:
    done = bring(sampled, town_file)
    brought = {name: len(town[name]) for name in town.filled() if name not in {"gates", "facilities", "staff"}}
    assert {name: number for name, number in standing(sampled).items() if name != "data_versions"} == brought
    areas = ("communities", "compounds", "buildings")
    numbers = ", ".join(f"{len(sample.district[name]):,} {name}" for name in areas)
    assert f"The illustrative district is removed: {numbers} and all that belonged to them" in said(done)
    with sampled.connect() as connection:
        assert not illustrative.is_there(connection)
        assert {one.status for one in results.state(connection).values()} == {"never"}


def test_the_illustrative_district_comes_back_whole(sampled: Engine, town_file: Path) -> None:
    before = standing(sampled)
    bring(sampled, town_file)
    done = undo(sampled, actor="test")
    assert standing(sampled) == {**before, "data_versions": before["data_versions"] + 2}
    with sampled.connect() as connection:
        assert illustrative.is_there(connection)
        assert {one.status for one in results.state(connection).values()} == {"stale", "never"}
    undo(sampled, done.version, actor="test")
    after = standing(sampled)
    assert (after["communities"], "plans" in after, "runs" in after) == (2, False, False)


def test_after_it_every_layer_is_of_the_new_version(sampled: Engine, town_file: Path) -> None:
    done = bring(sampled, town_file)
    with sampled.connect() as connection:
        changed = connection.scalar(text("SELECT layers FROM gridmap.data_versions ORDER BY id DESC LIMIT 1"))
        lost = connection.scalar(
            text(
                "SELECT count(*) FROM gridmap.places p WHERE community_code IS NOT NULL"
                " AND NOT EXISTS (SELECT FROM gridmap.communities c WHERE c.code = p.community_code)"
            )
        )
    assert done.loaded is not None
    assert set(changed) == set(illustrative.LAYERS)
    assert lost == 0


def test_the_next_analysis_works_on_the_new_district_alone(sampled: Engine, town_file: Path) -> None:
    bring(sampled, town_file)
    analyse_database(ANALYSES["grids"], sampled, actor="test")
    with sampled.connect() as connection:
        assert results.state(connection)["grids"].status == "current"
        assert set(load_layer(connection, "grids")["community_code"]) == {"371071004001", "371071004201"}


def test_an_extract_of_openstreetmap_takes_its_place_too(sampled: Engine, extract: Path) -> None:
    bring(sampled, extract)
    after = standing(sampled)
    assert (after["compounds"], after["buildings"]) == (1, 1)
    assert not set(after) & {"streets", "communities", "gates", "staff", "ways", "isolation", "plans"}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real files in ../shared")
def test_a_real_extract_takes_its_place_and_is_analysed(sampled: Engine) -> None:
    bring(sampled, SHARED / "beijing_haidian_cau.osm")
    with sampled.connect() as connection:
        assert not illustrative.is_there(connection)
        west, *_ = load_layer(connection, "buildings").total_bounds
        assert load_layer(connection, "communities").empty
    assert 116 < west < 117
    assert len(analyse_database(ANALYSES["isolation"], sampled, actor="test").tables["isolation"]) > 10


def test_merged_data_stand_beside_it_and_that_is_said(sampled: Engine, extract: Path, sample: Sample) -> None:
    done = bring(sampled, extract, mode="merge")
    assert standing(sampled)["compounds"] == len(sample.district["compounds"]) + 1
    assert "The illustrative district is still there beside these data. It goes when" in said(done)
    again = bring(sampled, extract)
    assert "is removed" in said(again)
    assert standing(sampled)["compounds"] == 1


def test_a_file_that_belongs_to_its_places_changes_it_and_does_not_replace_it(
    sampled: Engine, sample: Sample, tmp_path: Path
) -> None:
    compounds = sample.district["compounds"].assign(property_company="海安物业")
    write(tmp_path / "compounds.gpkg", {"compounds": compounds})
    done = bring(sampled, tmp_path / "compounds.gpkg")
    assert "is still there" in said(done)
    assert standing(sampled)["buildings"] == len(sample.district["buildings"])


def test_a_file_without_areas_does_not_replace_it(sampled: Engine, town: District, tmp_path: Path) -> None:
    write(tmp_path / "facilities.gpkg", {"facilities": town["facilities"]})
    bring(sampled, tmp_path / "facilities.gpkg")
    after = standing(sampled)
    assert (after["facilities"], "communities" in after) == (1, True)


def test_a_row_of_ones_own_that_would_belong_nowhere_keeps_everything_as_it_was(
    sampled: Engine, sample: Sample, town_file: Path, tmp_path: Path
) -> None:
    nursery = {"code": "own-1", "compound_code": sample.district["compounds"]["code"].iloc[-1], "access": "public"}
    own = gpd.GeoDataFrame([nursery], geometry=[Point(122.06, 37.52)], crs="EPSG:4326")
    write(tmp_path / "own.gpkg", {"gates": own})
    bring(sampled, tmp_path / "own.gpkg", mode="merge")
    before = standing(sampled)
    with pytest.raises(DataError, match=r"Without the compounds \S+ the gates own-1 would belong nowhere"):
        bring(sampled, town_file)
    assert standing(sampled) == before


def test_the_sample_s_own_file_is_known_as_illustrative(database: Engine, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample.gpkg", seed=1, scale=0.05, progress=silent)
    done = bring(database, tmp_path / "sample.gpkg")
    assert "illustrative" not in said(done)
    with database.connect() as connection:
        assert illustrative.is_there(connection)


IMPORT = """
import sys
from pathlib import Path
from gridmap.database.engine import make_engine
from gridmap.services.files import import_file
import_file(make_engine(sys.argv[1]), Path(sys.argv[2]), mode="replace", actor="test", progress=lambda *_: None)
"""


def test_an_import_that_is_killed_on_the_way_leaves_it_as_it_was(sampled: Engine, town_file: Path) -> None:
    before = standing(sampled)
    address = sampled.url.render_as_string(hide_password=False)
    with sampled.connect() as connection:
        connection.execute(text("LOCK TABLE gridmap.plans IN SHARE MODE"))  # the removal comes as far as here
        with subprocess.Popen([sys.executable, "-c", IMPORT, address, str(town_file)], env=os.environ) as importing:
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'gridmap.plans'::regclass")
            while importing.poll() is None and not connection.scalar(waiting):
                connection.execute(text("SELECT pg_sleep(0.1)"))
            assert importing.poll() is None
            importing.kill()
    assert standing(sampled) == before
