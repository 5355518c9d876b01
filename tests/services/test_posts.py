"""Names by hand: who may be named where, from when to when, and that the first of two wins."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text

from gridmap.database import changes, posts, results, tables, vacancies
from gridmap.database.locate import committee, leaders_of
from gridmap.database.scopes import Scope
from gridmap.domain.errors import DataError, InputError, NotFoundError
from gridmap.domain.today import today
from gridmap.services.posts import About, NewPerson, change_person, end_term, name_somebody
from tests.fixtures.districts import URBAN, VILLAGE

STAIRWELL = f"{URBAN}-A-1-1"
COMPOUND = f"{URBAN}-A"
MINE = Scope(communities=(URBAN,))
MAY = date(2026, 5, 1)


def name(engine: Engine, person: str | NewPerson = "P1", **other: object) -> str:
    given = {"place": STAIRWELL, "role": "stairwell", "since": MAY, "actor": "赵"} | other
    return name_somebody(engine, given.pop("scope", MINE), person=person, **given)


def sitting(engine: Engine, place: str = STAIRWELL) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(term.role, term.person.code, term.state) for term in posts.terms(connection, place)]


def last_line(engine: Engine) -> changes.LogLine:
    with engine.connect() as connection:
        return changes.log_lines(connection, limit=1)[0]


def test_somebody_of_the_roster_leads_a_stairwell(town_database: Engine) -> None:
    name(town_database)
    assert sitting(town_database) == [("stairwell", "P1", "now")]
    with town_database.connect() as connection:
        (leader,) = leaders_of(connection, [STAIRWELL], proposed=True)
    assert (leader["name"], leader["status"]) == ("社区工作者1", "assigned")


def test_somebody_new_belongs_to_the_place_s_community(town_database: Engine) -> None:
    about = About(title=" 楼长 ", duty_phone="0631-5680009", phone="139 0631 0009", published=True, party_member=True)
    code = name(town_database, NewPerson("于 海", about))
    with town_database.connect() as connection:
        found = posts.person(connection, code, MINE)
    assert found is not None
    assert (found.person.name, found.person.title) == ("于 海", "楼长")
    assert (found.roles, found.community) == (("stairwell",), URBAN)


def test_what_was_done_is_written_down_with_before_and_after(town_database: Engine) -> None:
    name(town_database, "P2")
    line = last_line(town_database)
    assert (line.actor, line.action, line.subject) == ("赵", "name", STAIRWELL)
    assert line.detail["before"] == {"roles": "staff grid"}
    assert line.detail["after"] == {
        "person": "P2", "name": "社区工作者2", "since": "2026-05-01", "until": None, "roles": "staff grid stairwell"
    }  # fmt: skip


def test_no_name_stands_in_the_data_s_history(town_database: Engine) -> None:
    name(town_database, NewPerson("于海", About(phone="13906310009")))
    with town_database.connect() as connection:
        change = changes.history(connection)[0]
    assert change.detail == {"place": STAIRWELL, "role": "stairwell"}


def test_a_name_makes_the_leaders_stale(town_database: Engine) -> None:
    with town_database.begin() as connection:
        results.save(connection, "leaders", {}, settings={}, version=None, summary={})
        assert results.state(connection)["leaders"].status == "current"
    name(town_database)
    with town_database.connect() as connection:
        assert results.state(connection)["leaders"].status == "stale"


def test_a_second_leader_is_refused_by_who_sits_there(town_database: Engine) -> None:
    name(town_database)
    with pytest.raises(DataError, match="社区工作者1 holds this post already, since 2026-05-01"):
        name(town_database, "P2", since=date(2026, 6, 1))


def test_a_term_that_begins_too_early_is_refused_by_the_day_to_begin(town_database: Engine) -> None:
    name(town_database, until=date(2026, 6, 1))
    with pytest.raises(DataError, match="社区工作者1 has this post until 2026-06-01"):
        name(town_database, "P2", since=date(2026, 5, 31))
    name(town_database, "P2", since=date(2026, 6, 1))


def test_nothing_is_half_done_when_it_is_refused(town_database: Engine) -> None:
    name(town_database)
    before = last_line(town_database).id
    with pytest.raises(DataError):
        name(town_database, NewPerson("于海"))
    with town_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gridmap.staff")) == 4
        assert connection.scalar(text("SELECT count(*) FROM gridmap.places WHERE layer = 'staff'")) == 4
    assert last_line(town_database).id == before


@pytest.mark.parametrize("role", ["stairwell", "volunteer"])
def test_of_two_at_once_the_first_wins_and_the_second_sees_it(town_database: Engine, role: str) -> None:
    together, refused = threading.Barrier(2), []

    def try_it(person: str) -> None:
        together.wait()
        try:
            name(town_database, person, role=role)
        except DataError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=try_it, args=(person,)) for person in ("P1", "P2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = sitting(town_database)
    if role == "volunteer":
        assert (sorted(code for _, code, _ in there), refused) == (["P1", "P2"], [])
    else:
        winner = "社区工作者" + there[0][1][1]
        assert len(there) == 1
        assert refused == [f"{winner} holds this post already, since 2026-05-01. End that term first."]


def test_the_second_waits_for_a_first_that_is_still_under_way(town_database: Engine) -> None:
    refused = []

    def second() -> None:
        try:
            name(town_database, "P2")
        except DataError as error:
            refused.append(str(error))

    with town_database.begin() as first:
        changes.wait_turn(first)
        thread = threading.Thread(target=second)
        thread.start()
        version = changes.record(first, actor="钱", action="name", layers=["assignments"])
        term = posts.NewTerm("stairwell", STAIRWELL, MAY, None)
        assert posts.add_term(first, term, person="P1", locked=False, version=version)
    thread.join()
    assert refused == ["社区工作者1 holds this post already, since 2026-05-01. End that term first."]


def test_the_database_s_rule_refuses_without_any_waiting(town_database: Engine) -> None:
    term = posts.NewTerm("stairwell", STAIRWELL, MAY, None)
    with town_database.begin() as connection:
        assert posts.add_term(connection, term, person="P1", locked=False, version=1)
        assert not posts.add_term(connection, term, person="P2", locked=False, version=1)
        assert posts.add_term(
            connection, posts.NewTerm("volunteer", STAIRWELL, MAY, None), person="P2", locked=False, version=1
        )


def test_the_same_volunteer_isn_t_named_twice(town_database: Engine) -> None:
    name(town_database, "P3", role="volunteer")
    with pytest.raises(DataError, match="社区工作者3 holds this post already"):
        name(town_database, "P3", role="volunteer")


def test_a_compound_has_a_leader_and_a_party_leader_who_may_be_one_person(town_database: Engine) -> None:
    name(town_database, "P1", place=COMPOUND, role="compound")
    name(town_database, "P1", place=COMPOUND, role="party_compound")
    assert {role for role, _, _ in sitting(town_database, COMPOUND)} == {"compound", "party_compound"}


@pytest.mark.parametrize("person", ["P2", NewPerson("于海")])
def test_the_party_s_compound_leader_is_a_party_member(town_database: Engine, person: str | NewPerson) -> None:
    with pytest.raises(DataError, match="has to be a Party member"):
        name(town_database, person, place=COMPOUND, role="party_compound")


def test_the_party_s_compound_leader_stays_a_party_member(town_database: Engine) -> None:
    name(town_database, "P1", place=COMPOUND, role="party_compound")
    with pytest.raises(DataError, match="end that term first"):
        change_person(town_database, MINE, person="P1", about=About(party_member=False), actor="赵")


@pytest.mark.parametrize(("place", "role"), [(STAIRWELL, "grid"), (STAIRWELL, "king"), (f"{URBAN}-A-1", "stairwell")])
def test_a_place_has_its_own_roles_only(town_database: Engine, place: str, role: str) -> None:
    with pytest.raises(InputError, match="no role"):
        name(town_database, place=place, role=role)


@pytest.mark.parametrize("place", [f"{VILLAGE}-1", "nowhere", "P1"])
def test_a_place_out_of_scope_is_unknown(town_database: Engine, place: str) -> None:
    with pytest.raises(NotFoundError, match="yours to look after"):
        name(town_database, place=place)


def test_somebody_out_of_scope_can_t_be_named(town_database: Engine) -> None:
    place, scope = VILLAGE, Scope(communities=(VILLAGE,))
    with pytest.raises(NotFoundError, match="nobody with the code P1"):
        name(town_database, "P1", place=place, role="volunteer", scope=scope)
    with pytest.raises(NotFoundError, match="nobody with the code P1"):
        change_person(town_database, scope, person="P1", about=About(), actor="赵")


def test_a_term_doesn_t_end_before_it_begins(town_database: Engine) -> None:
    with pytest.raises(InputError, match="before it begins"):
        name(town_database, until=MAY - timedelta(days=1))
    name(town_database)
    with town_database.connect() as connection:
        (term,) = posts.terms(connection, STAIRWELL)
    with pytest.raises(InputError, match="before it begins"):
        end_term(town_database, MINE, place=STAIRWELL, term=term.id, until=MAY - timedelta(days=1), actor="赵")


def test_after_one_term_comes_the_next_on_the_same_day(town_database: Engine) -> None:
    name(town_database)
    with town_database.connect() as connection:
        (term,) = posts.terms(connection, STAIRWELL)
    end_term(town_database, MINE, place=STAIRWELL, term=term.id, until=date(2026, 6, 1), actor="赵")
    line = last_line(town_database)
    assert (line.action, line.detail["name"]) == ("end term", "社区工作者1")
    assert (line.detail["before"], line.detail["after"]) == ({"until": None}, {"until": "2026-06-01"})
    name(town_database, "P2", since=date(2026, 6, 1))
    assert sitting(town_database) == [("stairwell", "P2", "now"), ("stairwell", "P1", "over")]


def test_an_ended_term_isn_t_ended_twice(town_database: Engine) -> None:
    name(town_database, until=date(2026, 6, 1))
    with town_database.connect() as connection:
        (term,) = posts.terms(connection, STAIRWELL)
    with pytest.raises(DataError, match="ended already, on 2026-06-01"):
        end_term(town_database, MINE, place=STAIRWELL, term=term.id, until=today(), actor="赵")
    with pytest.raises(NotFoundError):
        end_term(town_database, MINE, place=COMPOUND, term=term.id, until=today(), actor="赵")


def test_who_is_named_for_later_doesn_t_sit_yet(town_database: Engine) -> None:
    name(town_database, since=today() + timedelta(days=1))
    assert sitting(town_database) == [("stairwell", "P1", "later")]
    with town_database.connect() as connection:
        assert leaders_of(connection, [STAIRWELL], proposed=True) == []


def test_whose_term_has_ended_isn_t_proposed_any_more(town_database: Engine) -> None:
    with town_database.begin() as connection:
        row = {"role": "stairwell", "place_code": STAIRWELL, "staff_code": "P1", "status": "assigned"}
        connection.execute(insert(tables.results["leaders"]).values(row))
        assert posts.proposals(connection, STAIRWELL)["stairwell"].person is not None
    name(town_database, until=today())
    with town_database.connect() as connection:
        assert posts.proposals(connection, STAIRWELL)["stairwell"].person is None
        assert [leader["status"] for leader in leaders_of(connection, [STAIRWELL], proposed=True)] == ["vacant"]
        counts = vacancies.totals(connection, ["stairwell"], MINE)["stairwell"]
    assert counts == vacancies.Counts(held=0, proposed=0, vacant=32)


def test_a_member_of_staff_whose_term_has_ended_leaves_the_committee(town_database: Engine) -> None:
    name(town_database, "P1", place=URBAN, role="staff", until=today())
    with town_database.connect() as connection:
        assert [member["name"] for member in committee(connection, URBAN)["members"]] == ["社区工作者2"]


def test_only_what_is_different_is_changed(town_database: Engine) -> None:
    known = {"title": "社区工作者", "duty_phone": "0631-5680001", "phone": "13906310001", "party_member": False}
    before = last_line(town_database).id
    change_person(town_database, MINE, person="P2", about=About(**known, published=True), actor="赵")
    assert last_line(town_database).id == before
    change_person(town_database, MINE, person="P2", about=About(**known), actor="赵")
    assert last_line(town_database).detail["before"] == {"published": True}
    assert last_line(town_database).detail["after"] == {"published": False}


@pytest.mark.parametrize(
    "about", [About(duty_phone="call me"), About(phone="1"), About(title="长" * 41), About(title="a\x00b")]
)
def test_what_is_malformed_is_refused(town_database: Engine, about: About) -> None:
    with pytest.raises(InputError):
        name(town_database, NewPerson("于海", about))


@pytest.mark.parametrize("given", ["", "  ", "名" * 41])
def test_a_name_has_one_to_forty_characters(town_database: Engine, given: str) -> None:
    with pytest.raises(InputError):
        name(town_database, NewPerson(given))


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(spans=st.lists(st.tuples(DAYS, st.none() | st.integers(0, 300)), min_size=2, max_size=6))
def test_terms_of_a_sole_role_never_overlap(town_database: Engine, spans: list[tuple[date, int | None]]) -> None:
    with town_database.begin() as connection:
        connection.execute(text("DELETE FROM gridmap.assignments"))
    for number, (since, days) in enumerate(spans):
        until = since + timedelta(days=days) if days is not None else None
        try:
            name(town_database, f"P{number % 4 + 1}", since=since, until=until)
        except DataError:
            continue
    with town_database.connect() as connection:
        terms = sorted((t.since, t.until or date.max) for t in posts.terms(connection, STAIRWELL))
    held = [(since, until) for since, until in terms if since and since < until]
    assert all(one[1] <= two[0] for one, two in pairwise(held))


def test_who_lives_there_comes_first(town_database: Engine) -> None:
    with town_database.connect() as connection:
        found = posts.candidates(connection, role="grid", place=COMPOUND, scope=MINE, most=10)
        of_name = posts.candidates(connection, role="stairwell", place=STAIRWELL, scope=MINE, name="者3", most=10)
        party = posts.candidates(connection, role="party_compound", place=COMPOUND, scope=MINE, most=10)
        elsewhere = posts.candidates(
            connection, role="volunteer", place=VILLAGE, scope=Scope(communities=(VILLAGE,)), most=10
        )
    assert [(item.person.code, item.lives_there) for item in found] == [
        ("P1", True), ("P2", False), ("P3", False), ("P4", False)
    ]  # fmt: skip
    assert [item.person.code for item in of_name] == ["P3"]
    assert [item.person.code for item in party] == ["P1"]
    assert elsewhere == []


def test_a_percent_sign_finds_nobody(town_database: Engine) -> None:
    with town_database.connect() as connection:
        assert posts.candidates(connection, role="stairwell", place=STAIRWELL, scope=MINE, name="%", most=9) == []


def test_vacancies_are_paged_by_key(town_database: Engine) -> None:
    everywhere = Scope(everything=True)
    with town_database.connect() as connection:
        first = vacancies.by_community(connection, ["stairwell"], everywhere, after="", most=1)
        second = vacancies.by_community(connection, ["stairwell"], everywhere, after=first[-1][0], most=1)
        rows = vacancies.places(connection, role="stairwell", community=URBAN, state="vacant", after="", most=30)
        rest = vacancies.places(
            connection, role="stairwell", community=URBAN, state="vacant", after=rows[-1]["code"], most=30
        )
    assert [first[0][1], second[0][1]] == ["金海湾社区", "北山村"]
    assert len(rows) + len(rest) == 32
    assert rows[0]["compound"] == "A小区"
