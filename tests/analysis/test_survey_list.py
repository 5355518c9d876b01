"""Which survey tells most: on a row of compounds of which the middle one is in doubt."""

from __future__ import annotations

import pytest

from gridmap.analysis.isolation.standing import standing
from gridmap.analysis.isolation.survey import survey_list
from tests.network.towns import building, compound, gate, town, way


def row(middle="unknown", access="public"):
    """Three compounds side by side; from the first to the last one walks through the middle one or far round it."""
    return {
        "ways": [
            way((50, 50), (450, 50)),
            way((-300, 150), (800, 150)),
            way((50, 50), (50, 150)),
            way((450, 50), (450, 150)),
        ],
        "compounds": [
            compound("a", 0, 0, 100, 100, households=40),
            compound("m", 110, 0, 390, 100, enclosure=middle, households=30),
            compound("b", 400, 0, 500, 100, households=40),
        ],
        "buildings": [
            building("a1", 80, 70, "a", 40),
            building("m1", 250, 70, "m", 30),
            building("b1", 420, 70, "b", 40),
        ],
        "gates": [gate(100, 50, "ga", "a", access), gate(400, 50, "gb", "b")],
    }


def test_what_nobody_has_surveyed_is_asked_first():
    assert [one.code for one in survey_list(standing(town(**row())))] == ["m"]


def test_its_own_class_always_depends_on_it():
    base = standing(town(**row()))
    (found,) = survey_list(base)
    assert list(base.district["compounds"]["code"]).index("m") in found.compounds


def test_the_classes_of_neighbours_that_are_walked_to_through_it_depend_on_it():
    (found,) = survey_list(standing(town(**row())))
    assert len(found.compounds) == 3


def test_where_all_is_known_nothing_is_asked():
    layers = row(middle="open")
    assert survey_list(standing(town(**layers))) == []


def test_a_gate_of_which_nobody_said_who_may_pass_is_asked():
    layers = row(middle="open", access=None)
    assert [one.code for one in survey_list(standing(town(**layers)))] == ["ga"]


@pytest.mark.parametrize("count", [0, 1])
def test_no_more_are_named_than_asked_for(count):
    assert len(survey_list(standing(town(**row())), count=count)) == count
