"""Who may see and do what: one table of views, one of layers; whatever has no row is denied.

The roles, their permissions and how far they reach stand in `gridmap.domain.accounts`. A permission has two faces that
can't disagree: `check_layer` and `check_place` for a single thing, `visible_layers` and `session.scope` for a query.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from flask import g, request

from gridmap.database.scopes import covers
from gridmap.domain.accounts import Asker, Permission
from gridmap.domain.errors import ForbiddenError, InputError, LoginError, NotFoundError
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS, Layer
from gridmap.web import session
from gridmap.web.reading import connection

VIEWS: Mapping[str, Permission] = MappingProxyType(
    {
        "files.static": "public",
        "operations.alive": "alive",
        "operations.ready": "alive",
        "operations.openapi": "public",
        "operations.authority": "public",
        "api.locate": "public",
        "api.search": "public",
        "route.route": "public",
        "route.nearby": "public",
        "api.place": "look",
        "api.themes": "look",
        "api.analyses": "look",
        "api.features": "public",
        "isolation.what_if": "weigh",
        "isolation.gates": "weigh",
        "isolation.readiness": "look",
        "isolation.neighbours": "look",
        "isolation.kept": "weigh",
        "isolation.keep": "weigh",
        "isolation.forget": "weigh",
        "isolation.scenario": "weigh",
        "isolation.export": "look",
        "reach.export": "look",
        "survey.index": "correct",
        "survey.settle": "correct",
        "survey.put": "correct",
        "survey.drop": "correct",
        "plans.index": "look",
        "plans.regions": "look",
        "plans.assignment": "look",
        "proposals.index": "look",
        "proposals.ask": "plan",
        "proposals.review": "look",
        "proposals.borders": "look",
        "proposals.border": "look",
        "proposals.report": "look",
        "proposals.report_pdf": "look",
        "plans.export": "look",
        "plans.state": "look",
        "plans.blocks": "look",
        "plans.walks": "look",
        "plans.compare": "look",
        "plan_acts.act": "plan",
        "plans.shared_state": "public",
        "plans.shared_blocks": "public",
        "plans.shared_walks": "public",
        "plan_pages.index": "look",
        "plan_pages.start": "plan",
        "plan_pages.show": "look",
        "plan_pages.compare": "look",
        "plan_pages.report": "look",
        "plan_pages.work_out_report": "plan",
        "plan_pages.shared": "public",
        "grid_pages.show": "look",
        "grid_pages.start": "plan",
        "grid_pages.draft": "look",
        "tiles.tilejson": "public",
        "tiles.tile": "public",
        "pages.index": "public",
        "pages.about": "public",
        "public.place": "public",
        "public.plate": "public",
        "public.qr": "public",
        "my.index": "own",
        "my.walk": "own",
        "my.place": "own",
        "login.form": "public",
        "login.log_in": "public",
        "login.log_out": "own",
        "login.account": "own",
        "login.change_password": "own",
        "administration.index": "administer",
        "administration.add": "administer",
        "administration.change": "administer",
        "vacancies.index": "name",
        "posts.place": "name",
        "posts.choose": "name",
        "posts.name": "name",
        "posts.end": "name",
        "posts.change": "name",
        "nominations.index": "name",
        "nominations.place": "name",
        "nominations.make": "name",
        "nominations.close": "name",
        "nominations.sheet": "name",
        "nominations.decide": "name",
        "nominations.form": "public",
        "nominations.send": "public",
        "nominations.qr": "public",
        "rosters.index": "name",
        "rosters.send": "name",
        "rosters.choose": "name",
        "rosters.copy": "name",
        "rosters.people": "name",
        "rosters.load": "name",
        "rosters.withdraw": "name",
        "imports.index": "load",
        "imports.send": "load",
        "imports.undo": "load",
        "imports.show": "load",
        "imports.state": "load",
        "imports.features": "load",
        "imports.report": "load",
        "imports.table": "load",
        "imports.again": "load",
        "imports.load": "load",
        "imports.cancel": "load",
        "corrections.show": "correct",
        "corrections.correct": "correct",
    }
)
"""The permission that each view asks for, by endpoint. A test holds it against the app's own list of addresses."""

_PUBLIC_PART = MappingProxyType({"leaders": ("role", "place_code", "status", "cause")})
"""Of a layer about people: the columns that tell of no person."""

_HIDDEN = frozenset({"staff", "assignments"})
"""Layers that have no address at all."""

_LAYERS: Mapping[str, Layer] = MappingProxyType({**DISTRICT_LAYERS, **RESULT_LAYERS})

_FOR_LOOKERS = tuple(
    name for name, layer in _LAYERS.items() if name not in _HIDDEN and (not layer.personal or name in _PUBLIC_PART)
)
_FOR_EVERYONE = tuple(name for name in DISTRICT_LAYERS if name in _FOR_LOOKERS and name != "members")
"""The district as it is, and its grids; no result that is still under discussion."""


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


def check_origin() -> None:
    """Refuse a change that another site's page sends with this browser's session.

    Every browser of the last years says where a form comes from, by `Sec-Fetch-Site` or `Origin`.

    Raises
    ------
    ForbiddenError
        It comes from elsewhere, or doesn't say from where.
    """
    if request.endpoint is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = site == "same-origin" if site is not None else origin == request.host_url.rstrip("/")
    if not ours:
        raise ForbiddenError("This change was sent from another page than ours, so nothing was changed.")


def check_view() -> None:
    """Deny the request unless its view has a row that the asker's grants cover; unknown addresses pass on to their 404.

    Raises
    ------
    LoginError
        Somebody without an account asks for what needs one.
    ForbiddenError
        The asker's role lacks the permission, or the view has no row.
    """
    if request.endpoint is None:
        return
    permission = VIEWS.get(request.endpoint)
    if permission is None:
        raise ForbiddenError("Nobody may see this.")
    if permission == "alive" or (asker := session.asker()).may(permission):
        return
    if asker.id is None:
        if g.get("session_over"):
            raise LoginError("Your session has ended. Log in again.")
        raise LoginError("This is for people with an account. Log in first.")
    raise ForbiddenError("Your account isn't made for this. An administrator can say which one is.")


def visible_layers(asker: Asker) -> tuple[str, ...]:
    """Names of the layers that the asker may read: what every query over several layers is restricted to."""
    if asker.may("look"):
        return _FOR_LOOKERS
    return _FOR_EVERYONE if asker.may("public") else ()


def check_layer(name: str, asker: Asker) -> Layer:
    """The layer of that name, if the asker may read it; one that may not be read is as unknown as one that isn't there.

    Raises
    ------
    NotFoundError
        There is no such layer for the asker.
    """
    if name not in visible_layers(asker):
        raise NotFoundError("There is no layer {layer}.", layer=name[:80])
    return _LAYERS[name]


def visible_columns(layer: Layer) -> tuple[str, ...]:
    """The columns of a layer that may be shown: all, or of a layer about people those that tell of no person."""
    return _PUBLIC_PART.get(layer.name, layer.names)


def check_place(code: str, permission: Permission) -> None:
    """Deny unless the asker has the permission at this place.

    Raises
    ------
    NotFoundError
        There is no such place in the asker's scope: whether it is elsewhere isn't told.
    """
    if not session.asker().may(permission) or not covers(connection(), session.scope(), code):
        raise NotFoundError("There is no place with the code {code} that is yours to look after.", code=code[:80])
