"""The program's settings, read once from the environment at the edge and handed down from there."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from gridmap.domain.errors import InputError
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, UNDO_LOADS, Numbers

LANGUAGES = ("zh", "en")
TLS_FOLDER = "tls"
"""Below the home folder: what `gridmap tls self-signed` makes."""
NAVIGATION_APPS = ("amap", "baidu", "tencent")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the program keeps its data, how it is reached, and the numbers of the field.

    Every field is set by an environment variable of its name in capitals after `GRIDMAP_`; each of the numbers
    as well, for example `GRIDMAP_GRID_TARGET=350`.
    """

    home: Path = field(metadata={"help": "Folder of the private server and of what the program keeps."})
    database_url: str | None = field(
        default=None, metadata={"help": "A PostGIS server of one's own, postgresql://…; without it a private one."}
    )
    host: str = field(default="127.0.0.1", metadata={"help": "Address that `serve` listens on."})
    port: int = field(default=8000, metadata={"help": "Port that `serve` listens on."})
    tls_certificate: str | None = field(
        default=None, metadata={"help": "File of the certificate (PEM, with its chain) that `serve` shows."}
    )
    tls_key: str | None = field(default=None, metadata={"help": "File of the certificate's private key (PEM)."})
    without_tls: bool = field(
        default=False, metadata={"help": "Whether `serve` may be reached by others without TLS; true or false."}
    )
    trusted_hosts: str | None = field(
        default=None,
        metadata={"help": "Names that `serve` answers to, separated by commas; without it this machine's own."},
    )
    trusted_proxies: str | None = field(
        default=None,
        metadata={"help": "Addresses or networks of proxies whose word about the asker is believed, with commas."},
    )
    workers: int = field(default=2, metadata={"help": "Processes that answer requests."})
    lang: Literal["zh", "en"] = field(default="zh", metadata={"help": "Language where nobody chose one: zh or en."})
    upload_mb: int = field(default=200, metadata={"help": "Megabytes of a file that is brought in by the page."})
    import_minutes: int = field(default=30, metadata={"help": "Minutes that the work on such a file may take."})
    undo_loads: int = field(default=UNDO_LOADS, metadata={"help": "How many of the latest loads can be taken back."})
    log_level: str | None = field(
        default=None, metadata={"help": "debug, info, warning or error; info logs every request."}
    )
    navigation: str | None = field(
        default=None,
        metadata={"help": "Apps that walks are handed on to, out of your network: amap,baidu,tencent or some of them."},
    )
    numbers: Numbers = DEFAULT_NUMBERS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of these variables (default: the process's own).

        Raises
        ------
        InputError
            Naming the variable whose value can't be used.
        """
        given = dict(os.environ if environment is None else environment)
        values = {name[8:].lower(): value for name, value in given.items() if name.startswith("GRIDMAP_")}
        own = {item.name: item for item in fields(cls) if item.name != "numbers"}
        numbers = {item.name: item for item in fields(Numbers)}
        settings = cls(
            home=Path(values.pop("home", "") or default_home(given)).expanduser().absolute(),
            numbers=replace(DEFAULT_NUMBERS, **_converted(values, DEFAULT_NUMBERS, numbers)),
        )
        settings = replace(settings, **_converted(values, settings, own))
        for name, words in (("lang", LANGUAGES), ("log_level", LOG_LEVELS)):
            if getattr(settings, name) not in (None, *words):
                raise InputError(
                    "GRIDMAP_{name} is {value}; it can be {words}.",
                    name=name.upper(),
                    value=repr(getattr(settings, name)),
                    words=", ".join(words),
                )
        unknown = [name for name in settings.navigation_apps if name not in NAVIGATION_APPS]
        if unknown:
            raise InputError(
                "GRIDMAP_{name} is {value}; it can be {words}.",
                name="NAVIGATION",
                value=repr(settings.navigation),
                words=", ".join(NAVIGATION_APPS),
            )
        return settings

    @property
    def navigation_apps(self) -> tuple[str, ...]:
        """The apps of `navigation`, in its order."""
        return tuple(name.strip() for name in (self.navigation or "").split(",") if name.strip())

    @property
    def logged(self) -> str:
        """The level of the logs: what was set, else warning where a person reads along, and info elsewhere."""
        return self.log_level or ("warning" if sys.stderr.isatty() else "info")

    def with_address(self, host: str | None, port: int | None, *, without_tls: bool = False) -> Settings:
        """These settings with another host or port, where one is given, and with leave to go without TLS."""
        return replace(
            self, host=host or self.host, port=port or self.port, without_tls=without_tls or self.without_tls
        )

    @property
    def local(self) -> bool:
        """Whether `serve` listens on the loopback address alone."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def tls(self) -> tuple[Path, Path] | None:
        """The certificate and its key: those that are set, else where others reach the server those of `gridmap tls`.

        Raises
        ------
        InputError
            Only one of the two is set.
        """
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise InputError("GRIDMAP_TLS_CERTIFICATE and GRIDMAP_TLS_KEY go together; one of them is missing.")
        if self.tls_certificate and self.tls_key:
            return Path(self.tls_certificate).expanduser(), Path(self.tls_key).expanduser()
        made = self.home / TLS_FOLDER / "server.crt", self.home / TLS_FOLDER / "server.key"
        return made if not self.local and not self.without_tls and made[0].exists() else None

    @property
    def authority(self) -> Path | None:
        """The file of the authority that phones install, where the certificate is one of `gridmap tls`."""
        own = self.home / TLS_FOLDER
        return own / "authority.crt" if self.tls is not None and self.tls[0].parent == own else None

    def named(self, setting: Literal["trusted_hosts", "trusted_proxies"]) -> tuple[str, ...]:
        """The names of a setting that takes several."""
        return tuple(name.strip() for name in (getattr(self, setting) or "").split(",") if name.strip())


def default_home(environment: Mapping[str, str]) -> Path:
    """`$XDG_DATA_HOME/gridmap`; for root /var/lib/gridmap, since PostgreSQL's user can't enter root's home."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/gridmap")
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "gridmap"


_KINDS = MappingProxyType({bool: Note("true or false"), int: Note("a whole number"), float: Note("a number")})


def _converted(values: Mapping[str, str], defaults: object, known: Mapping[str, object]) -> dict[str, Any]:
    """The values that `known` names, each in the type of its default."""
    converted: dict[str, Any] = {}
    for name in known.keys() & values.keys():
        kind = type(getattr(defaults, name))
        try:
            if kind is bool:
                converted[name] = {"true": True, "false": False, "1": True, "0": False}[values[name].lower()]
            elif kind in (int, float):
                converted[name] = kind(values[name])
            else:
                converted[name] = values[name] or None
        except (ValueError, KeyError):
            raise InputError(
                "GRIDMAP_{name} is {value}; it takes {kind}.",
                name=name.upper(),
                value=repr(values[name]),
                kind=_KINDS[kind],
            ) from None
    return converted
