"""The metric coordinate system of a place: metres, never degrees (DESIGN section 3)."""

from __future__ import annotations

import math

from pyproj import CRS
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from gridmap.domain.errors import DataError

GEOGRAPHIC = "EPSG:4326"

_FIRST_ZONE = 4534
"""EPSG code of CGCS2000 / 3-degree Gauss-Krueger CM 75E; the next zones follow one by one, to 135E."""


def metric_crs(bounds: tuple[float, float, float, float]) -> str:
    """The metric system for these bounds (west, south, east, north in degrees).

    In China the 3-degree Gauss-Krüger zone of CGCS2000 with the nearest central meridian (EPSG:4550 for Weihai),
    elsewhere UTM.
    """
    west, south, east, north = bounds
    if not all(map(math.isfinite, bounds)) or west < -180 or east > 180 or south < -90 or north > 90:
        raise DataError("These coordinates are not longitude and latitude: {bounds}.", bounds=bounds)
    lon, lat = (west + east) / 2, (south + north) / 2
    if 73.5 <= lon <= 136.5 and 3 <= lat <= 54:
        zone = min(max(round(lon / 3), 25), 45)
        return f"EPSG:{_FIRST_ZONE + zone - 25}"
    info = query_utm_crs_info(datum_name="WGS 84", area_of_interest=AreaOfInterest(lon, lat, lon, lat))
    if not info:
        raise DataError("There is no metric coordinate system for the place at {lon}, {lat}.", lon=lon, lat=lat)
    return str(CRS.from_epsg(info[0].code))
