"""Written addresses: read, and matched to compounds, buildings and stairwells with how sure each match is."""

from gridmap.layers.addresses.book import AddressBook, address_book
from gridmap.layers.addresses.deciding import Match
from gridmap.layers.addresses.matching import WRITTEN, match, match_one

__all__ = ["WRITTEN", "AddressBook", "Match", "address_book", "match", "match_one"]
