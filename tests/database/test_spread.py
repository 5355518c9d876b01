"""Between what derived households of a place may lie, told by the database as by the tables."""

import pytest
from sqlalchemy import Connection, Engine, text

from gridmap.database.spread import households_between
from gridmap.domain.numbers import DEFAULT_NUMBERS
from tests.fixtures.districts import STREET, URBAN


@pytest.fixture
def guessed(town_database: Engine):
    """The town with the households of its first compound derived; taken back at the end."""
    with town_database.connect() as connection:
        mark = f"SET derived = 'households residents' WHERE code {{}} '{URBAN}-A%'"
        for table, which in (("buildings", "LIKE"), ("compounds", "LIKE")):
            connection.execute(text(f"UPDATE gridmap.{table} {mark.format(which)}"))
        yield connection
        connection.rollback()


def between(connection: Connection, layer: str, code: str, households: int):
    return households_between(connection, layer, code, households, numbers=DEFAULT_NUMBERS)


def test_a_building_by_itself_is_less_sure_than_its_compound(guessed):
    """60 with 18 + 6; four of them with 36 + 24."""
    assert between(guessed, "buildings", f"{URBAN}-A-1", 60) == (36, 84)
    assert between(guessed, "compounds", f"{URBAN}-A", 240) == (180, 300)


@pytest.mark.parametrize(
    ("layer", "code"),
    [("communities", URBAN), ("streets", STREET), ("compounds", f"{URBAN}-B"), ("gates", f"{URBAN}-A-G")],
)
def test_what_was_counted_has_no_range(guessed, layer, code):
    assert between(guessed, layer, code, 960) is None
