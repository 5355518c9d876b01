"""Links that hand a walk on to the navigation apps of the country, each in the coordinates that it wants.

They lead out of the network, so only those that the setting names are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from gridmap.layers import shift
from gridmap.services.settings import NAVIGATION_APPS

Point = tuple[float, float]

_KEY = "gridmap.navigation"

NAMES = MappingProxyType(
    {"amap": lazy_gettext("AMap"), "baidu": lazy_gettext("Baidu Maps"), "tencent": lazy_gettext("Tencent Maps")}
)


def _amap(point: Point, name: str) -> str:
    """AMap: GCJ-02, longitude first; its page, since its app can't be opened from inside WeChat."""
    lon, lat = shift([point], source="wgs84", target="gcj02")[0]
    to = quote(f"{lon:.6f},{lat:.6f},{name}")
    return f"https://uri.amap.com/navigation?to={to}&mode=walk&coordinate=gaode&src=gridmap"


def _baidu(point: Point, name: str) -> str:
    """Baidu: latitude first; it converts WGS84 itself."""
    lon, lat = point
    title = quote(name)
    where = quote(f"{lat:.6f},{lon:.6f}")
    return (
        f"https://api.map.baidu.com/marker?location={where}&title={title}&content={title}&coord_type=wgs84"
        "&output=html&src=gridmap"
    )


def _tencent(point: Point, name: str) -> str:
    """Tencent: latitude first; `coord_type=1` is GPS."""
    lon, lat = point
    marker = quote(f"coord:{lat:.6f},{lon:.6f};title:{name};addr:{name}")
    return f"https://apis.map.qq.com/uri/v1/marker?marker={marker}&coord_type=1&referer=gridmap"


_LINKS: Mapping[str, Callable[[Point, str], str]] = MappingProxyType(
    dict(zip(NAVIGATION_APPS, (_amap, _baidu, _tencent), strict=True))
)


def links(point: Point, name: str) -> list[dict[str, str]]:
    """A link for each app of the setting, to a point in WGS84, and one for whatever app the phone opens `geo:` with."""
    given = [
        {"app": app, "label": str(NAMES[app]), "href": _LINKS[app](point, name)} for app in current_app.extensions[_KEY]
    ]
    lon, lat = point
    here = f"{lat:.6f},{lon:.6f}"
    return [*given, {"app": "geo", "label": _("Map app of this phone"), "href": f"geo:{here}?q={here}({quote(name)})"}]


def init_app(app: Flask, apps: Sequence[str]) -> None:
    """Give links to these apps."""
    app.extensions[_KEY] = tuple(apps)
