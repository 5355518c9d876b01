"""Who may see what: one table of views, one of layers; whatever has no row is denied.

A permission has two faces that can't disagree: `check_layer` for a single thing, `visible_layers` for a query.
Until accounts exist there are two kinds of askers: whoever sits at this machine (`desk`), and everybody else, who
may only ask whether the server is alive.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from flask import g, request

from gridmap.domain.errors import ForbiddenError, InputError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS, Layer

Permission = Literal["alive", "look"]
User = Literal["desk", "outsider"]

VIEWS: Mapping[str, Permission] = MappingProxyType(
    {
        "files.static": "look",
        "operations.alive": "alive",
        "operations.ready": "alive",
        "operations.openapi": "look",
        "api.locate": "look",
        "api.search": "look",
        "api.place": "look",
        "api.themes": "look",
        "api.analyses": "look",
        "api.features": "look",
        "plans.index": "look",
        "plans.regions": "look",
        "plans.assignment": "look",
        "tiles.tilejson": "look",
        "tiles.tile": "look",
        "pages.index": "look",
        "pages.about": "look",
    }
)
"""The permission that each view asks for, by endpoint. A test holds it against the app's own list of addresses."""

GRANTS: Mapping[User, frozenset[Permission]] = MappingProxyType(
    {"desk": frozenset({"alive", "look"}), "outsider": frozenset({"alive"})}
)

_PUBLIC_PART = MappingProxyType({"leaders": ("role", "place_code", "status", "cause")})
"""Of a layer about people: the columns that tell of no person."""

_HIDDEN = frozenset({"staff", "assignments"})
"""Layers that have no address at all."""

_LAYERS: Mapping[str, Layer] = MappingProxyType({**DISTRICT_LAYERS, **RESULT_LAYERS})

VISIBLE: Mapping[User, tuple[str, ...]] = MappingProxyType(
    {
        "desk": tuple(
            name
            for name, layer in _LAYERS.items()
            if name not in _HIDDEN and (not layer.personal or name in _PUBLIC_PART)
        ),
        "outsider": (),
    }
)
"""The layers that each kind of asker may read."""


def user() -> User:
    """Who asks: `desk` from the loopback address, else `outsider`."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "outsider"
    mapped = getattr(address, "ipv4_mapped", None)
    return "desk" if (mapped or address).is_loopback else "outsider"


def check_host(trusted: Collection[str]) -> None:
    """Refuse a request for a host name that isn't ours, so that no other site's name can be pointed at this server.

    Flask's own `TRUSTED_HOSTS` can't name an IPv6 address.

    Raises
    ------
    InputError
        The name is none of the trusted ones.
    """
    try:
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        name = None
    if name not in trusted:
        raise InputError("This server doesn't answer by the name {name}.", name=(name or "")[:80])


def check_view() -> None:
    """Deny the request unless its view has a row that the asker's grants cover; unknown addresses pass on to their 404.

    Raises
    ------
    ForbiddenError
        The asker lacks the permission, or the view has no row.
    """
    g.user = user()
    if request.endpoint is None:
        return
    permission = VIEWS.get(request.endpoint)
    if permission is None or permission not in GRANTS[g.user]:
        raise ForbiddenError("Until accounts exist gridmap can be used on the machine it runs on only.")


def visible_layers(asker: User) -> tuple[str, ...]:
    """Names of the layers that the asker may read: what every query over several layers is restricted to."""
    return VISIBLE[asker]


def check_layer(name: str, asker: User) -> Layer:
    """The layer of that name, if the asker may read it; one that may not be read is as unknown as one that isn't there.

    Raises
    ------
    NotFoundError
        There is no such layer for the asker.
    """
    if name not in VISIBLE[asker]:
        raise NotFoundError("There is no layer {layer}.", layer=name[:80])
    return _LAYERS[name]


def visible_columns(layer: Layer) -> tuple[str, ...]:
    """The columns of a layer that may be shown: all, or of a layer about people those that tell of no person."""
    return _PUBLIC_PART.get(layer.name, layer.names)
