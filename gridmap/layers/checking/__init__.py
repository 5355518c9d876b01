"""What is wrong with a district's data: pure functions, a district in metres in, findings out."""

from gridmap.layers.checking.findings import Finding, places_of, table_of
from gridmap.layers.checking.whole import check, refused

__all__ = ["Finding", "check", "places_of", "refused", "table_of"]
