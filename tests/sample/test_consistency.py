"""Rules that hold in a sample of any seed and scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.domain.district import District
from gridmap.domain.errors import InputError
from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.layers.checking.places import loose_ends
from gridmap.layers.spikes import without_spikes
from gridmap.sample import Sample, make_sample
from tests.sample.conftest import Made


def parents(metric: District, layer: str, parent: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    shapes = metric[parent].set_index("code").geometry
    rows = metric[layer][metric[layer][column].notna()]
    return shapes.reindex(rows[column]).to_numpy(), rows.geometry.to_numpy()


def test_there_is_as_much_of_everything_as_the_scale_says(made: Made) -> None:
    communities = made.sample.district["communities"]
    assert made.metric["streets"].area.sum() == pytest.approx(140e6 * made.scale, rel=1e-3)
    assert communities["residents"].sum() == round(186_000 * made.scale)
    assert communities["households"].sum() == pytest.approx(62_000 * made.scale, rel=0.01)


def test_the_built_up_area_is_the_missions(made: Made) -> None:
    ground = made.metric["ground"]
    assert ground.area[ground["kind"].eq("built_up")].sum() == pytest.approx(38.9e6 * made.scale, rel=0.02)


def test_the_urban_staff_is_in_place(sample: Sample, made: Made) -> None:
    staff, communities = sample.district["staff"], sample.district["communities"]
    urban = communities.loc[communities["kind"].eq("urban"), "code"]
    in_place = staff["roles"].str.split().map(lambda roles: "staff" in roles) & staff["community_code"].isin(urban)
    least = DEFAULT_NUMBERS.staff_least * len(urban)
    assert in_place.sum() == max(round(80 * made.scale), least)


@pytest.mark.parametrize("layer", ["streets", "communities", "ground"])
def test_areas_are_an_exact_coverage(made: Made, layer: str) -> None:
    assert shapely.coverage_is_valid(made.file[layer].geometry.to_numpy())


def test_no_ground_overlaps_other_ground(metric: District) -> None:
    shapes = metric["ground"].geometry.to_numpy()
    assert shapely.area(shapes).sum() - shapely.union_all(shapes).area == pytest.approx(0, abs=0.1)


def test_the_ground_covers_the_district(metric: District) -> None:
    assert metric["streets"].union_all().difference(metric["ground"].union_all()).area < 0.1


def test_no_ground_runs_out_into_a_needle(made: Made) -> None:
    assert not without_spikes(made.file["ground"].geometry.to_numpy(), made.file["ground"].crs)[1].any()


def test_no_way_stops_just_short_of_another(metric: District) -> None:
    assert not list(loose_ends(metric, DEFAULT_NUMBERS))


def test_no_ground_is_a_sliver(metric: District) -> None:
    assert metric["ground"].area.min() > 50


@pytest.mark.parametrize("layer", ["streets", "communities", "compounds", "buildings", "ground"])
def test_shapes_are_valid_in_degrees_and_in_metres(made: Made, layer: str) -> None:
    assert made.file[layer].is_valid.all()
    assert made.metric[layer].is_valid.all()


def test_communities_fill_their_streets(metric: District) -> None:
    for code, street in metric["streets"].set_index("code").geometry.items():
        own = metric["communities"][metric["communities"]["street_code"].eq(code)]
        assert own.union_all().symmetric_difference(street).area < 1


@pytest.mark.parametrize(
    ("layer", "parent", "column"),
    [
        ("compounds", "communities", "community_code"),
        ("buildings", "communities", "community_code"),
        ("buildings", "compounds", "compound_code"),
    ],
)
def test_levels_nest(metric: District, layer: str, parent: str, column: str) -> None:
    outer, inner = parents(metric, layer, parent, column)
    assert shapely.covers(outer, inner).all()


@pytest.mark.parametrize(
    ("layer", "parent", "column", "count"),
    [
        ("compounds", "communities", "community_code", "households"),
        ("compounds", "communities", "community_code", "residents"),
        ("buildings", "communities", "community_code", "households"),
        ("buildings", "compounds", "compound_code", "residents"),
        ("stairwells", "buildings", "building_code", "households"),
    ],
)
def test_counts_add_up(sample: Sample, layer: str, parent: str, column: str, count: str) -> None:
    total = sample.district[parent].set_index("code")[count]
    sums = sample.district[layer].groupby(column)[count].sum().reindex(total.index).fillna(0)
    assert (sums == total).all()


@pytest.mark.parametrize("layer", ["compounds", "buildings"])
def test_nothing_overlaps_its_like(metric: District, layer: str) -> None:
    shapes = metric[layer].geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[i[i < j]], shapes[j[i < j]]))
    assert common.max(initial=0) < 0.5


def test_no_building_stands_on_a_way_or_in_a_river(metric: District) -> None:
    rivers = metric["barriers"].loc[metric["barriers"]["kind"].eq("river")].geometry.to_numpy()
    lines = np.concatenate([metric["ways"].geometry.to_numpy(), rivers])
    hits = shapely.STRtree(lines).query(metric["buildings"].geometry.to_numpy(), predicate="intersects")
    assert hits.size == 0


def test_ways_are_dry(metric: District) -> None:
    ground, ways = metric["ground"], metric["ways"]
    wet = ground.loc[ground["kind"].isin(["sea", "water"])].geometry.to_numpy()
    lines = ways.loc[~ways["bridge"].astype(bool)].geometry.to_numpy()
    way, water = shapely.STRtree(wet).query(lines, predicate="intersects")
    assert shapely.length(shapely.intersection(lines[way], wet[water])).max(initial=0) < 0.05


def test_compounds_and_buildings_stand_on_built_up_ground(metric: District) -> None:
    ground = metric["ground"]
    other = shapely.buffer(ground.loc[~ground["kind"].eq("built_up")].geometry.to_numpy(), -0.05)
    for layer in ("compounds", "buildings"):
        hits = shapely.STRtree(other).query(metric[layer].geometry.to_numpy(), predicate="intersects")
        assert hits.size == 0, layer


def test_gates_stand_on_their_compounds_boundary(metric: District) -> None:
    outer, gates = parents(metric, "gates", "compounds", "compound_code")
    assert shapely.distance(shapely.boundary(outer), gates).max() < 0.5


def test_ways_cross_walls_at_gates_only(metric: District) -> None:
    walls = metric["barriers"].loc[~metric["barriers"]["kind"].eq("river")].geometry.to_numpy()
    ways, gates = metric["ways"].geometry.to_numpy(), metric["gates"].geometry.to_numpy()
    i, j = shapely.STRtree(walls).query(ways, predicate="intersects")
    crossings = shapely.get_parts(shapely.intersection(ways[i], walls[j]))
    nearest = shapely.STRtree(gates).nearest(crossings)
    assert shapely.distance(crossings, gates[nearest]).max() < 1


def test_ways_of_compounds_end_at_the_street(metric: District) -> None:
    ways = metric["ways"]
    streets = ways.loc[ways["name"].notna()].geometry.to_numpy()
    own = ways.loc[ways["kind"].eq("service")].geometry.to_numpy()
    way, street = shapely.STRtree(streets).query(own, predicate="intersects")
    meets = shapely.intersection(own[way], streets[street])
    assert shapely.distance(meets, shapely.boundary(own[way])).max() < 0.5


def test_ways_cross_rivers_on_bridges_only(metric: District) -> None:
    rivers = metric["barriers"].loc[metric["barriers"]["kind"].eq("river")].geometry.to_numpy()
    i, _ = shapely.STRtree(rivers).query(metric["ways"].geometry.to_numpy(), predicate="intersects")
    assert metric["ways"]["bridge"].to_numpy(dtype=bool)[i].all()


def test_every_enclosed_compound_has_its_walls_drawn(metric: District) -> None:
    compounds = metric["compounds"]
    rings = compounds[compounds["enclosure"].eq("enclosed")].boundary
    walls = metric["barriers"].union_all().buffer(0.1)
    assert rings.difference(walls).length.max() < 1


def test_compounds_without_a_gate_are_among_the_unsurveyed(sample: Sample) -> None:
    compounds = sample.district["compounds"]
    walled = compounds.loc[compounds["enclosure"].isin(["enclosed", "partly"]), "code"]
    without = set(walled) - set(sample.district["gates"]["compound_code"])
    how = sample.truth.set_index("compound_code")["how"]
    assert set(how.reindex(sorted(without))) <= {"unsurveyed"}


def test_codes_are_unique_over_all_layers(sample: Sample) -> None:
    codes = pd.concat([t["code"] for n, t in sample.district.items() if DISTRICT_LAYERS[n].has_code])
    assert codes.is_unique


def test_values_are_words_of_the_field(sample: Sample) -> None:
    for name, table in sample.district.items():
        for column in DISTRICT_LAYERS[name].columns:
            if column.values is not None:
                assert set(table[column.name].dropna()) <= set(column.values.codes), (name, column.name)


def test_the_roster_lacks_people_and_homes(sample: Sample) -> None:
    staff, stairwells = sample.district["staff"], sample.district["stairwells"]
    assert staff.geometry.isna().any()
    candidates = staff[staff["roles"].str.contains("stairwell")]
    assert not stairwells["code"].isin(candidates["stairwell_code"]).all()


def test_the_truth_names_every_compound_once(sample: Sample) -> None:
    assert sorted(sample.truth["compound_code"]) == sorted(sample.district["compounds"]["code"])


def test_the_same_seed_gives_the_same_content() -> None:
    one, two = (make_sample(seed=3, scale=0.1) for _ in range(2))
    pd.testing.assert_frame_equal(one.truth, two.truth)
    for name in one.district.filled():
        pd.testing.assert_frame_equal(pd.DataFrame(one.district[name]), pd.DataFrame(two.district[name]))


def test_another_seed_gives_another_district() -> None:
    one, two = (make_sample(seed=seed, scale=0.1) for seed in (1, 2))
    assert len(one.district["buildings"]) != len(two.district["buildings"])


@pytest.mark.parametrize("scale", [0.0, -1.0, 1000.0, float("nan")])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(InputError):
        make_sample(scale=scale)


def test_a_community_and_its_office_tell_the_same_phone(sample: Sample) -> None:
    centres, communities = sample.district["centres"], sample.district["communities"].set_index("code")
    offices = centres[centres["kind"] == "committee_office"]
    assert (offices["phone"].to_numpy() == communities["phone"].reindex(offices["community_code"]).to_numpy()).all()


def test_every_office_has_the_address_of_a_building_of_its_community(sample: Sample) -> None:
    buildings, communities = sample.district["buildings"], sample.district["communities"]
    known = set(zip(buildings["community_code"], buildings["address"], strict=True))
    assert set(zip(communities["code"], communities["office_address"], strict=True)) <= known
