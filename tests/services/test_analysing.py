"""How an analysis is run."""

from __future__ import annotations

from gridmap.domain.district import District
from gridmap.services.analysing import analyse
from gridmap.services.outcome import Analysis, Outcome


def test_what_takes_its_time_begins_before_the_district_is_read(town: District) -> None:
    done: list[str] = []

    class Noted:
        def district(self, analysis: Analysis) -> District:
            done.append("read")
            return town

    def run(_district: District, **_how: object) -> Outcome:
        done.append("run")
        return Outcome({})

    analyse(Analysis("grids", run, get_ready=lambda: done.append("ready")), Noted(), [])
    assert done == ["ready", "read", "run"]
