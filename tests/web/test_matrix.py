"""Every address against every role: who gets in, who doesn't; an address without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from gridmap.database.server import PrivateServer
from gridmap.web.app import create_app
from tests.fixtures.districts import URBAN
from tests.web.people import ROLES, Person, people_loaded, person

EVERYONE = frozenset(ROLES)
LOOKERS = EVERYONE - {"resident", "leader"}
ACCOUNTS = EVERYONE - {"resident", "desk"}
ADMINISTRATORS = frozenset({"administrator"})
NAMERS = frozenset({"staff", "official", "administrator"})
LOADERS = frozenset({"planner", "administrator"})
PLANNERS = frozenset({"planner", "administrator"})
CORRECTORS = NAMERS | {"leader"}
WEIGHERS = frozenset({"planner", "official", "administrator"})
HERE = f"{URBAN}-A"

TABLE: dict[str, tuple[str, str, frozenset[str]]] = {
    "files.static": ("GET", "/static/css/tokens.css", EVERYONE),
    "operations.alive": ("GET", "/healthz", EVERYONE),
    "operations.ready": ("GET", "/readyz", EVERYONE),
    "operations.openapi": ("GET", "/api/openapi.json", EVERYONE),
    "operations.authority": ("GET", "/authority.crt", EVERYONE),
    "api.locate": ("GET", "/api/locate?lon=122.00568&lat=37.47801", EVERYONE),
    "api.search": ("GET", "/api/search?q=金海湾", EVERYONE),
    "api.place": ("GET", f"/api/places/{URBAN}", LOOKERS),
    "api.themes": ("GET", "/api/themes", LOOKERS),
    "api.analyses": ("GET", "/api/analyses", LOOKERS),
    "api.features": ("GET", "/api/layers/compounds.geojson", EVERYONE),
    "plans.index": ("GET", "/api/plans", LOOKERS),
    "plans.regions": ("GET", "/api/plans/1/regions.geojson", LOOKERS),
    "plans.assignment": ("GET", "/api/plans/1/assignment.csv", LOOKERS),
    "proposals.index": ("GET", "/api/proposals", LOOKERS),
    "proposals.ask": ("POST", "/api/proposals", PLANNERS),
    "proposals.review": ("GET", "/api/plans/1/review", LOOKERS),
    "proposals.borders": ("GET", "/api/plans/1/borders.geojson", LOOKERS),
    "proposals.border": ("GET", "/api/plans/1/borders/1", LOOKERS),
    "proposals.report_pdf": ("GET", "/api/plans/1/report.pdf", LOOKERS),
    "proposals.report": ("GET", "/api/plans/1/report.html", LOOKERS),
    "plans.export": ("GET", "/api/plans/1/export/plan.gpkg", LOOKERS),
    "plans.state": ("GET", "/api/plans/1/state", LOOKERS),
    "plans.blocks": ("GET", "/api/plans/blocks/1", LOOKERS),
    "plans.walks": ("GET", "/api/plans/blocks/1/walks", LOOKERS),
    "plans.compare": ("GET", "/api/plans/compare?a=today&b=1", LOOKERS),
    "plan_acts.act": ("POST", "/api/plans/1/undo", PLANNERS),
    "plans.shared_state": ("GET", "/api/plans/shared/no-such-token/state", EVERYONE),
    "plans.shared_blocks": ("GET", "/api/plans/shared/no-such-token/blocks", EVERYONE),
    "plans.shared_walks": ("GET", "/api/plans/shared/no-such-token/walks", EVERYONE),
    "plan_pages.index": ("GET", "/plans", LOOKERS),
    "plan_pages.start": ("POST", "/plans", PLANNERS),
    "plan_pages.show": ("GET", "/plans/1", LOOKERS),
    "plan_pages.report": ("GET", "/plans/1/report", LOOKERS),
    "plan_pages.work_out_report": ("POST", "/plans/1/report", PLANNERS),
    "plan_pages.compare": ("GET", "/plans/compare", LOOKERS),
    "grid_pages.show": ("GET", f"/grids/{URBAN}", LOOKERS),
    "grid_pages.start": ("POST", f"/grids/{URBAN}", PLANNERS),
    "grid_pages.draft": ("GET", "/grids/drafts/1", LOOKERS),
    "plan_pages.shared": ("GET", "/plans/shared/no-such-token", EVERYONE),
    "tiles.tilejson": ("GET", "/tiles/compounds.json", EVERYONE),
    "tiles.tile": ("GET", "/tiles/compounds/1/11/1718/794.mvt", EVERYONE),
    "pages.index": ("GET", "/", EVERYONE),
    "pages.about": ("GET", "/about", EVERYONE),
    "public.place": ("GET", f"/p/{URBAN}-A-1", EVERYONE),
    "public.plate": ("GET", f"/p/{URBAN}-A-1/plate", EVERYONE),
    "public.qr": ("GET", f"/p/{URBAN}-A-1/qr.svg", EVERYONE),
    "route.route": ("GET", f"/api/route?from=122.00568,37.47801&to={HERE}", EVERYONE),
    "route.nearby": ("GET", "/api/nearby?lon=122.00568&lat=37.47801", EVERYONE),
    "isolation.what_if": ("GET", "/api/isolation/what-if", WEIGHERS),
    "isolation.gates": ("GET", f"/api/isolation/gates?compound={HERE}", WEIGHERS),
    "isolation.readiness": ("GET", "/api/isolation/readiness", LOOKERS),
    "isolation.neighbours": ("GET", f"/api/isolation/neighbours?compound={HERE}", LOOKERS),
    "isolation.kept": ("GET", "/api/isolation/scenarios", WEIGHERS),
    "isolation.keep": ("POST", "/api/isolation/scenarios", WEIGHERS),
    "isolation.forget": ("POST", "/api/isolation/scenarios/999/forget", WEIGHERS),
    "isolation.scenario": ("GET", "/api/isolation/scenarios/999.geojson", WEIGHERS),
    "isolation.export": ("GET", "/api/isolation/export.geojson", LOOKERS),
    "reach.export": ("GET", "/api/reach/export.gpkg", LOOKERS),
    "survey.index": ("GET", "/survey", CORRECTORS),
    "survey.settle": ("POST", f"/survey/{HERE}", CORRECTORS),
    "survey.put": ("POST", f"/survey/{HERE}/gates", CORRECTORS),
    "survey.drop": ("POST", f"/survey/{HERE}/drop", CORRECTORS),
    "my.index": ("GET", "/my", ACCOUNTS),
    "my.place": ("GET", f"/my/{HERE}", ACCOUNTS),
    "my.walk": ("GET", f"/my/walk?to={HERE}", ACCOUNTS),
    "login.form": ("GET", "/login", EVERYONE),
    "login.log_in": ("POST", "/login", EVERYONE),
    "login.account": ("GET", "/account", ACCOUNTS),
    "login.change_password": ("POST", "/account", ACCOUNTS),
    "login.log_out": ("POST", "/logout", ACCOUNTS),
    "vacancies.index": ("GET", "/posts", NAMERS),
    "posts.place": ("GET", f"/posts/{HERE}", NAMERS),
    "posts.choose": ("GET", f"/posts/{HERE}/name?role=compound", NAMERS),
    "posts.name": ("POST", f"/posts/{HERE}/name", NAMERS),
    "posts.end": ("POST", f"/posts/{HERE}/terms/999", NAMERS),
    "posts.change": ("POST", f"/posts/{HERE}/people/nobody", NAMERS),
    "nominations.index": ("GET", "/nominations", NAMERS),
    "nominations.place": ("GET", f"/nominations/{HERE}", NAMERS),
    "nominations.make": ("POST", f"/nominations/{HERE}/link", NAMERS),
    "nominations.close": ("POST", f"/nominations/{HERE}/close", NAMERS),
    "nominations.sheet": ("GET", f"/nominations/{HERE}/sheet", NAMERS),
    "nominations.decide": ("POST", "/nominations/decisions/999", NAMERS),
    "nominations.form": ("GET", "/n/no-such-token", EVERYONE),
    "nominations.send": ("POST", "/n/no-such-token", EVERYONE),
    "nominations.qr": ("GET", "/n/no-such-token/qr.svg", EVERYONE),
    "rosters.index": ("GET", "/roster", NAMERS),
    "rosters.send": ("POST", "/roster", NAMERS),
    "rosters.choose": ("POST", "/roster/choose", NAMERS),
    "rosters.copy": ("GET", "/roster/copy", NAMERS),
    "rosters.people": ("GET", "/roster/people.xlsx", NAMERS),
    "rosters.load": ("POST", "/roster/load", NAMERS),
    "rosters.withdraw": ("POST", "/roster/withdraw", NAMERS),
    "corrections.show": ("GET", f"/corrections/{HERE}", CORRECTORS),
    "corrections.correct": ("POST", f"/corrections/{HERE}", CORRECTORS),
    "imports.index": ("GET", "/imports", LOADERS),
    "imports.send": ("POST", "/imports", LOADERS),
    "imports.undo": ("POST", "/imports/undo/999", LOADERS),
    "imports.show": ("GET", "/imports/999", LOADERS),
    "imports.state": ("GET", "/imports/999/state", LOADERS),
    "imports.features": ("GET", "/imports/999/features.geojson", LOADERS),
    "imports.report": ("GET", "/imports/999/report.json", LOADERS),
    "imports.table": ("GET", "/imports/999/report.csv", LOADERS),
    "imports.again": ("POST", "/imports/999/again", LOADERS),
    "imports.load": ("POST", "/imports/999/load", LOADERS),
    "imports.cancel": ("POST", "/imports/999/cancel", LOADERS),
    "administration.index": ("GET", "/admin", ADMINISTRATORS),
    "administration.add": ("POST", "/admin/accounts", ADMINISTRATORS),
    "administration.change": ("POST", "/admin/accounts/nobody", ADMINISTRATORS),
}
"""By endpoint: how it is asked for, and the roles that get in. Whoever isn't named is refused."""

UNPUBLISHED = ("社区工作者3", "社区工作者4", "0631-5680002", "0631-5680003")
PRIVATE = ("1390631000", "party_member")
"""What no page tells but to those who may see people: names that aren't published, private phones, Party members."""


@pytest.fixture(scope="module")
def engine(database_server: PrivateServer, worker_id: str) -> Iterator[Engine]:
    with people_loaded(database_server, f"matrix_{worker_id}") as engine:
        yield engine


@pytest.fixture(scope="module")
def app(engine: Engine) -> Flask:
    return create_app(engine, trusted_hosts=None, testing=True)


@pytest.fixture(scope="module")
def known(app: Flask) -> dict[str, Person]:
    """One person of each role who stays logged in."""
    return {role: person(app, role) for role in ROLES}


def _refused(asker: Person, response) -> bool:
    """401 or a way to the login for those without an account, 403 for those with one."""
    if asker.role in ("resident", "desk"):
        return response.status_code == 401 or "/login" in response.headers.get("Location", "")
    return response.status_code == 403


def test_every_address_has_a_row(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("endpoint", TABLE)
def test_a_cell(app: Flask, known: dict[str, Person], endpoint: str, role: str) -> None:
    method, address, allowed = TABLE[endpoint]
    asker = person(app, role) if endpoint == "login.log_out" else known[role]
    form = {"name": "nobody", "password": "wrong"} if endpoint == "login.log_in" else None
    response = asker.ask(method, address, form)
    assert _refused(asker, response) == (role not in allowed) or endpoint == "login.log_in", response.status


@pytest.mark.parametrize("role", ["resident", "desk", "planner"])
@pytest.mark.parametrize("endpoint", [name for name, row in TABLE.items() if row[0] == "GET"])
def test_who_may_not_see_people_sees_none(known: dict[str, Person], endpoint: str, role: str) -> None:
    body = known[role].ask("GET", TABLE[endpoint][1]).get_data()
    assert [word for word in (*UNPUBLISHED, *PRIVATE[:1]) if word.encode() in body] == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("layer", ["staff", "assignments"])
def test_people_have_no_layer(known: dict[str, Person], role: str, layer: str) -> None:
    asker = known[role]
    addresses = (f"/api/layers/{layer}.geojson", f"/tiles/{layer}.json", f"/tiles/{layer}/1/0/0/0.mvt")
    assert [asker.ask("GET", address).status_code for address in addresses] == [404, 404, 404]


@pytest.mark.parametrize("layer", ["isolation", "gate_proposals", "leaders", "need", "regions", "findings"])
def test_results_under_discussion_are_no_residents_layer(known: dict[str, Person], layer: str) -> None:
    asker = known["resident"]
    assert [asker.ask("GET", f"/{kind}/{layer}{end}").status_code for kind, end in (("api/layers", ".geojson"),
            ("tiles", ".json"))] == [404, 404]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "status"), [("planner", 200), ("official", 200), ("administrator", 200), ("leader", 404)]
)
def test_findings_are_for_those_who_plan_and_decide(known: dict[str, Person], role: str, status: int) -> None:
    addresses = ("/api/layers/findings.geojson", "/tiles/findings.json")
    assert [known[role].ask("GET", address).status_code for address in addresses] == [status, status]


@pytest.mark.parametrize("address", ["/admin", "/account"])
def test_a_page_that_needs_a_login_leads_there_and_back(known: dict[str, Person], address: str) -> None:
    response = known["resident"].ask("GET", address)
    assert (response.status_code, response.headers["Location"]) == (303, f"/login?next={address}")


def test_a_program_that_needs_a_login_is_told(known: dict[str, Person]) -> None:
    response = known["resident"].ask("GET", "/api/themes")
    assert (response.status_code, response.mimetype, response.json["code"]) == (
        401,
        "application/problem+json",
        "login",
    )
