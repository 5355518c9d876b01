"""Rosters from a spreadsheet: read, checked, matched to places, and handed back with what became of every row."""

from gridmap.layers.rosters.comparing import overlap
from gridmap.layers.rosters.copying import write_copy
from gridmap.layers.rosters.entitled import entitled
from gridmap.layers.rosters.entries import Entry, Person, Post, Roster, Standing
from gridmap.layers.rosters.placing import title_of
from gridmap.layers.rosters.roster import roster_of
from gridmap.layers.rosters.settling import settled
from gridmap.layers.rosters.sheet import Sheet, read_sheet
from gridmap.layers.rosters.writing import Page, write_pages

__all__ = [
    "Entry",
    "Page",
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
    "title_of",
    "write_copy",
    "write_pages",
]
