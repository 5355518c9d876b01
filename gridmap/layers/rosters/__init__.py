"""Rosters from a spreadsheet: read, checked, matched to places, and handed back with what became of every row."""

from gridmap.layers.rosters.comparing import overlap
from gridmap.layers.rosters.copying import write_copy
from gridmap.layers.rosters.entitled import entitled
from gridmap.layers.rosters.entries import Entry, Person, Post, Roster, Standing
from gridmap.layers.rosters.roster import roster_of
from gridmap.layers.rosters.settling import settled
from gridmap.layers.rosters.sheet import Sheet, read_sheet

__all__ = [
    "Entry",
    "Person",
    "Post",
    "Roster",
    "Sheet",
    "Standing",
    "entitled",
    "overlap",
    "read_sheet",
    "roster_of",
    "settled",
    "write_copy",
]
