"""Why a compound has its class: codes with parameters, worded in Chinese and English in one table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Wording(NamedTuple):
    """One reason in both languages, with the places of its parameters."""

    zh: str
    en: str


WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "enclosure_unknown": Wording(
            "围合情况未勘查，不能判断是否孤立", "its enclosure has not been surveyed, so it can't be judged"
        ),
        "gates_unmapped": Wording(
            "有围墙但未标出任何出入口，不能判断是否孤立", "it is walled but no gate is mapped, so it can't be judged"
        ),
        "ways_missing": Wording(
            "周边道路数据不连通，无法量算到邻近小区的步行距离",
            "the mapped ways around it don't connect, so walks to its neighbours can't be measured",
        ),
        "no_public_opening": Wording("没有公众可通行的出入口", "no opening that the public may use"),
        "gates_restricted": Wording(
            "{gates}个出入口中有{restricted}个不对公众开放",
            "{restricted} of its {gates} gates are not open to the public",
        ),
        "single_opening": Wording("只有1个公共出入口", "only one public opening"),
        "no_neighbour_reached": Wording(
            "{total}个邻近小区都走不通", "none of its {total} neighbouring compounds can be reached on foot"
        ),
        "neighbours_unreached": Wording(
            "{total}个邻近小区中有{count}个走不通",
            "{count} of its {total} neighbouring compounds can't be reached on foot",
        ),
        "indirect": Wording(
            "到邻近小区的步行距离平均是直线的{directness:.1f}倍，多走{detour:.0f}米",
            "walks to its neighbours are {directness:.1f} times the straight line on average, {detour:.0f} m longer",
        ),
        "long_blank": Wording(
            "连续{metres:.0f}米临路或临小区的边界没有开口",
            "{metres:.0f} m of boundary beside ways or neighbours without an opening",
        ),
        "barrier_cuts": Wording(
            "被河流、铁路等隔断", "cut off by a river, a railway or another barrier that can't be crossed"
        ),
        "employer_wall": Wording("单位大院的围墙阻断通行", "the wall of an employer's compound is in the way"),
        "enclave": Wording(
            "所在地块与本社区其余部分不相连，社区边界交错",
            "it lies in a piece apart from the rest of its community: boundaries interleave",
        ),
        "low_reach": Wording(
            "500米步行可达的居民只有拆除围墙情况下的{share:.0%}",
            "within 500 m on foot its people reach {share:.0%} of the households that they would without its walls",
        ),
        "office_far": Wording(
            "到最近的居委会办公地点步行{metres:.0f}米", "{metres:.0f} m on foot to the nearest committee office"
        ),
        "employer_passable": Wording(
            "单位大院，但公众可以穿行", "an employer's compound, but people can walk through it"
        ),
        "neighbours_unsurveyed": Wording(
            "{count}个邻近小区未勘查，结果可能更差",
            "{count} of its neighbours have not been surveyed, so it may be worse",
        ),
        "neighbours_unmeasured": Wording(
            "{count}个邻近小区因道路数据不连通未计入",
            "{count} of its neighbours are left out, since the mapped ways don't lead there",
        ),
        "no_neighbours": Wording("150米内没有其他小区", "no other compound within 150 m"),
        "well_connected": Wording("与邻近小区步行通畅", "well connected to its neighbours on foot"),
    }
)
"""The reasons by code."""


class Reason(NamedTuple):
    """One reason: its code and its parameters."""

    code: str
    params: dict[str, float]


def as_json(reasons: Iterable[Reason]) -> str:
    """Reasons as a JSON list of `{code, params}`."""
    return json.dumps([{"code": reason.code, "params": reason.params} for reason in reasons], ensure_ascii=False)


def worded(reasons: Iterable[Reason], language: str) -> str:
    """Reasons as one sentence in `zh` or `en`."""
    parts = [getattr(WORDINGS[reason.code], language).format(**reason.params) for reason in reasons]
    if not parts:
        return ""
    if language == "zh":
        return "；".join(parts) + "。"
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]
