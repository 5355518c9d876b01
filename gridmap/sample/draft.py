"""The district while it is being drawn: plain lists in metres, before codes and people."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Shape = TypeVar("Shape", bound=shapely.Geometry)


@dataclass(frozen=True)
class Land:
    """A cell to build on: its index and community, its shape to the middle of its streets, its axis, its arterials."""

    cell: int
    community: int
    polygon: shapely.Polygon
    angle: float
    wide: shapely.Geometry | None = None


@dataclass
class Opening:
    """A place where a compound's own way can leave it: a way of three points, the middle one on the boundary.

    `side` is the side of the compound in its block's frame (e, n, w, s); `joins` the compound behind a common wall;
    `access` who may use it, empty where it isn't in use.
    """

    way: shapely.LineString
    side: str
    joins: int = -1
    access: str = ""

    @cached_property
    def gate(self) -> tuple[float, float]:
        """The point on the boundary."""
        x, y = self.way.coords[1]
        return (x, y)


@dataclass
class Compound:
    """One compound: its place and form, its inner ways, its possible openings, and the part it plays."""

    polygon: shapely.Polygon
    cell: int
    community: int
    form: str
    openings: list[Opening] = field(default_factory=list)
    ways: list[shapely.LineString] = field(default_factory=list)
    role: str = "ordinary"
    enclosure: str = "open"
    management: str = "open"
    employer: str = ""
    employer_share: float = 0.0
    name: str = ""
    inner_gate: Opening | None = None


@dataclass
class Way:
    """A way with its kind and name; `opening` the possible opening it runs through; `barred`: not for the public."""

    line: shapely.LineString
    kind: str
    name: str = ""
    bridge: bool = False
    compound: int = -1
    walkable: bool = True
    opening: int = -1
    barred: bool = False


@dataclass
class Building:
    """A footprint: in which compound (or -1) and cell; floors; entrances; how many dwellings it could hold."""

    polygon: shapely.Polygon
    compound: int
    cell: int
    use: str
    floors: int
    entrances: int = 0
    dwellings: int = 0


@dataclass
class Gate:
    """A gate on the boundary of a compound."""

    xy: tuple[float, float]
    compound: int
    access: str
    kind: str = "both"
    hours: str = ""


@dataclass
class Barrier:
    """A line that nobody on foot can cross but at gates and bridges."""

    line: BaseGeometry
    kind: str
    name: str = ""


@dataclass
class Draft:
    """All that is drawn so far."""

    compounds: list[Compound] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    barriers: list[Barrier] = field(default_factory=list)

    def add(self, compound: Compound, buildings: list[Building]) -> int:
        """Add a compound with its buildings and own ways; its index."""
        index = len(self.compounds)
        self.compounds.append(compound)
        for building in buildings:
            building.compound = index
        self.buildings += buildings
        self.ways += [Way(line, "service", compound=index) for line in compound.ways]
        return index


@dataclass(frozen=True)
class Frame:
    """A block's own axes: x along its street, y across; turned by `angle` about `origin`."""

    origin: Floats
    angle: float

    def local(self, shape: Shape) -> Shape:
        """A shape in the block's axes."""
        return shapely.transform(shape, lambda xy: self._turn(xy - self.origin, -self.angle))

    def world(self, shape: Shape) -> Shape:
        """A shape of the block in the district's metres, rounded to centimetres."""
        return shapely.transform(shape, self._out)

    def worlds(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Many shapes of the block at once, as `world` has them."""
        return np.asarray(shapely.transform(shapes, self._out), dtype=object)

    def _out(self, xy: Floats) -> Floats:
        return np.round(self._turn(xy, self.angle) + self.origin, 2)

    @staticmethod
    def _turn(xy: Floats, angle: float) -> Floats:
        c, s = np.cos(angle), np.sin(angle)
        return np.column_stack([c * xy[:, 0] - s * xy[:, 1], s * xy[:, 0] + c * xy[:, 1]])
