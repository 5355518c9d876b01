"""The services of a district by kind, and the walk from everybody's home to the nearest of each kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gridmap.analysis.reach.people import Floats, Ints, People
from gridmap.domain.district import District
from gridmap.domain.words import CENTRE_KINDS, SERVICE_KINDS
from gridmap.network import Legs, WalkGraph, placed

EDGE_M = 50.0
"""Green is entered anywhere along its edge: at a place at least every so many metres."""


class Sites(NamedTuple):
    """Where sites are entered (metres), and the compound in which each of these places lies (its row; -1: none)."""

    xy: Floats
    compound: Ints


class Service(NamedTuple):
    """All sites of one kind: where each is (metres), and where they are entered."""

    xy: Floats
    sites: Sites


def services(district: District) -> dict[str, Service]:
    """The sites of each kind that is recorded at all; green ground is entered anywhere along its edge."""
    facilities, centres, ground = (placed(district[name]) for name in ("facilities", "centres", "ground"))
    shapes = district["compounds"].geometry.to_numpy()
    found = {}
    for kind in SERVICE_KINDS:
        table = centres if kind in CENTRE_KINDS else facilities
        xy = shapely.get_coordinates(table.geometry.to_numpy()[(table["kind"] == kind).to_numpy()])
        entered = xy
        if kind == "green":
            green = ground.geometry.to_numpy()[(ground["kind"] == kind).to_numpy()]
            edge = shapely.get_coordinates(shapely.segmentize(shapely.boundary(green), EDGE_M))
            xy = np.concatenate([xy, shapely.get_coordinates(shapely.point_on_surface(green))])
            entered = np.concatenate([entered, edge])
        if len(xy):
            found[kind] = Service(xy, Sites(entered, inside(shapes, entered)))
    return found


def inside(compounds: np.ndarray, xy: Floats) -> Ints:
    """The row of the compound in which each place lies; -1 for none."""
    of = np.full(len(xy), -1, np.int64)
    place, compound = shapely.STRtree(compounds).query(shapely.points(xy), "intersects")
    of[place[::-1]] = compound[::-1]
    return of


class Walks:
    """Walks from homes on a walk graph with latched gates: residents leave through the gates of their own compound,
    and whoever comes to a site inside a compound is let in by that compound's."""

    def __init__(self, graph: WalkGraph, where: People) -> None:
        self.graph, self.where = graph, where
        self.legs: Legs = graph.legs(where.xy)

    def nearest(self, sites: Sites) -> Floats:
        """Metres from each home to the nearest site; inf where none can be reached."""
        return self.graph.nearest_of(
            self.legs, self.graph.legs(sites.xy), keys=self.where.compound, end_keys=sites.compound
        )
