"""A district file that somebody edits with other tools: what must change does, and nothing else, to the last digit."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.affinity import translate

from gridmap.analysis.isolation import isolation
from gridmap.layers.district_file import read_district
from gridmap.layers.write import write
from gridmap.sample import make_sample

METRIC = "EPSG:4550"
FAR_M = 700.0
"""Farther than this from an edit no walk of up to 500 m leads, and none to neighbours here."""

LONG_WALKS = ["office_walk_m", "centre_walk_m", "score", "score_worst", "score_parts", "reasons"]
LONG_WALKS += ["reasons_zh", "reasons_en"]
"""Walks to offices may come from far, and the score and reasons rest on them, too."""


class Outside:
    """Whoever has the file and geopandas, and nothing of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0
        sample = make_sample(seed=11, scale=0.1)
        path = folder / "district.gpkg"
        write(path, {name: sample.district[name] for name in sample.district.filled()})
        names = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        self.layers = {name: gpd.read_file(path, layer=name) for name in names}
        self.before = self.measured()
        self.places = self.layers["compounds"].set_index("code").geometry.to_crs(METRIC)

    def measured(self, **edited: gpd.GeoDataFrame) -> pd.DataFrame:
        self.number += 1
        path = self.folder / f"edited{self.number}.gpkg"
        for name, table in {**self.layers, **edited}.items():
            table.to_file(path, layer=name, driver="GPKG")
        return isolation(read_district(path).metric()).set_index("code")

    def changed(self, after: pd.DataFrame) -> pd.DataFrame:
        """Which figures differ, by compound."""
        before, names = self.before, [name for name in after.columns if name != "geometry"]
        after = after.loc[before.index]
        return pd.DataFrame({n: (before[n] != after[n]) & ~(before[n].isna() & after[n].isna()) for n in names})

    def farther(self, place: object, metres: float) -> pd.Series:
        """Which compounds lie farther than so many metres from a place in degrees."""
        spot = gpd.GeoSeries([place], crs="EPSG:4326").to_crs(METRIC)[0]
        return self.places.loc[self.before.index].distance(spot) > metres

    def only_near(self, after: pd.DataFrame, place: object) -> None:
        changed = self.changed(after)
        assert not changed.drop(columns=LONG_WALKS)[self.farther(place, FAR_M)].any(axis=None)
        assert not changed[self.farther(place, 3 * FAR_M)].any(axis=None)

    def gates_of(self, code: str) -> pd.Index:
        gates = self.layers["gates"]
        return gates.index[gates["compound_code"] == code]

    def some(self, wanted: str, gates: int, enclosure: str = "enclosed") -> str:
        """A compound of this class with at least so many public gates, few of its neighbours unsurveyed."""
        table, public = self.layers["gates"], self.layers["gates"]["access"] == "public"
        count = table[public].groupby("compound_code").size()
        walls = self.layers["compounds"].set_index("code")["enclosure"]
        known = self.before[(self.before["class"] == wanted) & (self.before["neighbours"] > 1)]
        return next(c for c in known.index if count.get(c, 0) >= gates and walls[c] == enclosure)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    return Outside(tmp_path_factory.mktemp("outside"))


def test_the_same_file_gives_the_same_figures(outside: Outside) -> None:
    assert not outside.changed(outside.measured()).any(axis=None)


def test_a_gate_closed(outside: Outside) -> None:
    code = outside.some("open", 3)
    gates = outside.layers["gates"].copy()
    first = outside.gates_of(code)[0]
    gates.loc[first, "access"] = "closed"
    after = outside.measured(gates=gates)
    assert after.loc[code, "openings_per_km"] < outside.before.loc[code, "openings_per_km"]
    assert after.loc[code, "detour_m"] >= outside.before.loc[code, "detour_m"]
    outside.only_near(after, gates.geometry[first])


def test_all_gates_closed(outside: Outside) -> None:
    code = outside.some("open", 3)
    gates = outside.layers["gates"].copy()
    gates.loc[outside.gates_of(code), "access"] = "residents"
    after = outside.measured(gates=gates)
    assert after.loc[code, ["class", "cause"]].tolist() == ["isolated", "closed_management"]
    assert after.loc[code, "neighbours_unreached"] == after.loc[code, "neighbours"]
    assert after.loc[code, "residents_detour_m"] == pytest.approx(outside.before.loc[code, "detour_m"], rel=0.1)
    outside.only_near(after, outside.layers["compounds"].set_index("code").geometry[code].centroid)


def test_gates_added(outside: Outside) -> None:
    code = outside.some("isolated", 1)
    ring = outside.places[code].exterior
    spots = gpd.GeoSeries([ring.interpolate(at, normalized=True) for at in np.arange(0, 1, 0.1)], crs=METRIC)
    more = gpd.GeoDataFrame({"code": [f"N{k}" for k in range(10)]}, geometry=spots.to_crs("EPSG:4326"))
    more = more.assign(compound_code=code, access="public", kind="pedestrian")
    after = outside.measured(gates=pd.concat([outside.layers["gates"], more], ignore_index=True))
    assert after.loc[code, "class"] != "isolated"
    assert after.loc[code, "directness"] < outside.before.loc[code, "directness"]
    outside.only_near(after, more.geometry[0])


def test_a_bridge_taken_away(outside: Outside) -> None:
    ways = outside.layers["ways"]
    bridges = ways.index[ways["bridge"].fillna(value=False).astype(bool)]
    after = outside.measured(ways=ways.drop(index=bridges))
    near = ~pd.concat([outside.farther(ways.geometry[k], FAR_M) for k in bridges], axis=1).all(axis=1)
    changed = outside.changed(after).drop(columns=LONG_WALKS)
    assert changed["neighbour_walks"].any()
    assert not changed[~near].any(axis=None)
    longer = after["neighbours_unreached"] > outside.before["neighbours_unreached"]
    longer |= after["detour_m"] > outside.before["detour_m"]
    assert longer[changed["neighbour_walks"]].all()


def test_a_wall_moved(outside: Outside) -> None:
    barriers = outside.layers["barriers"].copy()
    row = barriers.index[barriers["kind"] == "wall"][0]
    barriers.loc[row, "geometry"] = translate(barriers.geometry[row], 0.0002, 0.0001)
    after = outside.measured(barriers=barriers)
    assert outside.changed(after).any(axis=None)
    outside.only_near(after, outside.layers["barriers"].geometry[row].centroid)


def test_a_compound_s_boundary_moved_five_metres_behind_its_gates(outside: Outside) -> None:
    code = outside.some("open", 3)
    compounds = outside.layers["compounds"].copy()
    row = compounds.index[compounds["code"] == code][0]
    shape = gpd.GeoSeries([outside.places[code].buffer(-5, join_style="mitre")], crs=METRIC).to_crs("EPSG:4326")[0]
    compounds.loc[row, "geometry"] = shape
    after = outside.measured(compounds=compounds)
    assert after.loc[code, "class"] == outside.before.loc[code, "class"]
    assert after.loc[code, "openings_per_km"] > outside.before.loc[code, "openings_per_km"]
    assert after.loc[code, "directness"] == pytest.approx(outside.before.loc[code, "directness"], rel=0.1)
    outside.only_near(after, shape.centroid)
