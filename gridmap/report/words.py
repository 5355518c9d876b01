"""Words of what is handed on, in Chinese and English: labels of figures, headings, sentences."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from gridmap.domain.words import GLOSSARY, Vocabulary

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")

LABELS = MappingProxyType(
    {
        "households": ("户数", "Households"),
        "residents": ("人口", "Residents"),
        "elderly": ("60 岁及以上", "Aged 60 and over"),
        "children": ("15 岁以下儿童", "Children under 15"),
        "floating": ("外来人口", "From elsewhere"),
        "buildings": ("楼栋", "Buildings"),
        "score": ("孤立程度（0–100）", "Isolation, 0 to 100"),
        "openings_per_km": ("每公里开口", "Openings per km"),
        "longest_gap_m": ("最长无开口边界（米）", "Longest closed stretch, m"),
        "directness": ("绕行系数", "Route directness"),
        "detour_m": ("平均绕行（米）", "Mean detour, m"),
        "reach_300": ("300 米可达邻里", "Neighbours within 300 m"),
        "reach_500": ("500 米可达邻里", "Neighbours within 500 m"),
        "office_walk_m": ("到居委会步行（米）", "Walk to the office, m"),
        "centre_walk_m": ("到服务中心步行（米）", "Walk to the service centre, m"),
        "walk_m": ("平均步行（米）", "Mean walk, m"),
        "mean_walk_m": ("平均步行（米）", "Mean walk, m"),
        "units": ("基本单元", "Blocks"),
        "compactness": ("紧凑度", "Compactness"),
        "firmness": ("在此划界的好方案", "Good plans with this line"),
        "length_m": ("长度（米）", "Length, m"),
        "rank": ("次序", "Rank"),
        "saved_mean_m": ("平均少走（米）", "Mean walk saved, m"),
        "saved_p90_m": ("最多一成少走（米）", "Saved by the top tenth, m"),
        "share_50m": ("少走 50 米以上的居民", "Residents who save 50 m"),
        "area_m2": ("面积（平方米）", "Floor area, m²"),
        "office_address": ("办公地址", "Office"),
        "office_hours": ("办公时间", "Office hours"),
        "hours": ("开放时间", "Hours"),
        "phone": ("电话", "Phone"),
        "services": ("服务事项", "Services"),
        "property_company": ("物业公司", "Property company"),
        "employer": ("所属单位", "Employer"),
        "enclosure": ("围合", "Enclosure"),
        "management": ("管理", "Management"),
        "kind": ("类型", "Kind"),
        "status": ("状态", "Status"),
        "cause": ("原因", "Cause"),
        "class": ("孤立情况", "Isolation"),
        "name": ("名称", "Name"),
        "code": ("编码", "Code"),
    }
)
SHARES = ("reach_300", "reach_500", "share_50m", "firmness")
"""Columns that are shares of 0 to 1 and are shown in per cent."""

PHRASES = MappingProxyType(
    {
        "illustrative": ("示意数据", "Illustrative data"),
        "legend": ("图例", "Legend"),
        "layers": ("图层", "Layers"),
        "zoom_in": ("放大", "Zoom in"),
        "zoom_out": ("缩小", "Zoom out"),
        "ground": ("底图", "Ground"),
        "ways": ("主要道路", "Main roads"),
        "borders": ("边界的稳固程度", "How firm the borders are"),
        "firmness_firm": ("九成以上的好方案在此划界", "90 % of good plans or more draw the line here"),
        "firmness_likely": ("一半以上的好方案在此划界", "50 % of good plans or more"),
        "firmness_open": ("不到一半的好方案在此划界", "less than 50 % of good plans"),
        "firmness_drawn": ("大社区边界", "border of a mega-community"),
        "firmness_fixed": (
            "街道边界，或有围墙、河流、铁路阻隔",
            "border of a street, or held by a wall, river or railway",
        ),
        "border": ("{number} 号边界", "Border {number}"),
        "unnamed": ("未命名", "No name"),
        "region": ("大社区 {number}", "Mega-community {number}"),
        "proposal": ("建议开口 {number}", "Proposed gate {number}"),
        "grid": ("网格 {number}", "Grid {number}"),
        "noscript": ("此地图需要浏览器允许脚本运行。", "This map needs scripts to be allowed in the browser."),
    }
)

_VOCABULARIES: dict[tuple[str, str], str] = {
    ("isolation", "class"): "isolation.class",
    ("isolation", "cause"): "isolation.cause",
    ("compounds", "enclosure"): "enclosure",
    ("compounds", "management"): "management",
    ("communities", "kind"): "community.kind",
    ("streets", "kind"): "street.kind",
    ("grids", "kind"): "grid.kind",
    ("centres", "kind"): "centre.kind",
    ("facilities", "kind"): "facility.kind",
    ("gates", "kind"): "gate.kind",
    ("gates", "access"): "gate.access",
    ("regions", "status"): "region.status",
}


def phrase(key: str, lang: Lang, **params: object) -> str:
    """A phrase in the language."""
    return PHRASES[key][LANGS.index(lang)].format(**params)


def label(column: str, lang: Lang) -> str:
    """A column's name as people read it; the column's own where there is none."""
    return LABELS[column][LANGS.index(lang)] if column in LABELS else column


def term(vocabulary: Vocabulary, code: object, lang: Lang) -> str:
    """A value's word; the value itself where the vocabulary lacks it."""
    found = vocabulary.get(str(code))
    return str(code) if found is None else (found.zh if lang == "zh" else found.en)


def vocabulary_of(layer: str, column: str) -> Vocabulary | None:
    """The vocabulary that a layer's column draws on."""
    key = _VOCABULARIES.get((layer, column))
    return GLOSSARY[key] if key else None
