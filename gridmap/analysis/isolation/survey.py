"""Which survey would tell most: the compounds and gates whose true state would change the most classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from gridmap.analysis.isolation.standing import Floats, Ints, Standing
from gridmap.analysis.isolation.what_if import Change, what_if
from gridmap.domain.errors import InputError
from gridmap.network import placed, without_edges
from gridmap.network.legs import Legs

INSIDE_M = 0.5
"""A compound that would be walled is shut so far inside its drawn boundary: ways along it stay outside."""


class Question(NamedTuple):
    """One place to look at: its layer and code, where it is, how many people's households live there, and the rows of
    the compounds whose class depends on it."""

    layer: str
    code: str
    place: tuple[float, float]
    households: float
    compounds: Ints


def survey_list(base: Standing, *, count: int = 200) -> list[Question]:
    """The places whose true state would change the most classes, the one that tells most first.

    Of a compound that nobody surveyed, its own class and those of its neighbours are compared in the best case, where
    people walk through, and the worst, where it is walled and has the mapped gates only; of a gate of which nobody
    said who may pass, those with the gate public and closed. All else stays as it is. They are chosen one after
    another: what a place tells counts as far as no place before it bears on the same compound; among equals the one
    with more households.

    Parameters
    ----------
    count
        How many at most.
    """
    questions = [*_compounds(base), *_gates(base)]
    chosen: list[Question] = []
    told: set[int] = set()
    while questions and len(chosen) < count:
        best = max(questions, key=lambda one: (len(set(one.compounds.tolist()) - told), one.households))
        told |= set(best.compounds.tolist())
        questions.remove(best)
        chosen.append(best)
    return chosen


def _compounds(base: Standing) -> list[Question]:
    compounds = base.district["compounds"]
    edges = _Edges(base)
    before = base.measures["class"].to_numpy(dtype=object)
    middles = shapely.get_coordinates(shapely.point_on_surface(compounds.geometry.to_numpy()))
    households = compounds["households"].fillna(0).to_numpy(dtype=float)
    found = []
    for row in np.flatnonzero(~base.known):
        near = _among_neighbours(base, int(row))
        walk = edges.walled(int(row), np.flatnonzero(near[base.pairs.pair]))
        after = base.judged(walk, base.boundary, rows=near)["class"].to_numpy(dtype=object)
        changed = np.union1d(np.flatnonzero(before != after), [row]).astype(np.int64)
        place = (float(middles[row, 0]), float(middles[row, 1]))
        found.append(Question("compounds", compounds["code"].iloc[row], place, float(households[row]), changed))
    return found


def _among_neighbours(base: Standing, row: int) -> NDArray[np.bool_]:
    """The pairs of neighbours among a compound and those beside it."""
    mine = base.neighbours == row
    group = np.union1d(base.neighbours[mine[:, 0] | mine[:, 1]].reshape(-1), [row])
    inside: NDArray[np.bool_] = np.isin(base.neighbours, group)
    return inside[:, 0] & inside[:, 1]


def _gates(base: Standing) -> list[Question]:
    gates, compounds = placed(base.district["gates"]), base.district["compounds"]
    unsaid = gates["access"].isna()
    if "derived" in gates:
        unsaid |= gates["derived"].fillna("").str.split().map(lambda names: "access" in names)
    row_of = {code: row for row, code in enumerate(compounds["code"])}
    found = []
    for gate in gates[unsaid & gates["access"].isin(["public", None])].itertuples():
        own = row_of.get(gate.compound_code)
        if own is None or not base.known[own]:
            continue
        try:
            effect = what_if(base, [Change("close", gate=gate.code)])
        except InputError:
            continue
        changed = effect.compounds[effect.compounds["class_before"] != effect.compounds["class_after"]]["code"]
        rows = np.array([row_of[code] for code in changed], dtype=np.int64)
        households = float(compounds["households"].fillna(0).iloc[own])
        if len(rows):
            found.append(Question("gates", gate.code, (gate.geometry.x, gate.geometry.y), households, rows))
    return found


class _Edges:
    """The edges of the graph as lines, to find those that cross a boundary."""

    def __init__(self, base: Standing) -> None:
        self.base = base
        matrix: csr_matrix = base.graph.matrix
        self.start = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        ends = np.stack([base.graph.xy[self.start], base.graph.xy[matrix.indices]], axis=1)
        self.tree = shapely.STRtree(np.asarray(shapely.linestrings(ends), dtype=object))
        gates = base.graph.walls
        self.gates = shapely.get_coordinates(gates.gates.geometry.to_numpy()[gates.usable])

    def walled(self, row: int, pairs: Ints) -> Floats:
        """The walks of these pairs of homes where this compound is walled, but for the mapped gates."""
        base, shape = self.base, self.base.district["compounds"].geometry.iloc[row]
        land = shapely.buffer(shape, -INSIDE_M)
        near = self.gates[shapely.dwithin(shapely.points(self.gates), shape, base.numbers.gate_reach_m)]
        doors = shapely.buffer(shapely.multipoints(near), base.numbers.gate_reach_m)
        ring = shapely.difference(shapely.boundary(land), doors)
        graph = without_edges(base.graph, self.tree.query(ring, "intersects"))
        legs = self._legs(land) if len(near) == 0 else base.legs
        return graph.pair_walks(legs, legs, base.pairs.a[pairs], base.pairs.b[pairs])

    def _legs(self, land: shapely.Geometry) -> Legs:
        """The homes' legs without those that lead in or out."""
        legs, graph = self.base.legs, self.base.graph
        shapely.prepare(land)
        home, node = (np.asarray(shapely.contains_xy(land, xy), dtype=bool) for xy in (legs.xy, graph.xy))
        keep = home[legs.place] == node[legs.node]
        return legs._replace(place=legs.place[keep], node=legs.node[keep], metres=legs.metres[keep])
