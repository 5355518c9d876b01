"""Naming, ending, correcting in the browser's forms: who may, what is refused in words, and what is written down."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from gridmap.database import changes, posts
from gridmap.services.leaders import LEADERS
from gridmap.services.stored_analyses import analyse_database
from tests.fixtures.askers import OURS, As
from tests.fixtures.districts import URBAN, VILLAGE

STAIRWELL, COMPOUND, GATE = f"{URBAN}-A-1-1", f"{URBAN}-A", f"{URBAN}-A-G"


def send(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    response = client.post(address, data=form, headers=OURS)
    return response.status_code, response.get_data(as_text=True)


def name(client: FlaskClient, place: str = STAIRWELL, **form: str) -> tuple[int, str]:
    given = {"role": "stairwell", "person": "P1", "since": "2026-05-01"} | form
    return send(client, f"/posts/{place}/name", **given)


def looks(engine: Engine) -> list[tuple[str, str | None, list[str]]]:
    with engine.connect() as connection:
        lines = changes.log_lines(connection, limit=1000)
    return [(line.actor, line.subject, line.detail["people"]) for line in reversed(lines) if line.action == "look"]


ADDRESSES = ["/posts", f"/posts/{STAIRWELL}", f"/posts/{STAIRWELL}/name?role=stairwell", f"/corrections/{GATE}"]
TABLE = {
    "resident": [303, 303, 303, 303],
    "leader": [403, 403, 403, 404],
    "staff": [200, 200, 200, 200],
    "villager": [200, 404, 404, 404],
    "planner": [403, 403, 403, 403],
    "official": [200, 200, 200, 200],
    "administrator": [200, 200, 200, 200],
}


@pytest.mark.parametrize("role", TABLE)
def test_each_role_reaches_its_own(as_: As, role: str) -> None:
    client = as_(role)
    assert [client.get(address).status_code for address in ADDRESSES] == TABLE[role]


@pytest.mark.parametrize("role", ["resident", "leader", "villager", "planner"])
def test_nobody_else_s_form_is_taken(as_: As, town_database: Engine, role: str) -> None:
    client = as_(role)
    forms = {
        f"/posts/{STAIRWELL}/name": {"role": "stairwell", "person": "P1", "since": "2026-05-01"},
        f"/posts/{STAIRWELL}/terms/1": {"until": "2026-05-01"},
        f"/posts/{STAIRWELL}/people/P1": {"title": "x"},
        f"/corrections/{GATE}": {"access": "closed", "seen_access": "public"},
    }
    assert all(send(client, address, **form)[0] in (401, 403, 404) for address, form in forms.items())
    with town_database.connect() as connection:
        assert posts.terms(connection, STAIRWELL) == []


def test_a_leader_corrects_the_gate_of_their_own_compound_only(as_: As) -> None:
    name(as_("staff"), COMPOUND, role="compound")
    leader = as_("leader")
    form = {"access": "closed", "seen_access": "public", "since": "2026-05"}
    assert send(leader, f"/corrections/{GATE}", **form)[0] == 303
    assert send(leader, f"/corrections/{URBAN}-B-G", **form)[0] == 404


def test_a_leader_is_named_and_then_seen(as_: As) -> None:
    client = as_("staff")
    status, _ = name(client)
    page = client.get(f"/posts/{STAIRWELL}?done=named").get_data(as_text=True)
    assert status == 303
    assert all(words in page for words in ("社区工作者1", "since 2026-05-01", "13906310000", "End the term"))
    assert "社区工作者1" in client.get(f"/api/places/{STAIRWELL}").get_data(as_text=True)


def test_a_proposal_says_why_it_is_this_person(as_: As, town_database: Engine) -> None:
    analyse_database(LEADERS, town_database, actor="office")
    page = as_("staff").get(f"/posts/{COMPOUND}").get_data(as_text=True)
    assert "The walk from home is" in page
    assert "Nobody else could take it." in page


def test_the_second_leader_is_a_409_that_says_who_sits_there(as_: As) -> None:
    client = as_("staff")
    name(client)
    status, page = name(client, person="P2", since="2026-06-01")
    assert status == 409
    assert "社区工作者1 holds this post already, since 2026-05-01. End that term first." in page
    assert 'value="P2" required checked' in page


def test_somebody_new_is_kept_in_the_form_when_refused(as_: As) -> None:
    given = {"person": "new", "name": "于海", "duty_phone": "call me", "published": "yes"}
    status, page = name(as_("staff"), **given)
    assert status == 400
    assert all(words in page for words in ("call me is no phone number.", 'value="于海"', 'value="call me"'))


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"since": "soon"}, 400),
        ({"since": "0206-05-01"}, 400),
        ({"since": ""}, 400),
        ({"until": "2026-04-01"}, 400),
        ({"person": ""}, 400),
        ({"person": "P99"}, 404),
        ({"role": "king"}, 400),
    ],
)
def test_a_wrong_form_is_refused_in_words(as_: As, form: dict[str, str], status: int) -> None:
    found, page = name(as_("staff"), **form)
    assert found == status
    assert 'class="notice bad"' in page or form.get("role") == "king"


def test_a_term_is_ended_and_stands_among_the_earlier_ones(as_: As, town_database: Engine) -> None:
    client = as_("staff")
    name(client)
    with town_database.connect() as connection:
        (term,) = posts.terms(connection, STAIRWELL)
    assert send(client, f"/posts/{STAIRWELL}/terms/{term.id}", until="2026-06-01")[0] == 303
    assert "Earlier terms" in client.get(f"/posts/{STAIRWELL}").get_data(as_text=True)
    status, page = send(client, f"/posts/{STAIRWELL}/terms/{term.id}", until="2026-06-01")
    assert (status, "That term has ended already, on 2026-06-01." in page) == (409, True)


def test_what_is_changed_of_a_person_is_public_at_once_if_published(as_: As) -> None:
    client = as_("staff")
    name(client, person="P3")
    place = f"/api/places/{STAIRWELL}"
    assert "0631-5680777" not in client.get(place).get_data(as_text=True)
    form = {"title": "楼长", "duty_phone": "0631-5680777", "published": "yes"}
    assert send(client, f"/posts/{STAIRWELL}/people/P3", **form)[0] == 303
    assert "0631-5680777" in client.get(place).get_data(as_text=True)


def test_every_look_at_people_is_written_down(as_: As, town_database: Engine) -> None:
    client = as_("staff")
    before = len(looks(town_database))
    client.get(f"/posts/{STAIRWELL}")
    assert looks(town_database)[before:] == []
    name(client)
    client.get(f"/posts/{STAIRWELL}")
    client.get(f"/posts/{STAIRWELL}/name?role=stairwell")
    assert looks(town_database)[before:] == [
        ("staff", STAIRWELL, ["P1"]), ("staff", STAIRWELL, ["P1", "P2", "P3", "P4"])
    ]  # fmt: skip


def test_candidates_are_those_of_the_asker_s_places(as_: As) -> None:
    page = as_("villager").get(f"/posts/{VILLAGE}/name?role=volunteer").get_data(as_text=True)
    assert "社区工作者" not in page
    assert "Nobody on the roster of your places can be named." in page


def test_vacancies_lead_to_their_places(as_: As) -> None:
    client = as_("official")
    page = client.get("/posts").get_data(as_text=True)
    places = client.get(f"/posts?community={URBAN}&role=stairwell&state=vacant").get_data(as_text=True)
    assert "32 of 32 vacant" in page
    assert f'href="/posts/{STAIRWELL}"' in places
    assert client.get(f"/posts?community={URBAN}&role=stairwell&state=held").status_code == 200
    assert as_("villager").get(f"/posts?community={URBAN}&role=stairwell").status_code == 404


@pytest.mark.parametrize(
    ("role", "actions"),
    [("staff", [f"/posts/{COMPOUND}", f"/corrections/{COMPOUND}"]), ("villager", []), ("planner", [])],
)
def test_a_card_offers_what_the_asker_may_do(as_: As, role: str, actions: list[str]) -> None:
    card = as_(role).get(f"/api/places/{COMPOUND}").get_json()
    assert [action["href"] for action in card["actions"]] == actions


@pytest.mark.parametrize(("role", "recorder"), [("staff", True), ("planner", False)])
def test_who_recorded_a_correction_is_for_those_who_may_see_people(as_: As, role: str, recorder: bool) -> None:
    official = as_("official")
    send(official, f"/corrections/{GATE}", access="closed", seen_access="public", since="2026-05")
    card = as_(role).get(f"/api/places/{GATE}").get_data(as_text=True)
    assert "closed since 2026-05, recorded " in card
    assert ("by official" in card) == recorder


def test_a_correction_that_comes_second_is_told(as_: As) -> None:
    client = as_("staff")
    form = {"access": "closed", "seen_access": "public", "since": "2026-05-10"}
    assert send(client, f"/corrections/{GATE}", **form)[0] == 303
    status, page = send(client, f"/corrections/{GATE}", **(form | {"access": "residents"}))
    assert (status, "Somebody else has changed this meanwhile." in page) == (409, True)
    assert "public → closed" in client.get(f"/corrections/{GATE}").get_data(as_text=True)


def test_the_log_is_read_in_words(as_: As) -> None:
    staff = as_("staff")
    name(staff, person="P3")
    send(staff, f"/posts/{STAIRWELL}/people/P3", title="楼长", published="yes")
    send(staff, f"/corrections/{GATE}", access="closed", seen_access="public", since="2026-05")
    page = as_("administrator").get("/admin").get_data(as_text=True)
    wanted = ("named somebody", "Title: 社区工作者 → 楼长", "Published: No → Yes", "Who may pass: public → closed")
    assert [words for words in wanted if words not in page] == []
    assert "{&#39;" not in page


def test_the_log_is_paged(as_: As) -> None:
    client = as_("administrator")
    for _time in range(51):
        client.get(f"/posts/{STAIRWELL}/name?role=stairwell")
    first = client.get("/admin").get_data(as_text=True)
    assert "Earlier ones" in first
    older = first.split('href="/admin?before=')[1].split("#")[0]
    assert "The latest" in client.get(f"/admin?before={older}").get_data(as_text=True)
    assert client.get("/admin?before=x").status_code == 400


def test_a_compound_s_gates_are_corrected_from_its_own_page(as_: As) -> None:
    page = as_("staff").get(f"/corrections/{COMPOUND}").get_data(as_text=True)
    assert f'href="/corrections/{GATE}"' in page
    assert "south gate" in page


def test_a_leader_gets_from_their_places_to_what_is_wrong_there(as_: As) -> None:
    name(as_("staff"), COMPOUND, role="compound")
    assert f'href="/corrections/{COMPOUND}"' in as_("leader").get(f"/my/{COMPOUND}").get_data(as_text=True)


def test_residents_read_what_was_corrected_and_not_by_whom(as_: As) -> None:
    send(as_("official"), f"/corrections/{GATE}", access="closed", seen_access="public", since="2026-05")
    page = as_("resident").get(f"/p/{GATE}").get_data(as_text=True)
    assert "closed since 2026-05, recorded on" in page
    assert "official" not in page
