"""Nominations: who can be nominated by which link, what is refused, and what becomes of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from gridmap.database import changes, nominations, posts
from gridmap.database.scopes import DISTRICT, Scope
from gridmap.domain.errors import ConflictError, InputError, NotFoundError, TooManyError
from gridmap.domain.today import today
from gridmap.services import nominations as service
from gridmap.services.posts import name_somebody
from tests.fixtures.districts import URBAN, VILLAGE

STAIRWELL, BUILDING, COMPOUND, GATE = f"{URBAN}-A-1-1", f"{URBAN}-A-1", f"{URBAN}-A", f"{URBAN}-A-G"
MINE, THEIRS = Scope(communities=(URBAN,)), Scope(communities=(VILLAGE,))


def link(engine: Engine, place: str = URBAN, days: int = 30, scope: Scope = MINE) -> str:
    return service.make_link(engine, scope, place=place, until=today() + timedelta(days=days), actor="赵")


def nominate(engine: Engine, token: str, place: str = STAIRWELL, name: str = "于海", **more: object) -> None:
    service.nominate(engine, token, place=place, name=name, **more)


def waiting(engine: Engine, scope: Scope = MINE, place: str = "") -> list[nominations.Nomination]:
    with engine.connect() as connection:
        return nominations.waiting(connection, scope, place=place, most=100)


def open_stairwells(engine: Engine, place: str) -> set[str]:
    with engine.connect() as connection:
        return {one.code for one in nominations.stairwells(connection, place)}


def in_office(engine: Engine) -> None:
    name_somebody(engine, MINE, place=STAIRWELL, role="stairwell", person="P1", since=today(), actor="赵")


def test_a_nomination_waits_with_what_was_written(town_database: Engine) -> None:
    nominate(town_database, link(town_database), phone="139 0631 0009", own=True, words="热心")
    (one,) = waiting(town_database)
    assert (one.place, one.name, one.phone, one.own, one.words) == (STAIRWELL, "于海", "139 0631 0009", True, "热心")


@pytest.mark.parametrize("place", [STAIRWELL, BUILDING, COMPOUND, URBAN])
def test_a_link_is_for_the_stairwells_of_its_place(town_database: Engine, place: str) -> None:
    assert STAIRWELL in open_stairwells(town_database, place)


def test_a_stairwell_with_a_leader_is_not_offered(town_database: Engine) -> None:
    in_office(town_database)
    assert STAIRWELL not in open_stairwells(town_database, URBAN)


def test_nor_can_anybody_be_nominated_there(town_database: Engine) -> None:
    token = link(town_database)
    in_office(town_database)
    with pytest.raises(InputError, match="nobody leads yet"):
        nominate(town_database, token)


def test_a_link_is_for_no_stairwell_elsewhere(town_database: Engine) -> None:
    other = (open_stairwells(town_database, URBAN) - open_stairwells(town_database, BUILDING)).pop()
    with pytest.raises(InputError, match="nobody leads yet"):
        nominate(town_database, link(town_database, BUILDING), other)


def test_a_gate_has_no_link(town_database: Engine) -> None:
    with pytest.raises(InputError, match="for stairwells"):
        link(town_database, GATE)


def test_nobody_makes_a_link_for_a_place_of_others(town_database: Engine) -> None:
    with pytest.raises(NotFoundError):
        link(town_database, URBAN, scope=THEIRS)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_link_is_open_from_a_day_to_a_year(town_database: Engine, days: int) -> None:
    with pytest.raises(InputError, match="366 days"):
        link(town_database, days=days)


def test_a_new_link_shuts_the_one_before(town_database: Engine) -> None:
    first = link(town_database)
    link(town_database)
    with pytest.raises(NotFoundError, match="has ended"):
        nominate(town_database, first)


def test_a_link_that_was_shut_takes_nothing(town_database: Engine) -> None:
    token = link(town_database)
    service.close_link(town_database, MINE, place=URBAN, actor="赵")
    with pytest.raises(NotFoundError, match="has ended"):
        nominate(town_database, token)


def test_a_link_is_shut_on_its_day(town_database: Engine) -> None:
    token = link(town_database)
    with town_database.begin() as connection:
        connection.execute(text("UPDATE gridmap.nomination_links SET until = :day"), {"day": today()})
    with pytest.raises(NotFoundError, match="has ended"):
        nominate(town_database, token)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "  "}, "whom you nominate"),
        ({"name": "于" * 41}, "too long"),
        ({"phone": "call me"}, "no phone number"),
        ({"words": "x" * 201}, "too long"),
        ({"name": "于\x00海"}, "can't be printed"),
    ],
)
def test_what_is_malformed_is_refused(town_database: Engine, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        nominate(town_database, link(town_database), **wrong)


def test_the_same_person_twice_waits_once(town_database: Engine) -> None:
    token = link(town_database)
    nominate(town_database, token)
    nominate(town_database, token, name=" 于海 ")
    assert len(waiting(town_database)) == 1


def test_a_stairwell_takes_ten_and_no_more(town_database: Engine) -> None:
    token = link(town_database)
    for number in range(10):
        nominate(town_database, token, name=f"于{number}")
    with pytest.raises(TooManyError):
        nominate(town_database, token)


def test_a_link_takes_so_many_an_hour(town_database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_AN_HOUR", 2)
    token = link(town_database)
    places = sorted(open_stairwells(town_database, URBAN))
    for place in places[:2]:
        nominate(town_database, token, place)
    with pytest.raises(TooManyError):
        nominate(town_database, token, places[2])


def test_others_see_nothing_of_it(town_database: Engine) -> None:
    nominate(town_database, link(town_database))
    assert waiting(town_database, THEIRS) == []


@pytest.mark.parametrize("place", [STAIRWELL, BUILDING, COMPOUND, URBAN])
def test_what_waits_is_found_from_every_place_around(town_database: Engine, place: str) -> None:
    nominate(town_database, link(town_database))
    assert [one.name for one in waiting(town_database, place=place)] == ["于海"]


def test_who_is_accepted_is_a_candidate_of_the_stairwell(town_database: Engine) -> None:
    nominate(town_database, link(town_database), phone="139 0631 0009")
    place, code = service.accept(town_database, MINE, waiting(town_database)[0].id, actor="赵")
    with town_database.connect() as connection:
        (first, *_) = posts.candidates(connection, role="stairwell", place=place, scope=MINE, most=5)
    assert (first.person.code, first.person.phone, first.lives_there, first.entered) == (
        code,
        "139 0631 0009",
        True,
        True,
    )


@pytest.mark.parametrize("decide", [service.accept, service.decline])
def test_what_is_decided_is_deleted(town_database: Engine, decide) -> None:
    nominate(town_database, link(town_database))
    decide(town_database, MINE, waiting(town_database)[0].id, actor="赵")
    with town_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.nominations")) == 0


@pytest.mark.parametrize("decide", [service.accept, service.decline])
def test_others_decide_nothing(town_database: Engine, decide) -> None:
    nominate(town_database, link(town_database))
    with pytest.raises(ConflictError):
        decide(town_database, THEIRS, waiting(town_database)[0].id, actor="钱")


def test_who_lives_there_already_is_nobody_new(town_database: Engine) -> None:
    token = link(town_database)
    nominate(town_database, token)
    first = service.accept(town_database, MINE, waiting(town_database)[0].id, actor="赵")
    nominate(town_database, token)
    assert service.accept(town_database, MINE, waiting(town_database)[0].id, actor="赵") == first


def test_a_declined_name_is_nowhere_in_the_log(town_database: Engine) -> None:
    nominate(town_database, link(town_database))
    service.decline(town_database, MINE, waiting(town_database)[0].id, actor="赵")
    with town_database.connect() as connection:
        line = changes.log_lines(connection, limit=1)[0]
    assert (line.action, line.subject, dict(line.detail)) == ("nomination declined", STAIRWELL, {})


def test_of_two_who_decide_at_once_one_is_told(town_database: Engine) -> None:
    nominate(town_database, link(town_database))
    number = waiting(town_database)[0].id
    outcomes: list[object] = []

    def decide() -> None:
        try:
            outcomes.append(service.accept(town_database, MINE, number, actor="赵"))
        except ConflictError as error:
            outcomes.append(error)

    both = [threading.Thread(target=decide) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(isinstance(one, ConflictError) for one in outcomes) == [False, True]


def test_nominations_in_scope_are_counted(town_database: Engine) -> None:
    nominate(town_database, link(town_database))
    with town_database.connect() as connection:
        counted = [nominations.count(connection, scope) for scope in (MINE, THEIRS, DISTRICT)]
    assert counted == [1, 0, 1]
