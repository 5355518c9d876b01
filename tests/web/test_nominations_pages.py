"""The link that a community hands out, the form behind it, and the page on which what came is decided."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes
from gridmap.domain.today import today
from tests.fixtures.askers import OURS, As
from tests.fixtures.districts import URBAN

STAIRWELL = f"{URBAN}-A-1-1"


def send(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    response = client.post(address, data=form, headers=OURS, follow_redirects=True)
    return response.status_code, response.get_data(as_text=True)


def made(client: FlaskClient, place: str = URBAN) -> str:
    """The address of a new link's form."""
    _, page = send(client, f"/nominations/{place}/link", until=str(today() + timedelta(days=30)))
    return re.search(r'href="http://localhost(/n/[\w-]+)"', page)[1]


def test_the_community_makes_a_link(as_: As) -> None:
    assert (
        "The link is open."
        in send(as_("staff"), f"/nominations/{URBAN}/link", until=str(today() + timedelta(days=30)))[1]
    )


def test_its_form_lists_the_stairwells_without_a_leader(as_: As) -> None:
    address = made(as_("staff"))
    assert f'value="{STAIRWELL}"' in as_("resident").get(address).get_data(as_text=True)


def test_a_resident_without_an_account_nominates(as_: As) -> None:
    address = made(as_("staff"))
    status, page = send(as_("resident"), address, place=STAIRWELL, name="于海")
    assert (status, "Thank you." in page) == (200, True)


def test_the_link_of_one_stairwell_asks_for_none(as_: As) -> None:
    address = made(as_("staff"), STAIRWELL)
    assert "<select" not in as_("resident").get(address).get_data(as_text=True)


def test_what_was_written_stays_in_the_form_that_is_refused(as_: As) -> None:
    address = made(as_("staff"))
    status, page = send(as_("resident"), address, place=STAIRWELL, name="于海", phone="call me")
    assert (status, "no phone number" in page, 'value="于海"' in page) == (400, True, True)


def test_a_link_that_never_was_is_not_found(as_: As) -> None:
    response = as_("resident").get("/n/no-such-token")
    assert (response.status_code, "This link has ended." in response.get_data(as_text=True)) == (404, True)


def test_what_came_waits_on_the_community_s_page(as_: As) -> None:
    staff = as_("staff")
    send(as_("resident"), made(staff), place=STAIRWELL, name="于海")
    assert "于海" in staff.get(f"/nominations/{URBAN}").get_data(as_text=True)


def test_the_page_of_posts_says_that_something_waits(as_: As) -> None:
    staff = as_("staff")
    send(as_("resident"), made(staff), place=STAIRWELL, name="于海")
    assert "1 nomination waits for a decision" in staff.get("/posts").get_data(as_text=True)


def test_who_is_accepted_can_be_named_at_once(as_: As) -> None:
    staff = as_("staff")
    send(as_("resident"), made(staff), place=STAIRWELL, name="于海")
    number = re.search(r"/nominations/decisions/(\d+)", staff.get("/nominations").get_data(as_text=True))[1]
    _, page = send(staff, f"/nominations/decisions/{number}", decision="accept")
    assert re.search(r'value="[^"]+" required checked>\s*<span><b>于海</b>', page)


def test_a_decision_that_comes_second_is_told(as_: As) -> None:
    status, page = send(as_("staff"), "/nominations/decisions/999", decision="decline")
    assert (status, "somebody has decided already" in page) == (412, True)


def test_the_sheet_carries_the_link(as_: As) -> None:
    staff = as_("staff")
    address = made(staff)
    page = staff.get(f"/nominations/{URBAN}/sheet").get_data(as_text=True)
    assert (f"http://localhost{address}<" in page, f"{address}/qr.svg" in page) == (True, True)


def test_the_qr_code_is_drawn(as_: As) -> None:
    address = made(as_("staff"))
    assert as_("resident").get(f"{address}/qr.svg").mimetype == "image/svg+xml"


def test_every_look_is_written_down(as_: As, town_database: Engine) -> None:
    staff = as_("staff")
    send(as_("resident"), made(staff), place=STAIRWELL, name="于海")
    staff.get(f"/nominations/{URBAN}")
    with town_database.connect() as connection:
        line = changes.log_lines(connection, limit=1)[0]
    assert (line.actor, line.action, line.subject) == ("staff", "look", URBAN)
