"""Plans shaped by hand: the blocks they are made of, figures of every region, and moves that a planner asks for."""

from gridmap.analysis.shaping.community import drawn_by_hand, grid_kinds, survey_community
from gridmap.analysis.shaping.comparing import Changed, compared
from gridmap.analysis.shaping.figures import figures, pieces
from gridmap.analysis.shaping.ground import Ground, survey
from gridmap.analysis.shaping.moves import finished, improved, parted, repaired

__all__ = [
    "Changed",
    "Ground",
    "compared",
    "drawn_by_hand",
    "figures",
    "finished",
    "grid_kinds",
    "improved",
    "parted",
    "pieces",
    "repaired",
    "survey",
    "survey_community",
]
