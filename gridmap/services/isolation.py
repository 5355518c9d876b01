"""Isolated compounds: measure them, and propose the gates that would help most."""

from __future__ import annotations

from gridmap.analysis.isolation import gate_proposals, isolation_walked, lacks
from gridmap.analysis.isolation.gates import Per
from gridmap.domain.district import District
from gridmap.domain.numbers import Numbers
from gridmap.domain.words import ISOLATION_CLASSES
from gridmap.services.outcome import Analysis, Outcome, Progress, geographic, require

DEFAULT_GATES = 20


def run(
    district: District, *, numbers: Numbers, progress: Progress, gates: int = DEFAULT_GATES, gates_per: Per = "district"
) -> Outcome:
    """Measure every compound of a metric district and propose `gates` openings, so many for the whole district, each
    street or each compound."""
    require(district, "compounds")
    measured, found = isolation_walked(
        district, numbers=numbers, progress=lambda share, words: progress(share * 0.6, words)
    )
    proposed = gate_proposals(
        district,
        count=gates,
        per=gates_per,
        numbers=numbers,
        found=found,
        progress=lambda share, words: progress(0.6 + share * 0.4, words),
    )
    names = district["compounds"].set_index("code")["name"]
    measured.insert(1, "name", measured["code"].map(names))
    classes = measured["class"].value_counts()
    return Outcome(
        tables={"isolation": geographic(measured), "gate_proposals": geographic(proposed)},
        figures={
            "compounds": len(measured),
            **{name: int(classes.get(name, 0)) for name in ISOLATION_CLASSES},
            "gates": len(proposed),
        },
        notes=lacks(district, measured, found, numbers=numbers),
    )


ISOLATION = Analysis(name="isolation", run=run)
