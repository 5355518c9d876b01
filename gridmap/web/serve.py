"""The web server: gunicorn in the foreground, and a worker for long work beside it."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from gridmap.database.engine import make_engine
from gridmap.domain.errors import InputError, UnavailableError
from gridmap.services.settings import Settings
from gridmap.services.tls import check_files, own_names
from gridmap.web import logs, route
from gridmap.web.app import LOOPBACK_HOSTS, create_app
from gridmap.web.proxies import networks

_THREADS = 4
"""Requests that one worker process answers at a time; most of each is waiting for the database."""


_PAUSE_S = 2.0
"""Seconds after which another worker follows one that ended, so that one that can't start doesn't try without end."""

_log = logging.getLogger(__name__)


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, set up from our settings instead of its own command line and files."""

    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the app, in the worker that will answer with it."""
        return self._make_app()


def check_address(settings: Settings) -> None:
    """Refuse an address that others can reach without TLS, a certificate that can't be used, and a port that is taken.

    Raises
    ------
    InputError
        Others could read along, unless it was said in words that they may; or the certificate is no good.
    UnavailableError
        Something else listens there.
    """
    host, port, tls = settings.host, settings.port, settings.tls
    if tls is not None:
        check_files(*tls)
    elif not settings.local and not settings.without_tls:
        raise InputError(
            "Others can reach {host}, and without TLS passwords would cross the network in the clear. Make a "
            "certificate with `gridmap tls self-signed`, or name your own by GRIDMAP_TLS_CERTIFICATE and "
            "GRIDMAP_TLS_KEY; if a server in front does TLS, or you accept the risk, add --without-tls.",
            host=host,
        )
    networks(settings.named("trusted_proxies"))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                "Can't listen on {host}:{port} ({reason}); stop what runs there, or choose another --port.",
                host=host,
                port=port,
                reason=error.strerror,
            ) from error


@contextmanager
def long_work() -> Iterator[None]:
    """A worker for long work in a process of its own, and another one whenever one ends before its time.

    The worker leaves when the pipe that this process holds closes, which the system sees to even after a kill.
    """
    command = [sys.executable, "-m", "gridmap", "work"]
    there, here = os.pipe()
    over = threading.Event()

    def keep() -> None:
        while True:
            with subprocess.Popen(command, stdin=there) as worker:  # noqa: S603  # our own command
                worker.wait()
            if over.wait(_PAUSE_S):
                return
            _log.warning("the worker for long work ended; another one is started")

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        os.close(here)
        keeper.join()
        os.close(there)


def _end_at_once(_server: object, worker: Any) -> None:
    """End a worker that has answered its last request without tearing Python down around its threads.

    One that makes the map of walks is in compiled code for seconds; it would wake up in a module that is gone.
    """
    if worker.booted:  # one that couldn't start says so by its exit code
        os._exit(0)


def trusted_hosts(settings: Settings) -> tuple[str, ...]:
    """The names that the server answers to: those that are set, else the loopback's or, where others reach it, its own.

    The loopback's are always among them.
    """
    if settings.local:
        return tuple(dict.fromkeys((*LOOPBACK_HOSTS, *settings.named("trusted_hosts"))))
    named = settings.named("trusted_hosts") or (*own_names(), settings.host)
    return tuple(dict.fromkeys((*LOOPBACK_HOSTS, *named)))


def serve(settings: Settings, url: str, *, ready: Callable[[], None]) -> None:
    """Answer requests on the settings' address until a signal ends it.

    Parameters
    ----------
    settings
        Address, language, numbers, workers.
    url
        The address of the migrated database.
    ready
        Called when requests are answered.
    """

    def make_app() -> Flask:
        app = create_app(
            make_engine(url),
            lang=settings.lang,
            numbers=settings.numbers,
            trusted_hosts=trusted_hosts(settings),
            trusted_proxies=settings.named("trusted_proxies"),
            desk=settings.local,
            authority=settings.authority,
            navigation_apps=settings.navigation_apps,
            upload_mb=settings.upload_mb,
        )
        route.prepare(app)
        return app

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "forwarded_allow_ips": "",  # proxies are named to `create_app` alone
        "worker_class": "gthread",
        "threads": _THREADS,
        "timeout": 60,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "proc_name": "gridmap",
        "when_ready": lambda server: ready(),  # noqa: ARG005  # gunicorn hands its server over
        "worker_exit": _end_at_once,
    }
    if settings.tls is not None:
        options["certfile"], options["keyfile"] = map(str, settings.tls)
    logs.configure(settings.logged)
    with long_work():
        _Server(make_app, options).run()
