"""Column headings as they come from offices and companies: each to its column, or left aside."""

import geopandas as gpd
import pytest
import shapely

from gridmap.domain.layers import DISTRICT_LAYERS
from gridmap.layers import read, write
from gridmap.layers.vocabulary import columns_of

ASIDE = None


@pytest.mark.parametrize(
    ("layer", "headings"),
    [
        (
            "compounds",
            {
                "小区名称": "name",
                "小区编号": "code",
                "总户数": "households",
                "常住人口": "residents",
                "物业公司": "property_company",
                "是否封闭": "enclosure",
                "产权单位": "employer",
                "建成年代": ASIDE,
                "开发商": ASIDE,
                "占地面积": ASIDE,
                "Shape_Area": ASIDE,
                "Shape_Leng": ASIDE,
            },
        ),
        (
            "buildings",
            {
                "BLDG_ID": "code",
                "楼栋号": "name",
                "层数": "floors",
                "户数": "households",
                "房屋用途": "use",
                "所属小区": "compound_code",
                "地址": "address",
                "地下层数": ASIDE,
                "结构类型": ASIDE,
                "建成年份": ASIDE,
            },
        ),
        ("buildings", {"building_id": "code", "地上层数": "floors", "Height": "height_m", "SHAPE_LEN": ASIDE}),
        (
            "communities",
            {
                "社区名称": "name",
                "统计用区划代码": "code",
                "户籍人口": "original_residents",
                "常住人口": "residents",
                "户数": "households",
                "60岁及以上": "elderly",
                "0-14岁": "children",
                "流动人口": "floating",
                "联系电话": "phone",
                "65岁以上": ASIDE,
                "书记": ASIDE,
            },
        ),
        ("gates", {"出入口编号": "code", "通行方式": "access", "开放时间": "hours", "类型": "kind", "备注": ASIDE}),
        ("facilities", {"poi_id": "code", "机构名称": "name", "类别": "kind", "床位数": "capacity", "adname": ASIDE}),
    ],
)
def test_headings(layer, headings):
    found = columns_of(layer, DISTRICT_LAYERS[layer].names, list(headings))
    assert {theirs: ours for ours, theirs in found.items()} == {k: v for k, v in headings.items() if v is not ASIDE}


@pytest.mark.parametrize(
    ("x", "y"), [("X", "Y"), ("经度", "纬度"), ("lng", "lat"), ("Longitude", "Latitude"), ("POINT_X", "POINT_Y")]
)
def test_columns_of_coordinates(tmp_path, x, y):
    (tmp_path / "出入口.csv").write_text(f"通行,{x},{y}\n公共,122.1,37.4\n", encoding="utf-8")
    place = read(tmp_path / "出入口.csv", crs="wgs84").district["gates"].geometry.iloc[0]
    assert (place.x, place.y) == (122.1, 37.4)


def test_parents_that_are_named_are_found_by_their_names(tmp_path):
    compounds = gpd.GeoDataFrame(
        {"code": ["c1", "c2"], "name": ["海景花园", "东里"]},
        geometry=[shapely.box(122, 37.4, 122.002, 37.402), shapely.box(122.01, 37.4, 122.012, 37.402)],
        crs=4326,
    )
    houses = gpd.GeoDataFrame(
        {"所属小区": ["东里", "东里"]}, geometry=[shapely.box(122, 37.4, 122.0002, 37.4002)] * 2, crs=4326
    )
    write(tmp_path / "x.gpkg", {"compounds": compounds, "楼栋": houses})
    assert read(tmp_path / "x.gpkg").district["buildings"]["compound_code"].tolist() == ["c2", "c2"]
