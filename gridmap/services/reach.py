"""Services within reach: who walks how far, where they lack, and where more of them would help most."""

from __future__ import annotations

from gridmap.analysis.reach import services_within_reach
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic, require

DEFAULT_SITES = 3


def run(district: District, *, numbers: Numbers, progress: Progress, sites: int = DEFAULT_SITES) -> Outcome:
    """Measure who reaches each kind of service of a metric district, and propose `sites` further ones of each."""
    require(district, "buildings", "ways")
    found = services_within_reach(district, sites=sites, numbers=numbers, progress=progress)
    total = found.reach.drop(columns=["community_code", "mean_walk_m"]).groupby("kind", sort=False).sum()
    return Outcome(
        tables={"reach": found.reach, "reach_gaps": geographic(found.gaps), "reach_sites": geographic(found.sites)},
        figures={
            "kinds": {str(kind): own.astype(int).to_dict() for kind, own in total.iterrows()},
            "sites": len(found.sites),
        },
        notes=tuple(found.notes),
    )


REACH = Analysis(name="reach", run=run)
