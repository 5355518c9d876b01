"""gridmap: a web map by which a Chinese district is looked after."""

__version__ = "0.1.0"
