"""Proxies in front: what they say of the asker is believed of those that the settings name, and of nobody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gridmap.domain.errors import InputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Wsgi = Callable[..., Iterable[bytes]]


def networks(named: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks (`10.0.0.0/24`) as networks.

    Raises
    ------
    InputError
        One of them is neither.
    """
    found = []
    for name in named:
        try:
            found.append(ipaddress.ip_network(name, strict=False))
        except ValueError as error:
            raise InputError("{name} is neither an address nor a network of proxies.", name=name[:80]) from error
    return tuple(found)


class _NamedProxies:
    """One proxy between the asker and us, if it is a named one; of others' word only that there was one is kept."""

    def __init__(self, app: _Wsgi, trusted: tuple[Network, ...]) -> None:
        self._app = app
        self._behind_proxy = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return self._behind_proxy(environ, start_response)
        return self._app(environ, start_response)

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        plain = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(plain in network for network in self._trusted)


def init_app(app: Flask, trusted: Sequence[str]) -> None:
    """Listen to these proxies."""
    if trusted:
        app.wsgi_app = _NamedProxies(app.wsgi_app, networks(trusted))  # type: ignore[method-assign]
