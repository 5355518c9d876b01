"""Areas that tile: narrow overlaps and gaps are closed, wide ones listed, what was clean keeps every digit."""

from collections import Counter, defaultdict
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.layers import read, write
from gridmap.layers.coverage import cleaned, gaps, overlaps
from gridmap.sample import make_sample

REAL = Path(__file__).parents[3] / "shared" / "real"
needs_shared = pytest.mark.skipif(not REAL.exists(), reason="the folder ../shared is absent")
X, Y = 412_000.0, 4_150_000.0
WIDTH = 5.0


def areas(*boxes):
    return np.array([shapely.box(X + w, Y + s, X + e, Y + n) for w, s, e, n in boxes], dtype=object)


def nine(size=100.0):
    """Three by three areas, by their corners."""
    return [(x * size, y * size, (x + 1) * size, (y + 1) * size) for y in range(3) for x in range(3)]


# small cases, by hand


def test_an_enclosed_gap_is_closed():
    west, south, east, north = nine()[4]
    shapes = areas(*nine()[:4], (west + 2, south, east, north), *nine()[5:])
    found = cleaned(shapes, width=WIDTH)
    assert found.gaps.areas.tolist() == pytest.approx([200])
    assert found.gaps.widths.tolist() == pytest.approx([2], abs=0.1)
    assert found.gaps_closed.tolist() == [True]
    assert shapely.coverage_is_valid(found.shapes)
    assert len(gaps(found.shapes)) == 0
    assert found.gained.sum() == pytest.approx(200)


def test_a_gap_that_is_open_at_its_end_is_closed():
    found = cleaned(areas((0, 0, 100, 100), (102, 0, 200, 100)), width=WIDTH)
    assert found.gaps.areas.tolist() == pytest.approx([200])
    assert found.gaps_closed.tolist() == [True]
    assert shapely.coverage_is_valid(found.shapes)
    assert shapely.area(found.shapes).sum() == pytest.approx(20_000)


def test_an_open_gap_with_two_areas_on_one_side_is_closed():
    found = cleaned(areas((0, 0, 100, 100), (100, 0, 200, 100), (0, 101, 200, 200)), width=WIDTH)
    assert found.gaps_closed.tolist() == [True]
    assert shapely.area(found.shapes).sum() == pytest.approx(40_000)


def test_a_narrow_overlap_is_closed():
    found = cleaned(areas((0, 0, 100, 100), (98, 0, 200, 100)), width=WIDTH)
    assert found.overlaps.areas.tolist() == pytest.approx([200])
    assert found.overlaps_closed.tolist() == [True]
    assert shapely.coverage_is_valid(found.shapes)
    assert found.lost.sum() == pytest.approx(200)


def test_a_wide_gap_stays_and_is_listed():
    shapes = areas(*nine()[:4], *nine()[5:])
    found = cleaned(shapes, width=WIDTH)
    assert found.gaps.areas.tolist() == pytest.approx([10_000])
    assert not found.gaps_closed.any()
    assert not found.changed.any()


def test_a_wide_overlap_stays_while_a_narrow_one_is_closed():
    found = cleaned(areas((0, 0, 100, 100), (60, 0, 200, 100), (199, 0, 300, 100)), width=WIDTH)
    assert found.overlaps.areas.tolist() == pytest.approx([4000, 100])
    assert found.overlaps_closed.tolist() == [False, True]
    assert overlaps(found.shapes).areas.tolist() == pytest.approx([4000])
    assert found.changed.tolist()[0] is False


def test_an_area_in_another_and_the_same_area_twice_stay():
    for shapes in (areas((0, 0, 100, 100), (2, 2, 5, 5)), areas((0, 0, 100, 100), (0, 0, 100, 100))):
        found = cleaned(shapes, width=WIDTH)
        assert not found.changed.any()
        assert not found.overlaps_closed.any()


def test_a_lake_in_one_area_alone_is_no_gap():
    ring = shapely.difference(areas((0, 0, 100, 100)), areas((40, 40, 43, 43)))
    assert len(gaps(np.concatenate([ring, areas((100, 0, 200, 100))]))) == 0


def test_a_bay_of_the_coast_between_two_areas_stays():
    bay = shapely.Polygon([(X + 100, Y + 100), (X + 70, Y + 100), (X + 100, Y + 40), (X + 130, Y + 100)])
    shapes = shapely.difference(areas((0, 0, 100, 100), (100, 0, 200, 100)), bay)
    assert shapely.coverage_is_valid(shapes)
    assert not cleaned(shapes, width=WIDTH).changed.any()


def test_what_is_clean_is_the_same_object():
    shapes = areas(*nine())
    found = cleaned(shapes, width=WIDTH)
    assert all(one is two for one, two in zip(found.shapes, shapes, strict=True))


def test_the_corner_of_one_on_the_side_of_another_is_made_one_of_both():
    found = cleaned(areas((0, 0, 100, 100), (100, 0, 200, 40), (100, 40, 200, 100)), width=WIDTH)
    assert found.changed.tolist() == [True, False, False]
    assert shapely.coverage_is_valid(found.shapes)
    assert found.gained.sum() == found.lost.sum() == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.floats(-4, 4).map(lambda v: round(v, 2))] * 4),
        min_size=9,
        max_size=9,
    )
)
def test_sides_moved_by_less_than_the_width_come_out_clean(moves):
    shapes = areas(*(tuple(np.add(one, move)) for one, move in zip(nine(), moves, strict=True)))
    found = cleaned(shapes, width=12)
    assert shapely.is_valid(found.shapes).all()
    assert np.isin(shapely.get_type_id(found.shapes), (3, 6)).all()
    assert shapely.coverage_is_valid(found.shapes)
    before, after = shapely.area(shapes), shapely.area(found.shapes)
    assert (after - before).tolist() == pytest.approx((found.gained - found.lost).tolist(), abs=0.01)


# a whole district with damage that is known


@pytest.fixture(scope="module")
def district():
    return make_sample(seed=2012, scale=0.1).district


def neighbours(shapes):
    """Corners that two areas alone share with both corners beside them: by the pair (before, corner, after)."""
    owners = defaultdict(set)
    for number, shape in enumerate(shapes):
        for corner in map(tuple, shapely.get_coordinates(shape)):
            owners[corner].add(number)
    found = {}
    for number, shape in enumerate(shapes):
        for part in shapely.get_parts(shape):
            ring = list(map(tuple, part.exterior.coords[:-1]))
            for before, corner, after in zip(ring[-1:] + ring, ring, ring[1:] + ring[:1], strict=False):
                both = owners[before] & owners[corner] & owners[after]
                if number in both and all(len(owners[one]) == 2 for one in (before, corner, after)):
                    other = next(iter(both - {number}))
                    if np.hypot(*np.subtract(after, before)) > 40:
                        found.setdefault((number, other), (before, corner, after))
    return found


def moved(shape, corner, to):
    return shapely.transform(shape, lambda xy: np.where((xy == corner).all(axis=1)[:, None], to, xy))


def damaged(district):
    """Communities of which some have a corner moved, the m² that this gave by pair, and the rows that were moved."""
    table = district["communities"].to_crs("EPSG:4550")
    shapes = table.geometry.to_numpy().copy()
    planted, used = {}, set()
    for (one, two), (before, corner, after) in neighbours(shapes).items():
        if used & {one, two} or len(planted) == 3:
            continue
        along = np.subtract(after, before)
        step = np.array([along[1], -along[0]]) / np.hypot(*along) * (1.5 if len(planted) % 2 else -1.5)
        shape = moved(shapes[one], corner, np.add(corner, step))
        square_metres = abs(along[0] * step[1] - along[1] * step[0]) / 2
        grown = shape.area - shapes[one].area
        if abs(abs(grown) - square_metres) > 1e-3 or not shape.is_valid:
            continue
        kind = "overlap" if grown > 0 else "gap"
        shapes[one] = shape
        used |= {one, two}
        planted[kind, frozenset(table["code"].iloc[[one, two]])] = square_metres
    return table.set_geometry(shapes, crs="EPSG:4550").to_crs("EPSG:4326"), planted, used


@pytest.fixture(scope="module")
def reading(district, tmp_path_factory):
    table, planted, used = damaged(district)
    path = tmp_path_factory.mktemp("damaged") / "district.gpkg"
    write(path, {"streets": district["streets"], "communities": table})
    return read(path), table, planted, used


def entry(reading, layer="communities"):
    return next(one for one in reading.report.as_dict()["coverage"] if one["layer"] == layer)


def test_planted_overlaps_and_gaps_are_reported_to_one_percent(reading):
    found, _, planted, _ = reading
    reported = {(one["kind"], frozenset(one["codes"])): one["area_m2"] for one in entry(found)["closed"]}
    assert Counter(kind for kind, _ in planted).keys() == {"overlap", "gap"}
    assert reported.keys() == planted.keys()
    assert [reported[key] for key in planted] == pytest.approx(list(planted.values()), rel=0.01)


def test_planted_damage_comes_out_clean(reading):
    found = reading[0]
    shapes = found.district["communities"].geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.coverage_is_valid(found.district.metric()["communities"].geometry.to_numpy())
    assert len(gaps(found.district.metric()["communities"].geometry.to_numpy())) == 0


def test_each_area_tells_what_it_gained_and_lost(reading):
    found, table, _, _ = reading
    after = found.district["communities"].to_crs("EPSG:4550").set_index("code").area
    before = table.to_crs("EPSG:4550").set_index("code").area
    for one in entry(found)["changed"]:
        assert after[one["code"]] - before[one["code"]] == pytest.approx(one["gained_m2"] - one["lost_m2"], abs=0.01)


def test_areas_beside_the_damage_keep_every_digit(reading, district):
    found, table, _, used = reading
    apart = np.setdiff1d(np.arange(len(table)), list(used))
    assert len(apart)
    changed = {one["code"] for one in entry(found)["changed"]}
    for row in apart:
        code = table["code"].iloc[row]
        assert code not in changed
        after = found.district["communities"].set_index("code").geometry[code]
        assert after.wkb == table.geometry.iloc[row].wkb


def test_corners_that_were_there_keep_their_digits(reading):
    found, table, _, _ = reading
    before = {tuple(xy) for xy in shapely.get_coordinates(table.geometry.to_numpy())}
    after = {tuple(xy) for xy in shapely.get_coordinates(found.district["communities"].geometry.to_numpy())}
    assert after <= before


def test_a_clean_district_keeps_every_digit(district, tmp_path):
    path = tmp_path / "clean.gpkg"
    write(path, {name: district[name] for name in ("streets", "communities", "compounds")})
    found = read(path)
    for layer in ("streets", "communities", "compounds"):
        assert [s.wkb for s in found.district[layer].geometry] == [s.wkb for s in district[layer].geometry]
        told = entry(found, layer)
        assert (told["changed"], told["closed"], told["left"]) == ([], [], [])


def test_what_was_cleaned_stays_as_it_is(reading, tmp_path):
    path = tmp_path / "again.gpkg"
    write(path, {"communities": reading[0].district["communities"]})
    assert entry(read(path))["changed"] == []


def test_the_width_is_a_setting(reading, tmp_path):
    path = tmp_path / "district.gpkg"
    write(path, {"communities": reading[1]})
    found = entry(read(path, numbers=Numbers(coverage_width_m=0.001)))
    assert found["closed"] == []
    assert len(found["left"]) == len(reading[2])


def test_wide_faults_are_listed_with_place_and_codes(tmp_path):
    boxes = [*nine(), (600, 0, 700, 100)]
    boxes[4] = (130, 100, 200, 200)
    boxes[8] = (200, 180, 300, 300)
    table = gpd.GeoDataFrame({"code": [f"c{n}" for n in range(10)]}, geometry=areas(*boxes), crs="EPSG:4550").to_crs(
        "EPSG:4326"
    )
    write(tmp_path / "communities.gpkg", {"communities": table})
    found = read(tmp_path / "communities.gpkg")
    gap, overlap = entry(found)["left"][1], entry(found)["left"][0]
    if gap["kind"] != "gap":
        gap, overlap = overlap, gap
    assert gap["area_m2"] == pytest.approx(3000, rel=1e-3)
    assert set(gap["codes"]) == {"c1", "c3", "c4", "c7"}
    assert overlap["area_m2"] == pytest.approx(2000, rel=1e-3)
    assert overlap["codes"] == ("c5", "c8")
    place = gpd.GeoSeries([shapely.Point(overlap["lon"], overlap["lat"])], crs="EPSG:4326").to_crs("EPSG:4550")[0]
    assert shapely.box(X + 200, Y + 180, X + 300, Y + 200).contains(place)
    told = [str(note) for note in found.report.notes]
    assert any("c5 and c8 overlap by 2,0" in sentence for sentence in told)


def test_a_compound_in_another_is_no_overlap_and_crossing_ones_are_listed(tmp_path):
    table = gpd.GeoDataFrame(
        {"code": ["campus", "yard", "other"]},
        geometry=areas((0, 0, 300, 300), (100, 100, 200, 200), (280, 0, 400, 100)),
        crs="EPSG:4550",
    ).to_crs("EPSG:4326")
    write(tmp_path / "compounds.gpkg", {"compounds": table})
    found = read(tmp_path / "compounds.gpkg")
    assert [one["codes"] for one in entry(found, "compounds")["left"]] == [("campus", "other")]
    assert [s.wkb for s in found.district["compounds"].geometry] == [s.wkb for s in table.geometry]


@needs_shared
def test_real_precincts_come_out_clean():
    found = read(REAL / "region" / "RI_precincts.zip", layer="communities")
    told = entry(found)
    assert told["overlaps_closed"] == 21
    assert [one for one in told["left"] if one["kind"] == "overlap"] == []
    assert all(one["width_m"] > WIDTH for one in told["left"])
    assert shapely.coverage_is_valid(found.district.metric()["communities"].geometry.to_numpy())


def test_a_district_without_areas_has_nothing_to_say(tmp_path):
    table = gpd.GeoDataFrame({"code": ["g"], "access": ["public"]}, geometry=[shapely.Point(122, 37)], crs="EPSG:4326")
    write(tmp_path / "gates.gpkg", {"gates": table})
    found = read(tmp_path / "gates.gpkg")
    assert found.report.as_dict()["coverage"] == []
    assert isinstance(found.district, District)
