"""The web server: gunicorn in the foreground, and a worker for long work beside it."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from gridmap.database.engine import make_engine
from gridmap.domain.errors import InputError, UnavailableError
from gridmap.services.settings import Settings
from gridmap.web import logs, route
from gridmap.web.app import create_app

_THREADS = 4
"""Requests that one worker process answers at a time; most of each is waiting for the database."""


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


def check_address(host: str, port: int) -> None:
    """Refuse an address that others can reach, and a port that is taken.

    Raises
    ------
    InputError
        There are no accounts yet, so only the loopback address may be listened on.
    UnavailableError
        Something else listens there.
    """
    if host != "localhost" and not _is_loopback(host):
        raise InputError(
            "gridmap has no accounts yet, so it listens on this machine only; {host} is not a loopback address. "
            "Use 127.0.0.1.",
            host=host,
        )
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def long_work() -> Iterator[None]:
    """A worker for long work in a process of its own; it ends with this one, however this one ends.

    The worker leaves when the pipe that this process holds closes, which the system sees to even after a kill.
    """
    command = [sys.executable, "-m", "gridmap", "work"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as worker:  # noqa: S603  # our own command
        try:
            yield
        finally:
            if worker.stdin is not None:
                worker.stdin.close()


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
            make_engine(url), lang=settings.lang, numbers=settings.numbers, navigation_apps=settings.navigation_apps
        )
        route.prepare(app)
        return app

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": _THREADS,
        "timeout": 60,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "proc_name": "gridmap",
        "when_ready": lambda server: ready(),  # noqa: ARG005  # gunicorn hands its server over
    }
    logs.configure(settings.logged)
    with long_work():
        _Server(make_app, options).run()
