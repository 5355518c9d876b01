"""What a gate would change, against measuring the changed district from nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis.isolation.standing import standing
from gridmap.analysis.isolation.what_if import Change, what_if
from gridmap.domain.errors import InputError, NotFoundError
from tests.analysis.test_gates_random import cities, with_gates
from tests.analysis.test_isolation_gates import quarter
from tests.network.towns import town


def classes_after(effect):
    return dict(zip(effect.compounds["code"], effect.compounds["class_after"], strict=True))


def measured(district):
    base = standing(district)
    table = base.measures.assign(code=base.district["compounds"]["code"])
    return table.set_index("code")


def closed(layers, code):
    return town(**{**layers, "gates": [g if g["code"] != code else {**g, "access": "closed"} for g in layers["gates"]]})


@settings(max_examples=15, deadline=None, derandomize=True)
@given(cities(columns=(2, 2)), st.integers(0, 3))
def test_closing_a_gate_changes_what_a_full_measurement_says(layers, which):
    gate = layers["gates"][which % len(layers["gates"])]
    if gate["access"] != "public":
        return
    effect = what_if(standing(town(**layers)), [Change("close", gate=gate["code"])])
    after = measured(closed(layers, gate["code"]))
    for row in effect.compounds.itertuples():
        assert row.class_after == after.loc[row.code, "class"]
        assert row.detour_m_after == pytest.approx(after.loc[row.code, "detour_m"], abs=0.01, nan_ok=True)


def test_what_is_not_told_does_not_change():
    layers = quarter()
    base = standing(town(**layers))
    effect = what_if(base, [Change("close", gate="ga")])
    after = measured(closed(layers, "ga"))
    others = [code for code in base.district["compounds"]["code"] if code not in set(effect.compounds["code"])]
    before = base.measures.assign(code=base.district["compounds"]["code"]).set_index("code")
    assert before.loc[others, "class"].equals(after.loc[others, "class"])


def test_a_gate_added_changes_what_a_full_measurement_says():
    layers = quarter()
    effect = what_if(standing(town(**layers)), [Change("add", place=(101.0, 60.0), compound="a")])
    point = effect.gates.geometry.iloc[0]
    after = measured(with_gates(layers, [(point, "a")]))
    for row in effect.compounds.itertuples():
        assert row.class_after == after.loc[row.code, "class"]
        assert row.detour_m_after == pytest.approx(after.loc[row.code, "detour_m"], abs=0.01, nan_ok=True)


def test_opening_what_was_closed_is_as_if_it_had_never_been():
    layers = quarter()
    start = town(**layers)
    effect = what_if(standing(closed(layers, "ga")), [Change("open", gate="ga")])
    after = measured(start)
    assert classes_after(effect) == {code: after.loc[code, "class"] for code in effect.compounds["code"]}


def test_closing_one_and_adding_another_are_weighed_together():
    layers = quarter()
    effect = what_if(
        standing(town(**layers)), [Change("close", gate="ga"), Change("add", place=(101.0, 60.0), compound="a")]
    )
    point = effect.gates.geometry.iloc[1]
    after = measured(with_gates({**layers, "gates": [g for g in layers["gates"] if g["code"] != "ga"]}, [(point, "a")]))
    row = effect.compounds.set_index("code").loc["a"]
    assert row["detour_m_after"] == pytest.approx(after.loc["a", "detour_m"], abs=0.01)


def test_who_gains_by_a_gate_is_told():
    effect = what_if(standing(town(**quarter())), [Change("add", place=(101.0, 60.0), compound="a")])
    assert effect.gain.households > 0
    assert effect.loss.households == 0


def test_who_loses_by_a_closed_gate_is_told():
    effect = what_if(standing(town(**quarter())), [Change("close", gate="ga")])
    assert effect.loss.households > 0


def test_a_gate_is_put_onto_the_nearest_wall():
    effect = what_if(standing(town(**quarter())), [Change("add", place=(104.0, 60.0))])
    assert effect.gates.geometry.iloc[0].x == pytest.approx(99.75)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Change("close", gate="nobody"), NotFoundError),
        (Change("open", gate="ga"), InputError),
        (Change("add", place=(5000.0, 5000.0)), InputError),
        (Change("add", place=(0.0, 61.0), compound="a"), InputError),
    ],
)
def test_what_can_not_be_is_refused(change, error):
    with pytest.raises(error):
        what_if(standing(town(**quarter())), [change])


def test_without_a_change_there_is_nothing_to_say():
    with pytest.raises(InputError):
        what_if(standing(town(**quarter())), [])


def test_nothing_of_the_standing_is_changed():
    base = standing(town(**quarter()))
    walk = base.walk.copy()
    what_if(base, [Change("close", gate="ga")])
    assert np.array_equal(base.walk, walk)
