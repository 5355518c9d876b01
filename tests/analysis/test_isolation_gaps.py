"""Districts that lack something: what can be measured is measured, nothing fails."""

from __future__ import annotations

import json

import pytest
from shapely import MultiPolygon, Polygon

from gridmap.analysis.isolation import gate_proposals, isolation, isolation_walked, lacks
from tests.fixtures.districts import make_town
from tests.network.towns import compound, gate, town, way

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


def said(district) -> str:
    return " ".join(str(note) for note in lacks(district, *isolation_walked(district)))


def pieces_of_street(count: int):
    """A street in pieces with gaps of 10 m, and a compound with a gate at each, none of which touches another."""
    ways = [way((60 * k, 0), (60 * k + 50, 0)) for k in range(count)]
    compounds = [compound(f"c{k:03}", 60 * k + 5, 10, 60 * k + 45, 60) for k in range(count)]
    gates = [gate(60 * k + 25, 10, f"g{k}", f"c{k:03}") for k in range(count)]
    return town(ways=ways, compounds=compounds, gates=gates)


def test_ways_in_two_hundred_pieces_are_not_taken_for_walls():
    district = pieces_of_street(200)
    table = isolation(district)
    assert set(table["class"]) == {"unsurveyed"}
    assert json.loads(table["reasons"][0])[0]["code"] == "ways_missing"
    assert json.loads(table["not_measured"][0])["directness"] == "ways_missing"


def test_the_summary_says_that_the_ways_are_in_pieces():
    assert "The ways are in 200 pieces" in said(pieces_of_street(200))


def test_the_summary_says_what_is_not_judged_first():
    district = make_town().metric()
    district = district.with_tables(gates=district["gates"].iloc[:0])
    assert "compounds are not judged" in str(lacks(district, *isolation_walked(district))[0])


@pytest.mark.parametrize("missing", ["ways", "gates", "buildings"])
def test_the_summary_says_which_layer_is_missing(missing):
    district = make_town().metric()
    assert f"No {missing} are mapped" in said(district.with_tables(**{missing: district[missing].iloc[:0]}))


def test_the_summary_counts_compounds_that_overlap():
    district = town(compounds=[compound("a", 0, 0, 100, 100), compound("b", 90, 0, 200, 100)])
    assert "2 compounds overlap" in said(district)


def test_every_empty_figure_has_its_reason():
    district = make_town().metric()
    for layer in LAYERS:
        table = isolation(district.with_tables(**{layer: district[layer].iloc[:0]}))
        for row in table.to_dict("records"):
            why = json.loads(row["not_measured"])
            for name in ("score", "directness", "detour_m", "reach_500", "longest_gap_m", "office_walk_m"):
                assert (row[name] != row[name]) == (name in why)


def test_a_gate_drawn_beside_its_compound_s_boundary_opens_it():
    # 6 m out: farther than a gate reaches, but it carries the compound's code
    district = town(
        ways=[way((-100, 0), (400, 0))],
        compounds=[compound("a", 0, 10, 100, 110), compound("b", 120, 10, 220, 110)],
        gates=[gate(50, 4, "ga", "a"), gate(170, 10, "gb", "b")],
    )
    a = isolation(district).set_index("code").loc["a"]
    assert a["directness"] == pytest.approx(2.0, abs=1e-6)
