"""Plans shaped by hand: the blocks they are made of, figures of every region, and moves that a planner asks for."""

from gridmap.analysis.shaping.comparing import Changed, compared
from gridmap.analysis.shaping.figures import figures, pieces
from gridmap.analysis.shaping.ground import Ground, survey
from gridmap.analysis.shaping.moves import finished, improved, parted, repaired

__all__ = ["Changed", "Ground", "compared", "figures", "finished", "improved", "parted", "pieces", "repaired", "survey"]
