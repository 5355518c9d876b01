"""Polygons of any file as units of a plan."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridmap.domain.errors import InputError
from gridmap.layers import read_units, write

REGION = Path(__file__).parents[3] / "shared" / "real" / "region"
needs_shared = pytest.mark.skipif(not REGION.exists(), reason="the folder ../shared is absent")
BOWTIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)])


def table(shapes, crs="EPSG:4326", **columns):
    return gpd.GeoDataFrame({"pop": range(len(shapes)), **columns}, geometry=shapes, crs=crs)


def test_attributes_and_shapes_come_as_they_are(tmp_path):
    write(tmp_path / "u.gpkg", {"towns": table([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], name=["甲", "乙"])})
    units = read_units(tmp_path / "u.gpkg")
    assert (units["pop"].tolist(), units["name"].tolist(), units.crs.to_epsg()) == ([0, 1], ["甲", "乙"], 4326)


def test_a_bowtie_is_mended_and_said(tmp_path):
    write(tmp_path / "u.geojson", {"u": table([BOWTIE, shapely.box(3, 0, 4, 1)])})
    units = read_units(tmp_path / "u.geojson")
    assert units.geometry.is_valid.all()
    assert any("Feature 1 mended" in str(note) for note in units.attrs["notes"])


def test_a_row_without_shape_is_left_out_and_said(tmp_path):
    write(tmp_path / "u.gpkg", {"u": table([None, shapely.box(3, 0, 4, 1)])})
    units = read_units(tmp_path / "u.gpkg")
    assert units["pop"].tolist() == [1]
    assert "Feature 1 left out: it has no geometry." in map(str, units.attrs["notes"])


def test_of_several_layers_the_named_one_is_read(tmp_path):
    tables = {"a": table([shapely.box(0, 0, 1, 1)]), "b": table([shapely.box(0, 0, 1, 1)] * 2)}
    write(tmp_path / "u.gpkg", tables)
    assert len(read_units(tmp_path / "u.gpkg", "b")) == 2
    with pytest.raises(InputError, match="several layers of polygons"):
        read_units(tmp_path / "u.gpkg")
    with pytest.raises(InputError, match="no layer of polygons called c; it has a, b"):
        read_units(tmp_path / "u.gpkg", "c")


def test_points_are_no_units(tmp_path):
    write(tmp_path / "u.geojson", {"u": table([shapely.Point(0, 0)])})
    with pytest.raises(InputError, match="no layer of polygons"):
        read_units(tmp_path / "u.geojson")


@pytest.mark.shared
@needs_shared
def test_the_precincts_come_whole():
    units = read_units(REGION / "RI_precincts.zip")
    assert (len(units), units["TOTPOP"].sum() > 1_000_000, units.geometry.is_valid.all()) == (419, True, True)


@pytest.mark.shared
@needs_shared
def test_counties_without_prj_are_planar_and_say_so():
    units = read_units(REGION / "georgia" / "G_utm.shp")
    assert (len(units), units.crs) == (159, None)
    assert any("isn't known" in str(note) for note in units.attrs["notes"])
