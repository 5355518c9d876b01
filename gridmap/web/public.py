"""What everybody may see without a login: the page of a place, its door plate, and the plate's QR code."""

from __future__ import annotations

import io
import ipaddress
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, render_template, url_for

from gridmap.database import public as database
from gridmap.domain.errors import NotFoundError
from gridmap.web.access import visible_layers
from gridmap.web.answers import for_everybody, text_answer
from gridmap.web.map_config import attribution, illustrative
from gridmap.web.pages import language_words
from gridmap.web.public_page import public_page
from gridmap.web.reading import connection
from gridmap.web.session import asker

blueprint = Blueprint("public", __name__, url_prefix="/p")


def _place(code: str) -> dict[str, Any]:
    """The place of that code.

    Raises
    ------
    NotFoundError
        There is none that everybody may know of; the code of a person is as unknown as any other.
    """
    layers = tuple(name for name in database.LAYERS if name in visible_layers(asker()))
    found = database.place(connection(), code, layers=layers)
    if found is None:
        raise NotFoundError("There is no place at this address; the plate may be an old one. Search for the place.")
    return found


def public_address(code: str) -> str:
    """The whole address of a place's page, by the name that this server is asked by."""
    return url_for("public.place", code=code, _external=True)


def for_this_machine_alone(address: str) -> bool:
    """Whether other machines can't reach this address."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@blueprint.get("/<code>")
def place(code: str) -> Response:
    """Whom to call about this place, and who looks after it."""
    return for_everybody(
        render_template(
            "public.html",
            page=public_page(_place(code)),
            illustrative=illustrative(),
            attribution=attribution(),
            **language_words(),
        )
    )


@blueprint.get("/<code>/plate")
def plate(code: str) -> str:
    """The place's door plate, to print."""
    address = public_address(code)
    return render_template(
        "plate.html",
        page=public_page(_place(code)),
        address=address,
        useless=for_this_machine_alone(address),
        **language_words(),
    )


@blueprint.get("/<code>/qr.svg")
def qr(code: str) -> Response:
    """The QR code that opens the place's page."""
    return qr_code(public_address(_place(code)["code"]))


def qr_code(address: str) -> Response:
    """An address as a QR code."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", scale=8, xmldecl=False, light="#fff")
    return text_answer(drawn.getvalue().decode(), mimetype="image/svg+xml")
