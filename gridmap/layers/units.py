"""Polygons of any layer of any file, as the units of a plan."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.layers.crs import System, system_of
from gridmap.layers.repair import family_of, repair
from gridmap.layers.source import OSM, SourceLayer, source_files, whole_layers

_log = logging.getLogger(__name__)


def _areas(path: Path) -> list[SourceLayer]:
    if path.suffix.lower() in OSM:
        raise InputError("{path} is an OpenStreetMap extract; load it with gridmap import first.", path=path)
    with source_files(path) as files:
        layers = [layer for file in files if file.suffix.lower() not in OSM for layer in whole_layers(file)]
    return [layer for layer in layers if layer.shapes is not None and family_of(layer.shapes) == "polygon"]


def _chosen(path: Path, layers: list[SourceLayer], name: str | None) -> SourceLayer:
    if not layers:
        raise InputError("{path} holds no layer of polygons.", path=path)
    names = ", ".join(layer.name for layer in layers)
    if name is None:
        if len(layers) > 1:
            raise InputError("{path} holds several layers of polygons ({names}); say which.", path=path, names=names)
        return layers[0]
    for layer in layers:
        if layer.name == name:
            return layer
    raise InputError(
        "{path} has no layer of polygons called {layer}; it has {names}.", path=path, layer=name, names=names
    )


def _unswapped(table: gpd.GeoDataFrame, system: System) -> gpd.GeoDataFrame:
    if not system.swapped:
        return table
    return table.set_geometry(shapely.transform(table.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=system.crs)


def read_units(path: str | Path, layer: str | None = None, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """The polygons of one layer, valid, with all attributes.

    Parameters
    ----------
    path
        A file of any kind that gridmap reads, also zipped.
    layer
        Name of the layer; may be left out where only one holds polygons.
    crs
        `EPSG:n`, where the file doesn't say.

    Returns
    -------
    GeoDataFrame
        In the file's own coordinate system. Where neither file nor values tell it, `crs` is None and the values are to
        be taken as metres in a plane. `attrs["notes"]` says in notes what was left out, mended or not known.

    Raises
    ------
    InputError
        It can't be read, holds no polygons, or several layers of them.
    """
    source = Path(path)
    found = _chosen(source, _areas(source), layer)
    assert found.shapes is not None
    system = system_of(found.shapes, found.crs, given=crs, said_by=found.said_by)
    with np.errstate(all="ignore"):
        fixed = repair(found.shapes, "polygon", crs=system.crs, broken=found.broken, mended=found.mended)
    notes = list(found.notes)
    table = found.table.drop(columns=[c for c in found.table.columns if c == "geometry"])
    units = gpd.GeoDataFrame(table, geometry=fixed.shapes, crs=system.crs)[~fixed.rejected].reset_index(drop=True)
    if system.crs is None:
        notes.append(Note("The coordinate system isn't known; the values are taken as metres in a plane."))
    else:
        known = {"crs": system.name, "known_by": system.known_by}
        notes.append(Note("Coordinate system {crs}: {known_by}.", known))
    told = [{"number": row + 1, "reason": reason} for row, reason in enumerate(fixed.reasons)]
    notes += [Note("Feature {number} left out: {reason}.", told[row]) for row in np.flatnonzero(fixed.rejected)]
    notes += [Note("Feature {number} mended: {reason}.", told[row]) for row in np.flatnonzero(fixed.mended)]
    for note in notes:
        _log.info("%s: %s", source.name, note)
    units = _unswapped(units, system)
    if not len(units):
        raise InputError("{path} holds no polygon that can be used.", path=source)
    units.attrs = {"notes": notes, "crs_known_by": system.known_by}
    return units
