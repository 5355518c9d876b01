"""Leaders: give every grid, compound and stairwell its person, or a named vacancy."""

from __future__ import annotations

from gridmap.analysis.grids.walks import pair_walks_of
from gridmap.analysis.leaders import leaders
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import ROLES
from gridmap.services import grids
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic, require


def run(district: District, *, numbers: Numbers, progress: Progress) -> Outcome:
    """Assign leaders in a metric district; where it has no grids yet they are drawn first and given as well."""
    require(district, "communities", "buildings")
    drawn: Outcome | None = None
    walks = pair_walks_of(district, numbers)
    if not len(district["grids"]):
        drawn = grids.run(
            district, numbers=numbers, walks=walks, progress=lambda share, words: progress(share * 0.5, words)
        )
        district = district.with_tables(
            grids=drawn.tables["grids"].to_crs(district.crs), members=drawn.tables["members"]
        )
    result = leaders(district, numbers=numbers, walks=walks, progress=progress)
    places = result.leaders
    vacant = places["status"] == "vacant"
    figures = {
        role: (int((places["role"] == role).sum()), int(((places["role"] == role) & vacant).sum()))
        for role in ROLES
        if (places["role"] == role).any()
    }
    return Outcome(
        tables={"leaders": geographic(places), "need": result.need, **(drawn.tables if drawn else {})},
        figures={
            "places": len(places),
            "vacant": int(vacant.sum()),
            "roles": figures,
            "staff_needed": int(result.need["staff_needed"].sum()),
            "staff_least": int(result.need["staff_least"].fillna(result.need["staff_needed"]).sum()),
            "staff_most": int(result.need["staff_most"].fillna(result.need["staff_needed"]).sum()),
            "staff_in_place": int(result.need["staff_in_place"].sum()),
        },
        notes=(*(drawn.notes if drawn else ()), *result.notes),
    )


LEADERS = Analysis(name="leaders", run=run, after=grids.GRIDS, get_ready=grids.GRIDS.get_ready)
