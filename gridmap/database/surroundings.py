"""What is known of a place, as bare shapes: what files are compared with before they are let in."""

# ruff: noqa: S608 (the names in these statements are our own tables')

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gridmap.domain.layers import DISTRICT_LAYERS

Bounds = tuple[float, float, float, float]

_WATER = "(SELECT geom FROM gridmap.ground WHERE kind IN ('sea', 'water'))"
_BOX = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"


def extent(connection: Connection) -> Bounds | None:
    """Bounds of the district in degrees: of its streets and communities, else of its compounds and buildings."""
    for layers in (("streets", "communities"), ("compounds", "buildings")):
        every = " UNION ALL ".join(f"SELECT geom FROM gridmap.{name}" for name in layers)
        sides = "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
        box = connection.execute(text(f"{sides} FROM (SELECT ST_Extent(geom) AS e FROM ({every}) s) b")).one()
        if box[0] is not None:
            return (box[0], box[1], box[2], box[3])
    return None


def shapes_within(connection: Connection, bounds: Bounds, names: Collection[str]) -> dict[str, npt.NDArray[np.object_]]:
    """The shapes of these layers that touch a box (west, south, east, north in degrees), in EPSG:4326.

    The name `water` stands for the ground that is sea or water.
    """
    west, south, east, north = bounds
    box = {"west": west, "south": south, "east": east, "north": north}
    found = {}
    for name in names:
        table = f"gridmap.{name}" if name in DISTRICT_LAYERS else _WATER
        rows = connection.execute(text(f"SELECT ST_AsBinary(geom) FROM {table} s WHERE geom && {_BOX}"), box)
        wkb = np.array([row[0] for row in rows], dtype=object)
        found[name] = np.asarray(shapely.from_wkb(wkb), dtype=object)
    return found


def areas_within(
    connection: Connection, layer: str, bounds: Bounds, *, but: Collection[str]
) -> tuple[list[str], npt.NDArray[np.object_]]:
    """Codes and shapes (EPSG:4326) of a layer of areas that touch a box, but for those of these codes; by code."""
    west, south, east, north = bounds
    values = {"west": west, "south": south, "east": east, "north": north, "but": list(but)}
    query = (
        f"SELECT code, ST_AsBinary(geom) FROM gridmap.{layer} WHERE geom && {_BOX} AND code <> ALL(:but) ORDER BY code"
    )
    rows = connection.execute(text(query), values).all()
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    return [row[0] for row in rows], np.asarray(shapes, dtype=object)


def named(connection: Connection, layer: str, given: Collection[str]) -> dict[str, str]:
    """The codes of a layer's places by these of their names and codes; a name that several have is left out."""
    table = f"gridmap.{layer}"
    found = connection.execute(
        text(
            f"SELECT name, min(code) AS code FROM {table} WHERE name = ANY(:given) GROUP BY name HAVING count(*) = 1"
            f" UNION ALL SELECT code, code FROM {table} WHERE code = ANY(:given)"
        ),
        {"given": list(given)},
    )
    return {row.name: row.code for row in found}
