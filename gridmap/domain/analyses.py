"""What each analysis reads of a district, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gridmap.domain.layers import DISTRICT_LAYERS

_PLACES = ("streets", "communities", "compounds", "buildings", "stairwells", "gates", "barriers", "ways", "ground")

READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "check": tuple(DISTRICT_LAYERS),
        "isolation": ("streets", "communities", "compounds", "buildings", "gates", "barriers", "ways", "centres"),
        "grids": (*_PLACES, "grids", "members"),
        "leaders": (*_PLACES, "staff", "grids", "members", "assignments"),
        "plans": (*_PLACES, "centres", "facilities"),
        "reach": (*_PLACES, "centres", "facilities"),
    }
)
"""The layers that an analysis reads, whose change makes its result stale."""

GIVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "check": ("findings",),
        "isolation": ("isolation", "gate_proposals"),
        "grids": ("grids", "members"),
        "leaders": ("leaders", "need"),
        "plans": ("regions",),
        "reach": ("reach", "reach_gaps", "reach_sites"),
    }
)
"""The layers that an analysis gives."""
