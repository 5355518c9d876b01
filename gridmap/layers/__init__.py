"""Files in and out: read, recognise, repair, check, convert; coordinate systems."""

from gridmap.layers.comparison import KNOWN_SHAPES, Known
from gridmap.layers.counts import matched
from gridmap.layers.derive import derived
from gridmap.layers.district_file import read_district
from gridmap.layers.piecewise import Parts, read_parts
from gridmap.layers.reading import read
from gridmap.layers.report import Counts, NothingLoadsError, Reading, Report
from gridmap.layers.shifted import DATUMS, Datum, shift, shift_table
from gridmap.layers.source import READABLE
from gridmap.layers.tiled import Staying
from gridmap.layers.units import read_units
from gridmap.layers.write import FORMATS, check_target, write
from gridmap.layers.write_parts import write_parts

__all__ = [
    "DATUMS",
    "FORMATS",
    "KNOWN_SHAPES",
    "READABLE",
    "Counts",
    "Datum",
    "Known",
    "NothingLoadsError",
    "Parts",
    "Reading",
    "Report",
    "Staying",
    "check_target",
    "derived",
    "matched",
    "read",
    "read_district",
    "read_parts",
    "read_units",
    "shift",
    "shift_table",
    "write",
    "write_parts",
]
