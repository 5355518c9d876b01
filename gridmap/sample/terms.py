"""Who is in office: most of the candidates that the roster has for compounds and stairwells, as in life not all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_IN_OFFICE = {"compound": 0.85, "party_compound": 0.8, "stairwell": 0.8}
"""Of the places with a candidate, the share that has somebody in office."""

_FIRST, _DAYS = np.datetime64("2023-01-01"), 1200
"""The terms began within so many days from the first."""


def terms(staff: pd.DataFrame, compound: NDArray[np.object_], rng: np.random.Generator) -> pd.DataFrame:
    """The terms in force, in the columns of the layer `assignments`.

    Parameters
    ----------
    staff
        The roster: `code`, `roles`, `stairwell_code`.
    compound
        The code of the compound that each of them lives in, None for none.
    rng
        Who is in office, and since when.
    """
    found = []
    roles = staff["roles"].str.split()
    homes = {"compound": compound, "party_compound": compound, "stairwell": staff["stairwell_code"].to_numpy()}
    for role, share in _IN_OFFICE.items():
        able = roles.map(lambda own, role=role: role in own).to_numpy() & pd.notna(homes[role])
        one = pd.DataFrame({"place_code": homes[role][able], "staff_code": staff["code"].to_numpy()[able]})
        one = one.drop_duplicates("place_code").assign(role=role)
        found.append(one[rng.random(len(one)) < share])
    table = pd.concat(found, ignore_index=True)
    table["since"] = (_FIRST + rng.integers(_DAYS, size=len(table)).astype("timedelta64[D]")).astype(str)
    return table.assign(until=None, locked=False)[["role", "place_code", "staff_code", "since", "until", "locked"]]
