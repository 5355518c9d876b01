"""A client on the small town with results worked out by hand, in a database of its own that tests only read."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from shapely import MultiPolygon
from sqlalchemy import Engine

from gridmap.database import changes, results
from gridmap.database.engine import make_engine
from gridmap.database.plans import save_plan
from gridmap.database.server import PrivateServer
from gridmap.database.store import save_layers
from gridmap.domain.district import District
from gridmap.web.app import create_app
from tests.fixtures.database import dispose, fresh_database
from tests.fixtures.districts import STREET, URBAN, VILLAGE, make_town, reach_results

GRID = f"{URBAN}001"


def load_town(engine: Engine, town: District) -> int:
    """The town and nothing else; its data version."""
    with engine.begin() as connection:
        version = changes.record(
            connection, actor="test", action="import", layers=town.filled(), detail={"illustrative": True}
        )
        save_layers(connection, {name: town[name] for name in town.filled()}, version=version)
    return version


def add_results(engine: Engine, town: District) -> None:
    """Results of all analyses, written by hand."""
    compounds, buildings = town["compounds"], town["buildings"]
    isolation = gpd.GeoDataFrame(
        {
            "code": compounds["code"],
            "class": ["open", "partly", "open", "isolated"],
            "cause": [None, "walls", None, "closed_management"],
            "score": [10.0, 45.0, 0.0, 90.0],
            "openings_per_km": [1.7, 1.7, None, 0.0],
            "longest_gap_m": [590.0, 590.0, 0.0, 600.0],
            "directness": [1.2, 1.6, 1.1, None],
            "detour_m": [20.0, 60.0, 5.0, None],
            "office_walk_m": [250.0, 420.0, 90.0, 310.0],
            "reasons_zh": ["有公共出入口。", "仅有一处开口。", "没有围墙。", "唯一的门只供居民通行。"],
            "reasons_en": ["a public gate.", "one opening only.", "no walls.", "its only gate is for residents."],
            "geometry": compounds.geometry,
        },
        crs=town.crs,
    )
    proposals = gpd.GeoDataFrame(
        {
            "rank": [1],
            "compound_code": [f"{URBAN}-D"],
            "joins": ["东街"],
            "households": [240],
            "saved_mean_m": [180.0],
            "share_50m": [0.8],
            "geometry": [compounds.geometry.iloc[3].representative_point()],
        },
        crs=town.crs,
    )
    grids = gpd.GeoDataFrame(
        {
            "code": [GRID],
            "community_code": [URBAN],
            "kind": ["basic"],
            "households": [480],
            "buildings": [8],
            "walk_m": [120.0],
            "geometry": [MultiPolygon([compounds.geometry.iloc[0], compounds.geometry.iloc[2]])],
        },
        crs=town.crs,
    )
    mine = buildings["code"][buildings["compound_code"].isin([f"{URBAN}-A", f"{URBAN}-C"])]
    members = pd.DataFrame({"grid_code": GRID, "building_code": mine})
    leaders = gpd.GeoDataFrame(
        {
            "role": ["grid", "compound", "stairwell"],
            "place_code": [GRID, f"{URBAN}-A", f"{URBAN}-A-1-1"],
            "staff_code": ["P1", "P4", None],
            "walk_m": [80.0, 120.0, None],
            "status": ["assigned", "assigned", "vacant"],
            "cause": [None, None, "no_candidate_lives_there"],
            "geometry": [compounds.geometry.iloc[0].centroid] * 3,
        },
        crs=town.crs,
    )
    need = pd.DataFrame({"community_code": [URBAN], "households": [960], "staff_needed": [5], "staff_in_place": [4]})
    regions = gpd.GeoDataFrame(
        {
            "region": [0],
            "code": ["371071004601"],
            "status": ["below"],
            "households": [1000],
            "units": [5],
            "members": ["a b"],
            "compactness": [0.7],
            "centre_lon": [122.0],
            "centre_lat": [37.47],
            "mean_walk_m": [400.0],
            "geometry": [town["streets"].geometry.iloc[0]],
        },
        crs=town.crs,
    )
    findings = gpd.GeoDataFrame(
        {
            "rank": [1],
            "kind": ["far_gate"],
            "severity": ["doubt"],
            "layer": ["gates"],
            "place_code": [f"{URBAN}-A-G"],
            "length_m": [12.5],
            "words_zh": ["出入口离边界 12.5 米"],
            "words_en": ["12.5 m from the boundary"],
            "geometry": [compounds.geometry.iloc[0].representative_point()],
        },
        crs=town.crs,
    )
    units = pd.DataFrame({"unit": ["a", "b", "=c"], "region": [0, 0, -1], "households": [600, 400, 10]})
    with engine.begin() as connection:
        told = {"settings": {}, "version": None, "summary": {"n": 1}}
        results.save(connection, "isolation", {"isolation": isolation, "gate_proposals": proposals}, **told)
        results.save(connection, "grids", {"grids": grids, "members": members}, **told)
        results.save(connection, "leaders", {"leaders": leaders, "need": need}, **told)
        save_plan(connection, {"regions": regions, "assignment": units}, {"status": "partial"}, version=None, actor="t")
        results.save(connection, "plans", {"regions": regions}, **told)
        results.save(connection, "reach", reach_results(town), **told)
        results.save(connection, "check", {"findings": findings}, **told)


@pytest.fixture(scope="session")
def town_engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    """The town with results, loaded once; tests don't write here."""
    with fresh_database(database_server, f"web_{worker_id}") as url:
        engine = make_engine(url)
        town = make_town()
        load_town(engine, town)
        add_results(engine, town)
        yield engine
        dispose(engine)


@pytest.fixture(scope="session")
def app(town_engine: Engine) -> Flask:
    return create_app(town_engine, testing=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def english(app: Flask) -> FlaskClient:
    """A client whose cookie asks for English, which is the messages' own language."""
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


__all__ = ["GRID", "STREET", "URBAN", "VILLAGE"]
