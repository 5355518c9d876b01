"""The coordinate system of a file: what it says, else what its values allow; never assumed in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from gridmap.domain.errors import InputError
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.layers.shifted import DATUMS, Datum, shift_table

Bounds = tuple[float, float, float, float]

_DATUM_WORDS: dict[Datum, str] = {
    "wgs84": r"wgs[-_ ]?(?:19)?84|cgcs[-_ ]?2000|大地2000|gps",
    "gcj02": r"gcj[-_ ]?(?:02)?|mars|火星|高德|腾讯|amap|gaode|autonavi|tencent",
    "bd09": r"bd[-_ ]?09(?:ll)?|百度|baidu|(?<![a-z])bd(?![a-z])",
}
_LONGITUDES = (73.0, 136.0)
_LATITUDES = (3.0, 54.5)
_NORTHINGS = (3.0e5, 6.1e6)
_MERCATOR_X = (8.1e6, 15.2e6)
_MERCATOR_Y = (3.3e5, 7.4e6)
_EASTINGS = (1.0e5, 9.0e5)
_MERIDIANS = range(4534, 4555)
"""CGCS2000 by central meridian, 75 to 135 degrees east, without the zone's number."""
_UTM = range(32643, 32654)
_THREE_DEGREES = {zone: 4513 + zone - 25 for zone in range(25, 46)}
_SIX_DEGREES = {zone: 4491 + zone - 13 for zone in range(13, 24)}


@dataclass(frozen=True)
class System:
    """A coordinate system and how it was known. `swapped`: latitude stands first. `crs` None: it isn't known.

    `sure` is False where nothing says whether the values are shifted (GCJ-02, BD-09) and they may be.
    """

    crs: CRS | None
    known_by: Note
    datum: Datum = "wgs84"
    swapped: bool = False
    sure: bool = True

    @property
    def name(self) -> str | None:
        """How reports call it."""
        if self.crs is None:
            return None
        code = self.crs.to_epsg()
        plain = f"EPSG:{code}" if code else self.crs.name
        if self.datum == "wgs84":
            return plain
        shifted = {"gcj02": "GCJ-02", "bd09": "BD-09"}[self.datum]
        return shifted if self.crs.is_geographic else f"{shifted} ({plain})"


def asked_for(text: str) -> System:
    """The system that the user named: `EPSG:n`, `wgs84`, `gcj02` or `bd09`.

    Raises
    ------
    InputError
        There is none of that name.
    """
    plain = text.strip().lower()
    if plain in DATUMS:
        return System(CRS.from_user_input(GEOGRAPHIC), Note("given"), datum=DATUMS[DATUMS.index(plain)])
    try:
        return System(CRS.from_user_input(text.strip()), Note("given"))
    except CRSError as error:
        raise InputError(
            "There is no coordinate system {crs}; give EPSG:number, wgs84, gcj02 or bd09.", crs=text
        ) from error


def datum_in(text: str) -> Datum | None:
    """The datum that the name of a column or a member speaks of: `lng_gcj02`, `百度经度`, `BD-09`; None where none."""
    found = [datum for datum, words in _DATUM_WORDS.items() if re.search(words, text, re.IGNORECASE)]
    return found[0] if len(found) == 1 else None


def without_datum(text: str) -> str:
    """The name without the words by which `datum_in` knows a datum."""
    return re.sub("|".join(_DATUM_WORDS.values()), "", text, flags=re.IGNORECASE)


def _within(low: float, high: float, span: tuple[float, float]) -> bool:
    return span[0] <= low and high <= span[1]


def by_values(bounds: Bounds) -> System | None:
    """The system that the range of the values gives away; None where several are possible.

    Parameters
    ----------
    bounds
        Least and greatest x and y as they stand in the file.
    """
    west, south, east, north = bounds
    if abs(west) <= 180 and abs(east) <= 180:
        return _degrees(bounds)
    if _within(west, east, _MERCATOR_X) and _within(south, north, _MERCATOR_Y):
        return System(CRS.from_epsg(3857), Note("the values are of China in web Mercator"), sure=False)
    if _within(south, north, _NORTHINGS):
        return _zoned(west, east)
    if _within(west, east, _NORTHINGS) and (found := _zoned(south, north)) is not None:
        known_by = Note("{known_by}; north stands first", {"known_by": found.known_by})
        return System(found.crs, known_by, swapped=True)
    return None


def _degrees(bounds: Bounds) -> System | None:
    west, south, east, north = bounds
    known_by = Note("the values are degrees; WGS84, since nothing says that they are shifted")
    if abs(south) <= 90 and abs(north) <= 90:
        china = _within(west, east, _LONGITUDES) and _within(south, north, _LATITUDES)
        return System(CRS.from_user_input(GEOGRAPHIC), known_by, sure=not china)
    if _within(west, east, _LATITUDES) and _within(south, north, _LONGITUDES):
        swapped = Note("{known_by}; latitude stands first", {"known_by": known_by})
        return System(CRS.from_user_input(GEOGRAPHIC), swapped, swapped=True, sure=False)
    return None


def _zoned(west: float, east: float) -> System | None:
    zone = int(west // 1_000_000)
    if zone != int(east // 1_000_000):
        return None
    code = _THREE_DEGREES.get(zone) or _SIX_DEGREES.get(zone)
    if code is None or not _within(west - zone * 1e6, east - zone * 1e6, _EASTINGS):
        return None
    known_by = Note("the values begin with the number of Gauss-Krüger zone {zone}", {"zone": zone})
    return System(CRS.from_epsg(code), known_by)


def in_china(bounds: Bounds, system: System) -> bool:
    """Whether values of a system lie where coordinates are shifted: in China's degrees."""
    assert system.crs is not None
    west, south, east, north = bounds
    if system.swapped:
        west, south, east, north = south, west, north, east
    if not system.crs.is_geographic:
        to = Transformer.from_crs(system.crs, CRS.from_user_input(GEOGRAPHIC), always_xy=True)
        west, south, east, north = to.transform_bounds(west, south, east, north)
    return _within(west, east, _LONGITUDES) and _within(south, north, _LATITUDES)


def shifted_ones(system: System) -> list[System]:
    """The system as it is and shifted: what coordinates of China may be, whatever their file says."""
    return [replace(system, datum=datum) for datum in DATUMS]


def metric_ones(bounds: Bounds) -> list[System]:
    """What metres without a zone's number may be in China: Gauss-Krüger of any meridian, and UTM."""
    west, south, east, north = bounds
    known_by = Note("its values")
    found = []
    for low, high, across, along, swapped in ((south, north, west, east, False), (west, east, south, north, True)):
        if _within(low, high, _NORTHINGS) and _within(across, along, _EASTINGS):
            found += [System(CRS.from_epsg(code), known_by, swapped=swapped) for code in (*_MERIDIANS, *_UTM)]
    return found


def contradicts(crs: CRS, bounds: Bounds) -> bool:
    """Whether values can't be of the system that the file names: degrees that aren't any."""
    west, south, east, north = bounds
    return bool(crs.is_geographic) and (max(abs(west), abs(east)) > 361 or max(abs(south), abs(north)) > 91)


def bounds_of(shapes: np.ndarray) -> Bounds:
    """Least and greatest x and y of shapes as they stand; not numbers where there are none."""
    present = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(present):
        return (np.nan, np.nan, np.nan, np.nan)
    west, south, east, north = shapely.total_bounds(present)
    return (float(west), float(south), float(east), float(north))


def system_of(
    shapes: np.ndarray, declared: CRS | None, *, given: str | None = None, said_by: Note | None = None
) -> System:
    """The coordinate system of some shapes.

    Parameters
    ----------
    shapes
        As they stand in the file; None where there is none.
    declared
        What the file says; None where it says nothing.
    given
        What the user says, which counts before all.
    said_by
        Where the file says it (the .prj file); without it "the file".

    Returns
    -------
    System
        With `crs` None where neither file nor values tell.
    """
    bounds = bounds_of(shapes)
    finite = bool(np.isfinite(bounds).all())
    if given is not None:
        asked = asked_for(given)
        datum_only = given.strip().lower() in DATUMS
        values = (by_values(bounds) if finite else None) if datum_only else None
        # a datum says nothing about the order of the axes, nor whether Mercator's metres stand for the degrees
        return asked if values is None else replace(asked, crs=values.crs, swapped=values.swapped)
    if declared is not None and not (finite and contradicts(declared, bounds)):
        return System(declared, said_by or Note("the file"))
    if not finite:
        return System(CRS.from_user_input(GEOGRAPHIC), Note("there are no coordinates to tell by"))
    found = by_values(bounds)
    if found is not None and declared is not None:
        said = {"known_by": found.known_by, "declared": declared.name, "said_by": said_by or Note("the file")}
        known_by = Note("{known_by} (and not {declared}, which {said_by} says)", said)
        return replace(found, known_by=known_by, sure=True)
    return found or System(None, Note("neither the file nor its values tell"))


def to_geographic(table: gpd.GeoDataFrame, system: System) -> gpd.GeoDataFrame:
    """The table in EPSG:4326, out of the system found.

    Raises
    ------
    InputError
        The system can't be brought to longitude and latitude.
    """
    shapes = table.geometry.to_numpy()
    if system.swapped:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    geographic = system.crs == CRS.from_user_input(GEOGRAPHIC)
    moved = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=GEOGRAPHIC if geographic else system.crs))
    try:
        moved = moved if geographic else moved.to_crs(GEOGRAPHIC)
    except (ProjError, CRSError) as error:
        raise InputError(
            "The coordinate system {crs} can't be brought to longitude and latitude.", crs=system.name
        ) from error
    return shift_table(moved, source=system.datum, target="wgs84") if system.datum != "wgs84" else moved
