"""The pages on which names are given to places: vacancies by community, who looks after a place, naming somebody."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridmap.database import posts as database
from gridmap.domain.errors import GridmapError, InputError, NotFoundError
from gridmap.domain.today import today
from gridmap.domain.words import ROLES, ROLES_AT, SOLE_ROLES, VACANCY_CAUSES
from gridmap.services import posts
from gridmap.services.entries import LONGEST_NAME
from gridmap.services.posts import About, NewPerson
from gridmap.web import access, arguments, session
from gridmap.web.cards import card
from gridmap.web.looks import look
from gridmap.web.pages import language_words
from gridmap.web.problems import status_of
from gridmap.web.reading import connection, engine
from gridmap.web.wording import length, word

blueprint = Blueprint("posts", __name__, url_prefix="/posts")

_SHOWN = ("name", "duty_phone", "phone", "party_member")
_SHOWN_OF_CANDIDATES = ("name", "home", "party_member")
_MOST_CANDIDATES = 15
_NEW = "new"
"""What stands for somebody who isn't on the roster, where else a person's code does."""

Page = tuple[str, int]


def _place(code: str) -> dict[str, Any]:
    """The place that the asker may name somebody for, and its roles.

    Raises
    ------
    NotFoundError
        There is none in the asker's scope, or nobody is ever named for such a place.
    """
    access.check_place(code, "name")
    place = card(code)
    if place["layer"] not in ROLES_AT:
        raise NotFoundError("Nobody is named for such a place; choose its grid, compound or stairwell.")
    return place


def _term(term: database.Term) -> dict[str, Any]:
    return {"id": term.id, "role": word(ROLES, term.role), "since": term.since, "until": term.until,
            "person": term.person}  # fmt: skip


def _role(role: str, terms: list[database.Term], proposal: database.Proposal | None) -> dict[str, Any]:
    """One role of a place: who holds it, who will, whom the analysis proposes, or why it is vacant."""
    mine = [term for term in terms if term.role == role]
    now, later = ([_term(term) for term in mine if term.state == state] for state in ("now", "later"))
    sole = role in SOLE_ROLES
    open_ended = any(term["until"] is None for term in (*now, *later))
    return {
        "code": role,
        "label": word(ROLES, role),
        "now": now,
        "later": later,
        "proposed": proposal.person if proposal and sole and not now else None,
        "why": _why(proposal) if proposal else [],
        "vacant": sole and not now,
        "cause": word(VACANCY_CAUSES, proposal.cause) if proposal and proposal.cause else None,
        "may_name": not (sole and open_ended),
    }


def _why(proposal: database.Proposal) -> list[str]:
    """Why it is this person, and what the next one would cost."""
    said = []
    if proposal.basis == "locked":
        return [_("Locked to this place, whatever the walk.")]
    if proposal.basis == "sitting":
        said.append(_("In office already; a change would save too little."))
    if proposal.walk_m is not None:
        said.append(_("The walk from home is %(metres)s.", metres=length(proposal.walk_m)))
    if proposal.candidates == 1:
        said.append(_("Nobody else could take it."))
    elif proposal.candidates and proposal.rank == 1:
        said.append(_("The nearest of %(count)s who could take it.", count=proposal.candidates))
    elif proposal.candidates and proposal.rank:
        said.append(_("By the walk number %(rank)s of %(count)s.", rank=proposal.rank, count=proposal.candidates))
        if proposal.basis == "chosen":
            said.append(_("Those who live nearer are needed elsewhere."))
    if proposal.next_name and proposal.next_m is not None:
        said.append(_("Next would be %(name)s, with %(metres)s more to walk in all.",
                      name=proposal.next_name, metres=length(max(proposal.next_m, 0.0))))  # fmt: skip
    elif proposal.candidates and proposal.candidates > 1:
        said.append(_("Without this choice a place would stay vacant."))
    return said


def _place_page(code: str, *, error: GridmapError | None = None) -> Page:
    place = _place(code)
    terms = database.terms(connection(), code)
    proposals = database.proposals(connection(), code)
    roles = [_role(role, terms, proposals.get(role)) for role in ROLES_AT[place["layer"]]]
    seen = [term.person.code for term in terms] + [role["proposed"].code for role in roles if role["proposed"]]
    look(code, seen, shown=_SHOWN)
    page = render_template(
        "post.html",
        place=place,
        roles=roles,
        past=[_term(term) for term in terms if term.state == "over"],
        today=today(),
        done=request.args.get("done"),
        error=error.worded(_) if error else None,
        **language_words(),
    )
    return page, status_of(error) if error else 200


@blueprint.get("/<code>")
def place(code: str) -> Page:
    """Who looks after a place: in office, named for later, proposed, vacant, and who did before."""
    return _place_page(code)


def _naming_page(code: str, role: str, *, form: MultiDict[str, str], error: GridmapError | None = None) -> Page:
    place = _place(code)
    if role not in ROLES_AT[place["layer"]]:
        raise InputError("This place has no role {role}.", role=role[:40])
    query, chosen = request.args.get("q", "").strip()[:LONGEST_NAME], form.get("person", "")
    asked = partial(database.candidates, connection(), role=role, place=code, scope=session.scope())
    found = asked(name=query, most=_MOST_CANDIDATES + 1)
    shown = found[:_MOST_CANDIDATES]
    if chosen not in {"", _NEW, *(item.person.code for item in shown)}:
        shown = [*asked(person=chosen, most=1), *shown]
    look(code, [item.person.code for item in shown], shown=_SHOWN_OF_CANDIDATES)
    page = render_template(
        "name.html",
        place=place,
        role=role,
        role_word=word(ROLES, role),
        candidates=[{"person": item.person, "community": item.community, "lives_there": item.lives_there,
                     "entered": item.entered, "leads": [word(ROLES, held) for held in item.leads]} for item in shown],
        nobody_lives_there=not query and bool(shown) and not any(item.lives_there for item in shown),
        more=len(found) > _MOST_CANDIDATES,
        query=query,
        form=form,
        chosen=chosen,
        today=today(),
        error=error.worded(_) if error else None,
        **language_words(),
    )  # fmt: skip
    return page, status_of(error) if error else 200


@blueprint.get("/<code>/name")
def choose(code: str) -> Page:
    """The form to name somebody: people in scope, those who live there first, or somebody new."""
    return _naming_page(code, request.args.get("role", ""), form=MultiDict({"person": request.args.get("person", "")}))


def _about(form: MultiDict[str, str]) -> About:
    member = {"yes": True, "no": False}.get(form.get("party_member", ""))
    return About(
        title=form.get("title"),
        duty_phone=form.get("duty_phone"),
        phone=form.get("phone"),
        published=form.get("published") == "yes",
        party_member=member,
    )


@blueprint.post("/<code>/name")
def name(code: str) -> Page | Response:
    """Name somebody for a place."""
    access.check_place(code, "name")
    form = request.form
    role, chosen = form.get("role", ""), form.get("person", "")
    try:
        if not chosen:
            raise InputError("Choose who it is, or enter somebody new.")
        since = arguments.day(form.get("since", ""))
        until = arguments.day(form["until"]) if form.get("until") else None
        posts.name_somebody(
            engine(),
            session.scope(),
            place=code,
            role=role,
            person=NewPerson(form.get("name", ""), _about(form)) if chosen == _NEW else chosen,
            since=since,
            until=until,
            locked=form.get("locked") == "yes",
            actor=session.asker().name or "?",
        )
    except GridmapError as error:
        return _naming_page(code, role, form=form, error=error)
    return redirect(url_for("posts.place", code=code, done="named"), 303)


@blueprint.post("/<code>/terms/<int:term>")
def end(code: str, term: int) -> Page | Response:
    """End a term."""
    access.check_place(code, "name")
    try:
        until = arguments.day(request.form.get("until", ""))
        posts.end_term(engine(), session.scope(), place=code, term=term, until=until, actor=session.asker().name or "?")
    except GridmapError as error:
        return _place_page(code, error=error)
    return redirect(url_for("posts.place", code=code, done="ended"), 303)


@blueprint.post("/<code>/people/<person>")
def change(code: str, person: str) -> Page | Response:
    """Change what the office enters of somebody in office there."""
    access.check_place(code, "name")
    try:
        posts.change_person(
            engine(), session.scope(), person=person, about=_about(request.form), actor=session.asker().name or "?"
        )
    except GridmapError as error:
        return _place_page(code, error=error)
    return redirect(url_for("posts.place", code=code, done="changed"), 303)
