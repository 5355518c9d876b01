"""Districts that lack something: what can be measured is measured, nothing fails."""

from __future__ import annotations

import pytest
from shapely import MultiPolygon, Polygon

from gridmap.analysis.isolation import gate_proposals, isolation
from tests.fixtures.districts import make_town

LAYERS = ("streets", "communities", "compounds", "buildings", "stairwells", "gates", "barriers", "ways", "centres")


@pytest.mark.parametrize("missing", LAYERS)
def test_a_layer_that_is_missing_fails_nothing(missing):
    district = make_town().metric()
    district = district.with_tables(**{missing: district[missing].iloc[:0]})
    assert len(isolation(district)) == len(district["compounds"])
    gate_proposals(district, count=2)


def test_without_gates_walled_compounds_are_not_surveyed():
    district = make_town().metric()
    table = isolation(district.with_tables(gates=district["gates"].iloc[:0]))
    walled = district["compounds"]["enclosure"].to_numpy() == "enclosed"
    assert (table["class"][walled] == "unsurveyed").all()


@pytest.mark.parametrize("shape", [None, Polygon()])
def test_a_compound_without_a_place_is_left_out(shape):
    district = make_town().metric()
    compounds = district["compounds"].copy()
    compounds.loc[0, "geometry"] = shape
    assert len(isolation(district.with_tables(compounds=compounds))) == len(compounds) - 1


def test_compounds_in_several_pieces_and_broken_ones_are_measured():
    district = make_town().metric()
    compounds = district["compounds"].copy()
    first, second = compounds.geometry[0], compounds.geometry[1]
    x, y = first.bounds[:2]
    compounds.loc[0, "geometry"] = MultiPolygon([first, Polygon([(x - 50, y), (x - 30, y), (x - 30, y + 20)])])
    a, b, c, d = list(second.exterior.coords)[:4]
    compounds.loc[1, "geometry"] = Polygon([a, c, b, d])
    assert len(isolation(district.with_tables(compounds=compounds))) == len(compounds)
