"""Regions of least border of real polygons, beside GerryChain's short bursts and spopt's max-p on the same units.

Precincts and counties of `../shared/real/region`; a file that isn't there has a row that says so. A peer that can't be
told a floor is asked for as many regions as it was found to give; `cut_km` is the length of borders between regions.
"""

import random
import time
import warnings
from functools import partial
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from gerrychain import Graph, Partition, constraints, updaters
from gerrychain.optimization import SingleMetricOptimizer
from gerrychain.partition import recursive_tree_part
from gerrychain.proposals import recom
from libpysal.weights import W
from spopt.region import MaxPHeuristic

from gridmap.analysis.plans.contiguity import clean_coverage, contiguity
from gridmap.analysis.regions import Problem, solve
from gridmap.domain.metric import metric_crs
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.layers.units import read_units

FOLDER = Path(__file__).parents[2] / "shared" / "real" / "region"
FILES = (("RI_precincts.zip", "TOTPOP", 50_000, 18), ("georgia/G_utm.shp", "TotPop90", 250_000, 13))
"""File, field of the people, the least of a region, and the regions that GerryChain is asked for."""
SECONDS = (2.0, 10.0)
_BURSTS, _LENGTH = 60, 10


class _Units:
    """The largest connected part of a file's polygons: areas in metres, people, edges and their borders in metres."""

    def __init__(self, path: Path, field: str, floor: int) -> None:
        table = read_units(path)
        if table.crs is not None:  # what names no coordinate system is in metres here
            west, south, east, north = table.to_crs(4326).total_bounds
            table = table.to_crs(metric_crs((west, south, east, north)))
        gap = DEFAULT_NUMBERS.contiguity_gap_m
        areas, changed = clean_coverage(table.geometry.to_numpy(), gap=gap)
        touching = contiguity(areas, gap=gap, cleaned=changed)
        graph = nx.Graph(touching.edges.tolist())
        own = np.array(sorted(max(nx.connected_components(graph), key=len)))
        position = pd.Index(own).get_indexer(touching.edges.ravel()).reshape(-1, 2)
        inside = (position >= 0).all(axis=1)
        self.edges, self.border = position[inside], touching.border[inside]
        self.areas, self.people, self.floor = areas[own], table[field].fillna(0).to_numpy(int)[own], floor

    def row(self, file: str, method: str, began: float, region: np.ndarray) -> dict:
        cut = region[self.edges[:, 0]] != region[self.edges[:, 1]]
        parts = gpd.GeoDataFrame({"region": region}, geometry=self.areas).dissolve("region")
        graph = nx.Graph(self.edges[~cut].tolist())
        graph.add_nodes_from(range(len(region)))
        return {
            "file": file,
            "method": method,
            "regions": len(parts),
            "pieces": nx.number_connected_components(graph),
            "least": int(np.bincount(region, weights=self.people)[np.unique(region)].min()),
            "cut_km": round(float(self.border[cut].sum()) / 1000, 1),
            "polsby_popper": round(float((4 * np.pi * parts.area / parts.length**2).mean()), 3),
            "processor_seconds": round(time.process_time() - began, 1),
        }

    def ours(self, seconds: float) -> np.ndarray:
        middles = shapely.get_coordinates(shapely.centroid(self.areas))
        problem = Problem(self.people, self.edges, xy=middles, border=self.border, lower=self.floor)
        return np.asarray(solve(problem, objective="border", time_limit=seconds).region)

    def gerrychain(self, count: int) -> np.ndarray:
        random.seed(1)
        plain = nx.Graph()
        plain.add_nodes_from((unit, {"people": int(number)}) for unit, number in enumerate(self.people))
        plain.add_edges_from(self.edges.tolist())
        border = {frozenset(edge): metres for edge, metres in zip(self.edges.tolist(), self.border, strict=True)}
        graph, mean = Graph.from_networkx(plain), self.people.sum() / count
        off = 0.999 * (1 - self.floor / mean)
        first = recursive_tree_part(graph, range(count), mean, "people", off)
        tallies = {"people": updaters.Tally("people"), "cut_edges": updaters.cut_edges}
        start = Partition(graph, first, tallies)
        search = SingleMetricOptimizer(
            partial(recom, pop_col="people", pop_target=mean, epsilon=off, node_repeats=1),
            [constraints.within_percent_of_ideal_population(start, off, "people")],
            start,
            lambda found: sum(border[frozenset(edge)] for edge in found["cut_edges"]),
            maximize=False,
        )
        for _ in search.short_bursts(_LENGTH, _BURSTS):
            pass
        return np.array([search.best_part.assignment[unit] for unit in range(len(self.people))])

    def spopt(self) -> np.ndarray:
        near: dict[int, list[int]] = {unit: [] for unit in range(len(self.people))}
        for one, other in self.edges.tolist():
            near[one].append(other)
            near[other].append(one)
        middles = shapely.get_coordinates(shapely.centroid(self.areas))
        table = gpd.GeoDataFrame({"x": middles[:, 0], "y": middles[:, 1], "people": self.people}, geometry=self.areas)
        model = MaxPHeuristic(
            table, W(near, silence_warnings=True), ["x", "y"], "people", self.floor, 2, max_iterations_construction=10
        )
        model.solve()
        return np.unique(model.labels_, return_inverse=True)[1]


def run() -> list[dict]:
    rows = []
    warm = Problem(np.full(4, 10), np.array([[0, 1], [1, 2], [2, 3]]), lower=20)
    solve(warm, objective="border", time_limit=1)
    for file, field, floor, asked in FILES:
        if not (FOLDER / file).exists():
            rows.append({"file": file, "absent": f"{FOLDER / file} isn't there"})
            continue
        units = _Units(FOLDER / file, field, floor)
        methods = {f"gridmap, {seconds:.0f} s": partial(units.ours, seconds) for seconds in SECONDS}
        methods |= {"GerryChain short bursts": partial(units.gerrychain, asked), "spopt max-p": units.spopt}
        for name, method in methods.items():
            began = time.process_time()
            with warnings.catch_warnings(action="ignore"):
                region = method()
            rows.append(units.row(file, name, began, region))
    return rows
