"""Fixtures of the whole suite, each kind in a file of its own under `tests/fixtures`."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.districts",
    "tests.fixtures.changing",
    "tests.fixtures.askers",
    "tests.fixtures.browser",
    "tests.fixtures.planning",
    "tests.fixtures.rosters",
]
