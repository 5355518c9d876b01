"""The sample's figures, measured on its tables as someone else's script would measure them on the file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.sample import Sample, make_sample


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample()


@pytest.fixture(scope="module")
def metric(sample: Sample) -> District:
    return sample.district.to_crs("EPSG:4550")


def test_the_district_is_140_square_kilometres(metric: District) -> None:
    assert metric["streets"].area.sum() == pytest.approx(140e6, rel=1e-3)


def test_the_built_up_area_is_38_9_square_kilometres(metric: District) -> None:
    ground = metric["ground"]
    assert ground[ground["kind"].eq("built_up")].union_all().area == pytest.approx(38.9e6, rel=0.02)


def test_there_are_186_000_residents_in_62_000_households(sample: Sample) -> None:
    communities = sample.district["communities"]
    assert communities["residents"].sum() == 186_000
    assert communities["households"].sum() == pytest.approx(62_000, rel=0.01)


def test_streets_and_communities_are_the_missions(sample: Sample) -> None:
    assert sample.district["streets"]["kind"].value_counts().to_dict() == {"street": 3, "town": 1}
    kinds = sample.district["communities"]["kind"].value_counts().to_dict()
    assert kinds == {"urban": 15, "converted": 23, "village": 41}


def test_the_staff_rule_over_the_urban_communities_gives_80(sample: Sample) -> None:
    communities = sample.district["communities"]
    need = [
        DEFAULT_NUMBERS.staff_needed(h, k) or 0
        for h, k in zip(communities["households"], communities["kind"], strict=True)
    ]
    assert sum(need) == 80


def test_eighty_staff_are_in_place_in_the_urban_communities(sample: Sample) -> None:
    communities, staff = sample.district["communities"], sample.district["staff"]
    urban = communities.loc[communities["kind"].eq("urban"), "code"]
    in_place = staff["roles"].str.split().map(lambda roles: "staff" in roles) & staff["community_code"].isin(urban)
    assert in_place.sum() == 80


def test_the_model_centre_serves_seven_communities(sample: Sample) -> None:
    centres = sample.district["centres"]
    row = centres[centres["name"].str.startswith("中盛园") & centres["kind"].eq("service_centre")].iloc[0]
    assert len(set(row["serves"].split())) == 7
    assert row["area_m2"] >= 1000


def test_facilities_of_every_kind_are_scarce(sample: Sample) -> None:
    counts = sample.district["facilities"]["kind"].value_counts()
    assert set(counts.index) == {
        "elderly_care", "childcare", "health", "culture_sport", "household_service", "green", "school", "market",
    }  # fmt: skip
    assert counts["elderly_care"] < len(sample.district["communities"]) / 2


def test_there_are_compounds_and_buildings_enough(sample: Sample) -> None:
    assert 700 <= len(sample.district["compounds"]) <= 900
    assert len(sample.district["buildings"]) >= 15_000


def test_every_way_of_being_isolated_and_every_decoy_is_there_twenty_times(sample: Sample) -> None:
    counts = sample.truth.groupby("how")["isolated"].agg(["size", "all", "any"])
    for how in ("single_gate", "residents_only", "river", "employer_wall"):
        assert counts.loc[how, "size"] >= 20
        assert counts.loc[how, "all"]
    for how in ("employer_open", "closed_beside_open", "river_bridge", "unsurveyed"):
        assert counts.loc[how, "size"] >= 20
        assert not counts.loc[how, "any"]


def test_areas_of_one_level_are_an_exact_coverage(sample: Sample) -> None:
    for name in ("streets", "communities"):
        assert shapely.coverage_is_valid(sample.district[name].geometry.to_numpy())


def test_official_codes_carry_their_official_names(sample: Sample) -> None:
    from gridmap.sample import source

    places = source.table("places").set_index("code")["name"]
    communities = sample.district["communities"]
    official = communities[communities["illustrative"].isna()]
    assert (official["committee"] == places.reindex(official["code"]).to_numpy()).all()
    assert not communities.loc[communities["illustrative"].notna(), "code"].isin(places.index).any()


def test_areas_of_no_street_are_far_from_the_published_ones(metric: District) -> None:
    areas = pd.Series(metric["streets"].area.to_numpy() / 1e6, index=metric["streets"]["name"])
    assert areas["怡园街道"] == pytest.approx(26.4, abs=0.3)
    assert areas["初村镇"] == pytest.approx(83.4, abs=0.5)


def test_no_building_stands_off_the_built_up_land(metric: District) -> None:
    ground, buildings = metric["ground"], metric["buildings"]
    other = ground.loc[~ground["kind"].eq("built_up")].geometry.to_numpy()
    hits = shapely.STRtree(other).query(buildings.geometry.to_numpy(), predicate="intersects")
    assert np.unique(hits[0]).size == 0
