"""Fixtures of the whole suite, each kind in a file of its own under `tests/fixtures`."""

from hypothesis import settings

# no test fails for being slow on a machine that does other things beside
settings.register_profile("gridmap", deadline=None)
settings.load_profile("gridmap")

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.districts",
    "tests.fixtures.changing",
    "tests.fixtures.askers",
    "tests.fixtures.browser",
    "tests.fixtures.planning",
    "tests.fixtures.rosters",
]
