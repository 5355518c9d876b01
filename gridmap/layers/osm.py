"""OpenStreetMap extracts, XML and PBF, as GDAL reads them: points, lines and areas with the tags that we ask for."""

from __future__ import annotations

import mmap
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from gridmap.domain.errors import InputError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.layers.faults import reason_of
from gridmap.layers.scratch import scratch
from gridmap.layers.wkb import remains_of, shapes_of

_CONFIG = Path(__file__).with_name("osmconf.ini")
_SETTINGS = {"OSM_CONFIG_FILE": str(_CONFIG), "OSM_USE_CUSTOM_INDEXING": "NO"}
_ENDS = re.compile(rb"</(?:node|way|relation)>|<node\b[^>]*/>")
_RELATION = re.compile(rb"<relation\b[^>]*[^/]>.*?</relation>", re.DOTALL)
_TAIL = 1 << 20
_SEARCHED = 500 * 1024**2
"""Bytes up to which an XML file is searched for incomplete areas."""
SOURCES = ("points", "lines", "multipolygons")


@dataclass(frozen=True)
class OsmFeatures:
    """Features of one kind in EPSG:4326: a column a tag, `code`, `number` from 1, and the shape.

    `broken` and `mended` mark those that had no shape, and those whose ring had to be closed; `incomplete` areas whose
    ways are not all in the file, which have no shape either. `remains` shows by row where such features are.
    """

    table: gpd.GeoDataFrame
    broken: npt.NDArray[np.bool_]
    mended: npt.NDArray[np.bool_]
    incomplete: npt.NDArray[np.bool_]
    remains: Mapping[int, Any] = field(default_factory=dict)


@contextmanager
def gdal_settings(settings: Mapping[str, str]) -> Iterator[None]:
    """GDAL's configuration options for the length of a block."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in settings}
    pyogrio.set_gdal_config_options(dict(settings))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


@contextmanager
def whole_osm_file(path: Path) -> Iterator[tuple[Path, bool]]:
    """The path of a file whose XML is whole, and whether the given one was cut off.

    Of a truncated file the complete nodes, ways and relations are kept in a copy that lives as long as the block.
    """
    if path.suffix.lower() == ".pbf":
        yield path, False
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if tail.rstrip().endswith((b"</osm>", b"</osmChange>")) or re.search(rb"<osm\b[^>]*/>\s*$", tail):
        yield path, False
        return
    ends = list(_ENDS.finditer(tail))
    if not ends:
        raise InputError("{path} is cut off before its first complete element; get it again.", path=path)
    with scratch("gridmap-") as folder:
        copy = folder / "whole.osm"
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
            target.truncate(max(0, size - _TAIL) + ends[-1].end())
            target.seek(0, 2)
            target.write(b"\n</osm>\n")
        yield copy, True


def _code(fields: dict[str, npt.NDArray[Any]], source: str) -> pd.Series:
    ids = pd.Series(fields["osm_id"], dtype="object")
    if source == "points":
        return "osm-n" + ids.astype(str)
    if source == "lines":
        return "osm-w" + ids.astype(str)
    ways = pd.Series(fields["osm_way_id"], dtype="object")
    return ("osm-r" + ids.astype(str)).where(ids.notna(), "osm-w" + ways.astype(str))


def _features(path: Path, source: str) -> OsmFeatures:
    with warnings.catch_warnings():
        # GDAL warns of each broken ring; each is dealt with, and reported, by itself
        warnings.simplefilter("ignore", RuntimeWarning)
        meta, fids, wkb, values = raw.read(str(path), layer=source, return_fids=True)
    names = meta["fields"].tolist()
    fields = dict(zip(names, values, strict=True))
    shapes, broken, mended = shapes_of(wkb)
    columns = {n: pd.Series(v, dtype="object").where(lambda s: s.notna(), None) for n, v in fields.items()}
    table = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=range(len(fids))), geometry=shapely.force_2d(shapes), crs=GEOGRAPHIC
    )
    table["code"] = _code(fields, source) if len(table) else pd.Series([], dtype="object")
    table["number"] = np.arange(1, len(table) + 1)
    remains = {int(row): remains_of(wkb[row]) for row in np.flatnonzero(broken)}
    return OsmFeatures(table, broken, mended, np.zeros(len(table), dtype=bool), remains)


def _relations(path: Path) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Code, tags and the codes of the ways of every relation of an XML file that is an area."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _RELATION.finditer(data):
            try:
                element = ElementTree.fromstring(match.group())  # noqa: S314  no entities: GDAL read the same file before
            except ElementTree.ParseError:
                continue
            tags = {tag.get("k", ""): tag.get("v", "") for tag in element.iter("tag")}
            if tags.get("type") in ("multipolygon", "boundary"):
                ways = [f"osm-w{one.get('ref')}" for one in element.iter("member") if one.get("type") == "way"]
                yield f"osm-r{element.get('id')}", tags, ways


def _with_incomplete(areas: OsmFeatures, lines: OsmFeatures, path: Path) -> OsmFeatures:
    """The areas, and at their end those that GDAL leaves out in silence, since some of their ways are missing.

    Where they are is shown by those of their ways that are there as lines.
    """
    if path.suffix.lower() == ".pbf" or path.stat().st_size > _SEARCHED:
        return areas
    known = set(areas.table["code"])
    found = [relation for relation in _relations(path) if relation[0] not in known]
    if not found:
        return areas
    lost = {code: tags for code, tags, _ways in found}
    drawn = lines.table.drop_duplicates("code").set_index("code").geometry
    remains = dict(areas.remains)
    for code, _tags, ways in found:
        there = drawn.reindex(ways).dropna().to_numpy()
        if len(there):
            remains[len(areas.table) + list(lost).index(code)] = shapely.multilinestrings(there)
    names = [c for c in areas.table.columns if c not in ("geometry", "code", "number")]
    extra = gpd.GeoDataFrame(
        {name: pd.Series([tags.get(name) for tags in lost.values()], dtype="object") for name in names},
        geometry=np.full(len(lost), None, dtype=object),
        crs=GEOGRAPHIC,
    ).assign(code=list(lost), number=np.arange(1, len(lost) + 1) + len(areas.table))
    table = gpd.GeoDataFrame(pd.concat([areas.table, extra], ignore_index=True), crs=GEOGRAPHIC)
    more = np.zeros(len(lost), dtype=bool)
    marks = np.r_[areas.broken, more], np.r_[areas.mended, more], np.r_[areas.incomplete, ~more]
    return OsmFeatures(table, *marks, remains)


def read_osm(path: Path) -> tuple[dict[str, OsmFeatures], bool]:
    """All points, lines and areas of an extract that carry tags of ours.

    Returns
    -------
    features
        By source: points, lines, multipolygons.
    cut
        Whether the file was cut off, so that only what came before is there.

    Raises
    ------
    InputError
        Not an OpenStreetMap file, or nothing in it can be read.
    """
    # GDAL sets this much aside, in MB, before it spills to disk: by the size of the file, for speed with small ones
    memory = min(max(10, path.stat().st_size // 250_000), 1000)
    settings = {**_SETTINGS, "OSM_MAX_TMPFILE_SIZE": str(memory)}
    with whole_osm_file(path) as (whole, cut), gdal_settings(settings):
        try:
            features = {source: _features(whole, source) for source in SOURCES}
        except (DataSourceError, DataLayerError, FeatureError, RuntimeError) as error:
            raise InputError(
                "{path} can't be read as OpenStreetMap data: {reason}", path=path, reason=reason_of(error)
            ) from error
        areas = _with_incomplete(features["multipolygons"], features["lines"], whole)
        return {**features, "multipolygons": areas}, cut
