"""Files in and out: read, recognise, repair, check, convert; coordinate systems."""

from gridmap.layers.comparison import KNOWN_SHAPES, Known
from gridmap.layers.counts import matched
from gridmap.layers.derive import derived
from gridmap.layers.district_file import read_district
from gridmap.layers.reading import read
from gridmap.layers.report import Reading, Report
from gridmap.layers.shifted import DATUMS, Datum, shift, shift_table
from gridmap.layers.units import read_units
from gridmap.layers.write import FORMATS, check_target, write

__all__ = [
    "DATUMS",
    "FORMATS",
    "KNOWN_SHAPES",
    "Datum",
    "Known",
    "Reading",
    "Report",
    "check_target",
    "derived",
    "matched",
    "read",
    "read_district",
    "read_units",
    "shift",
    "shift_table",
    "write",
]
