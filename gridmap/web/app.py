"""The application factory."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from gridmap import resources
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.web import (
    access,
    administration,
    answers,
    api,
    arguments,
    corrections,
    files,
    grid_pages,
    headers,
    imports,
    isolation,
    kept,
    language,
    login,
    logs,
    my,
    navigation,
    nominations,
    operations,
    plan_acts,
    plan_pages,
    plans,
    posts,
    problems,
    proposals,
    proxies,
    public,
    reach,
    reading,
    rosters,
    route,
    session,
    survey,
    tiles,
    vacancies,
)

DEFAULT_TILE_CACHE = 64 * 2**20
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def create_app(
    engine: Engine,
    *,
    lang: str = "zh",
    numbers: Numbers = DEFAULT_NUMBERS,
    trusted_hosts: Sequence[str] | None = LOOPBACK_HOSTS,
    trusted_proxies: Sequence[str] = (),
    desk: bool = True,
    authority: Path | None = None,
    tile_cache_bytes: int = DEFAULT_TILE_CACHE,
    navigation_apps: Sequence[str] = (),
    upload_mb: int = 200,
    testing: bool = False,
) -> Flask:
    """The web application on a database that is migrated.

    Parameters
    ----------
    engine
        Pool of connections; made after a worker process forked, not before.
    lang
        Language of those who chose none: zh or en.
    numbers
        The numbers of the field.
    trusted_hosts
        Names under which the app may be asked for (without port); None lets any name in.
    trusted_proxies
        Addresses or networks of the proxies whose word about the asker is believed.
    desk
        Whether nobody but this machine can reach the server: whoever sits at it then sees the map without a login.
    authority
        The file of the authority that phones are to trust, where `gridmap tls self-signed` made one.
    tile_cache_bytes
        Most bytes of finished tiles that this process keeps.
    navigation_apps
        The apps that walks are handed on to by a link, of `navigation.APPS`.
    upload_mb
        Megabytes of a file that is brought in by the page.
    testing
        Let faults through to the caller instead of answering 500.
    """
    app = Flask("gridmap.web", static_folder=None, template_folder=str(resources.folder("templates")))
    app.config.update(
        TESTING=testing,
        MAX_CONTENT_LENGTH=2**20,
        MAX_FORM_MEMORY_SIZE=2**18,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["gridmap.numbers"] = numbers
    app.extensions["gridmap.authority"] = authority
    logs.init_app(app)
    if trusted_hosts is not None:
        trusted = frozenset(trusted_hosts)
        app.before_request(lambda: access.check_host(trusted))
    app.before_request(access.check_origin)
    app.before_request(access.check_view)
    arguments.init_app(app)
    language.init_app(app, default=lang)
    answers.init_app(app)
    reading.init_app(app, engine)
    session.init_app(app, desk=desk and not trusted_proxies)
    proxies.init_app(app, trusted_proxies)
    kept.init_app(app)
    problems.init_app(app)
    headers.init_app(app)
    files.init_app(app)
    tiles.init_app(app, cache_bytes=tile_cache_bytes)
    route.init_app(app, engine, numbers)
    isolation.init_app(app, engine, numbers)
    navigation.init_app(app, navigation_apps)
    imports.init_app(app, upload_mb)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(reach.blueprint)
    app.register_blueprint(plans.blueprint)
    app.register_blueprint(proposals.blueprint)
    app.register_blueprint(plan_acts.blueprint)
    app.register_blueprint(plan_pages.blueprint)
    app.register_blueprint(grid_pages.blueprint)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(login.blueprint)
    app.register_blueprint(my.blueprint)
    app.register_blueprint(administration.blueprint)
    app.register_blueprint(vacancies.blueprint)
    app.register_blueprint(posts.blueprint)
    app.register_blueprint(nominations.blueprint)
    app.register_blueprint(corrections.blueprint)
    app.register_blueprint(survey.blueprint)
    app.register_blueprint(rosters.blueprint)
    if find_spec("gridmap.web.pages") is not None:
        from gridmap.web.pages import bp  # noqa: PLC0415

        app.register_blueprint(bp)
    return app
