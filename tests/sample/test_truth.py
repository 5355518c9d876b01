"""What the sample says it made isolated is what the walk graph finds, and little else."""

from __future__ import annotations

from gridmap.sample.gates import ISOLATING
from tests.sample.conftest import Made


def test_what_was_made_isolated_is_found(made: Made) -> None:
    isolated = made.judged[made.judged["isolated"]]
    assert len(isolated) >= 50 * made.scale
    assert isolated["class"].eq("isolated").mean() >= 0.99


def test_little_else_is_found(made: Made) -> None:
    found = made.judged[made.judged["class"].eq("isolated")]
    assert (~found["isolated"]).mean() <= 0.01


def test_what_nobody_surveyed_is_never_called_isolated(made: Made) -> None:
    judged = made.judged
    assert judged.loc[judged["how"].eq("unsurveyed"), "class"].eq("unsurveyed").all()


def test_every_way_of_being_isolated_and_every_decoy_is_there_often_enough(made: Made) -> None:
    least = int(20 * made.scale) if made.scale >= 1 else 1
    how = made.sample.truth["how"].value_counts()
    for role in (*ISOLATING, "employer_open", "closed_beside_open", "river_bridge", "unsurveyed"):
        assert how.get(role, 0) >= least, role
