"""Services within reach as a use case: from a file, into the database, and its words on the command line."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from gridmap.database import changes, results
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.services.analyses import ANALYSES
from gridmap.services.stored_analyses import analyse_database


def silent(share, words):
    """A progress that nobody watches."""


def test_its_results_stand_in_the_database(town_database: Engine) -> None:
    done = analyse_database(ANALYSES["reach"], town_database, actor="test")
    with town_database.connect() as connection:
        rows = connection.scalar(text("SELECT count(*) FROM gridmap.reach"))
    assert rows == len(done.tables["reach"]) > 0


def test_a_further_run_takes_their_place(town_database: Engine) -> None:
    for _ in range(2):
        done = analyse_database(ANALYSES["reach"], town_database, actor="test")
    with town_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.reach")) == len(done.tables["reach"])


def test_a_new_facility_makes_them_old(town_database: Engine) -> None:
    analyse_database(ANALYSES["reach"], town_database, actor="test")
    with town_database.begin() as connection:
        changes.record(connection, actor="test", action="import", layers=("facilities",))
    with town_database.connect() as connection:
        assert results.state(connection)["reach"].status == "stale"


def test_without_ways_it_says_what_is_missing(town: District) -> None:
    bare = town.with_tables(ways=town["ways"].iloc[:0]).metric()
    with pytest.raises(DataError, match="no ways"):
        ANALYSES["reach"].run(bare, numbers=DEFAULT_NUMBERS, progress=silent)


def test_the_sums_of_each_kind_are_those_of_its_communities(town: District) -> None:
    done = ANALYSES["reach"].run(town.metric(), numbers=DEFAULT_NUMBERS, progress=silent)
    table = done.tables["reach"].groupby("kind")["residents"].sum()
    assert {kind: figures["residents"] for kind, figures in done.figures["kinds"].items()} == table.to_dict()
