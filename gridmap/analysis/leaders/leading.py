"""The use of roster, places and assignment: who leads what, what is vacant and why, and how many staff are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.analysis.grids.walks import PairWalks, pair_walks_of
from gridmap.analysis.leaders import places
from gridmap.analysis.leaders.assign import assign, second_choices
from gridmap.analysis.leaders.roster import roster
from gridmap.domain.district import District
from gridmap.domain.errors import DataError
from gridmap.domain.layers import RESULT_LAYERS
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note, template
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.domain.today import today
from gridmap.domain.uncertainty import Errors, household_errors, marked, ranges

Progress = Callable[[float, str], None]
_DOING = {
    "grid": template("grid leaders"),
    "compound": template("compound leaders"),
    "party_compound": template("Party-member compound leaders"),
    "stairwell": template("stairwell leaders"),
}


@dataclass(frozen=True)
class Leaders:
    """Who leads what.

    Attributes
    ----------
    leaders
        One row a role and place, columns of `RESULT_LAYERS["leaders"]`, geometry the place's point (metric).
    need
        One row a community, columns of `RESULT_LAYERS["need"]`; `staff_needed` is empty where the rule doesn't hold.
    candidates
        Everybody who was considered: `role`, `place_code`, `staff_code`, `walk_m` (NaN: unknown), `cost` (metres: what
        the assignment made least), `sitting`. Persons with a locked place stand only at that place.
    notes
        What was missing or had to be assumed.
    """

    leaders: gpd.GeoDataFrame
    need: pd.DataFrame
    candidates: pd.DataFrame
    notes: list[Note]


def leaders(
    district: District,
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    walks: PairWalks | None = None,
    on: date | None = None,
    progress: Progress | None = None,
) -> Leaders:
    """Assign leaders to grids, compounds and stairwells, and compare the staff needed with the staff in place.

    A grid is led by somebody of its community's staff (of the committee's people in villages), at most `capacity`
    grids each; a compound and a stairwell by people entered for the role who live there. As many places as possible
    are filled, and among all such assignments the total cost is the least possible, exactly: the cost is the walk
    (see `gridmap.analysis.leaders.places`), less `numbers.leader_change_m` for a sitting leader, so that a change has
    to save more than this. An unknown walk (no known home, or no way there) costs as much as the longest known walk
    in that community, or for compounds and stairwells that place, so that nobody is left out for it, and nobody is
    preferred for it. A locked assignment stays whatever it costs.

    Parameters
    ----------
    district
        Metric, with its grids and members. Without grids only compounds and stairwells get leaders.
    numbers
        `grids_per_leader` (capacity of those who have none in the roster), `leader_change_m`, and the switches
        `compound_leaders`, `party_compound_leaders`, `stairwell_leaders`.
    walks
        Metres from homes to buildings; by default the walk graph's for residents, or straight lines without ways.
    on
        The day that says which assignments are in force; today unless given.
    progress
        Called with the share done and words.

    Raises
    ------
    DataError
        The district isn't metric, or has no place that wants a leader.
    """
    if district.crs == GEOGRAPHIC:
        raise DataError("Leaders are assigned in metres: give the district in a metric system.")
    tell = progress or (lambda _share, _words: None)
    wanted = _wanted(district, numbers)
    if not any(len(table) for table in wanted.values()):
        raise DataError("There is nothing to lead: the district has no grids, no compounds and no stairwells.")
    people, notes = roster(district, numbers)
    if wanted["grid"].empty:
        notes.append(Note("There are no grids yet, so no grid leaders; draw the grids first."))
    if people.empty:
        notes.append(Note("There is nobody in the roster, so every place is vacant."))
    sitting = _in_force(district, on or today())
    found, considered = [], []
    for step, (role, table) in enumerate(wanted.items()):
        tell(step / len(wanted), _DOING[role])
        if role == "grid":
            _say_who(people, notes)
            pairs = places.grid_candidates(district, people, walks or pair_walks_of(district, numbers))
        elif role == "stairwell":
            pairs = places.stairwell_candidates(district, people)
        else:
            pairs = places.compound_candidates(district, people, role)
        own = sitting[sitting["role"] == role]
        rows, pairs = _fill(role, table, pairs, people, own, numbers=numbers, notes=notes)
        found.append(rows)
        considered.append(pairs)
    tell(1.0, "done")
    result = pd.concat([rows for rows in found if len(rows)], ignore_index=True)
    result["cause"] = result["cause"].astype(object).where(result["cause"].notna(), None)
    columns = [*RESULT_LAYERS["leaders"].names, "geometry"]
    return Leaders(
        leaders=gpd.GeoDataFrame(result[columns], geometry="geometry", crs=district.crs),
        need=need(district, numbers),
        candidates=pd.concat(considered, ignore_index=True),
        notes=notes,
    )


def need(district: District, numbers: Numbers = DEFAULT_NUMBERS) -> pd.DataFrame:
    """Staff needed and in place, one row a community.

    Households are the community's own figure, or else the sum over its buildings. `staff_needed` follows the mission's
    rule and is empty for communities that carry their own number or whose households are unknown. Where households were
    derived, `households_low` and `households_high` say between what they may lie, and `staff_least` and `staff_most`
    what the rule asks for then.
    """
    communities = district["communities"].drop_duplicates("code")
    counted = district["buildings"].groupby("community_code")["households"].sum(min_count=1)
    households = communities["households"].fillna(communities["code"].map(counted).astype("Int64"))
    kinds = communities["kind"]
    spread = _spread(communities, households, district["buildings"], numbers)
    staff = district["staff"].drop_duplicates("code")
    is_staff = staff["roles"].fillna("").str.split().map(lambda own: "staff" in own).astype(bool)
    in_place = staff[is_staff].groupby("community_code")["code"].size()
    table = pd.DataFrame({"community_code": communities["code"].to_numpy(), "households": households.to_numpy()})
    table["staff_needed"] = _staff(households, kinds, numbers)
    table["staff_in_place"] = table["community_code"].map(in_place).fillna(0).astype("Int64")
    table["households"] = table["households"].astype("Int64")
    for name, least, count in (
        ("households_low", "staff_least", spread["households_low"]),
        ("households_high", "staff_most", spread["households_high"]),
    ):
        table[name], table[least] = count.array, _staff(count, kinds, numbers)
    return table.sort_values("community_code", ignore_index=True)


def _staff(households: pd.Series, kinds: pd.Series, numbers: Numbers) -> pd.api.extensions.ExtensionArray:
    """Staff needed for so many households each; empty where these aren't known or the rule doesn't hold."""
    needed = [
        numbers.staff_needed(int(count), kind) if pd.notna(count) else None
        for count, kind in zip(households, kinds, strict=True)
    ]
    return pd.array(needed, dtype="Int64")


def _spread(
    communities: pd.DataFrame, households: pd.Series, buildings: pd.DataFrame, numbers: Numbers
) -> pd.DataFrame:
    """Between what the households of communities may lie where they are a sum over buildings."""
    at = pd.Index(communities["code"]).get_indexer(pd.Index(buildings["community_code"]))
    summed = (communities["households"].isna() | marked(communities["derived"], "households")).to_numpy(dtype=bool)
    errors = household_errors(buildings, numbers=numbers).summed(at.astype(np.int64), len(communities))
    return ranges(households, Errors(errors.own * summed, errors.shared * summed))


def _wanted(district: District, numbers: Numbers) -> dict[str, gpd.GeoDataFrame]:
    """The places of each role."""
    wanted = {"grid": places.grid_places(district)}
    if numbers.compound_leaders:
        wanted["compound"] = places.compound_places(district)
    if numbers.party_compound_leaders:
        wanted["party_compound"] = places.compound_places(district)
    if numbers.stairwell_leaders:
        wanted["stairwell"] = places.stairwell_places(district)
    return wanted


def _say_who(people: pd.DataFrame, notes: list[Note]) -> None:
    """Say it where the roster names nobody for the role of grid leader, so that all staff count as candidates."""
    if len(people) and not people["can_grid"].any() and people["can_staff"].any():
        notes.append(
            Note("Nobody in the roster is entered for the role of grid leader; all staff count as candidates.")
        )


def _in_force(district: District, day: date) -> pd.DataFrame:
    """Assignments in force on the day, the latest of a place and role first; `until` is the first day out of office."""
    table = district["assignments"]
    moment = pd.Timestamp(day)
    began = table["since"].isna() | (table["since"] <= moment)
    lasts = table["until"].isna() | (table["until"] > moment)
    table = table[began & lasts].assign(locked=table["locked"].fillna(False).astype(bool))
    return table.sort_values(["locked", "since"], ascending=False, kind="stable")


def _fill(
    role: str,
    table: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    people: pd.DataFrame,
    sitting: pd.DataFrame,
    *,
    numbers: Numbers,
    notes: list[Note],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Fill the places of one role: its rows of the result, and the candidates with their costs."""
    locked = _locked(table, people, sitting, notes)
    capacity = people["capacity"] if role == "grid" else pd.Series(1, index=people.index)
    left = capacity.sub(locked.value_counts(), fill_value=0).clip(lower=0).astype(int)
    eligible = pairs
    if role == "party_compound":
        eligible = pairs[pairs["staff_code"].map(people["party"]).map(lambda member: member is not False).astype(bool)]
    costed = _costed(role, table, eligible, sitting, numbers)
    open_pairs = costed[~costed["place_code"].isin(locked.index)]
    free = {str(code): int(count) for code, count in left.items()}
    assigned = assign(open_pairs, free)
    chosen = pd.concat([locked, assigned])
    rows = table.assign(role=role, staff_code=table["place_code"].map(chosen))
    walks = costed.set_index(["place_code", "staff_code"])["walk_m"]
    pair = pd.MultiIndex.from_frame(rows[["place_code", "staff_code"]])
    straight_line = places.straight_walks(rows, people)
    rows["walk_m"] = np.where(pair.isin(walks.index), walks.reindex(pair).to_numpy(float), straight_line)
    vacant = rows["staff_code"].isna()
    rows["staff_code"] = rows["staff_code"].astype(object).where(~vacant, None)
    rows["status"] = np.where(vacant, "vacant", "assigned")
    rows["cause"] = _causes(role, rows, pairs, eligible, vacant.to_numpy())
    return _explained(rows, costed, locked, second_choices(open_pairs, free, assigned)), costed


def _explained(
    rows: gpd.GeoDataFrame, costed: pd.DataFrame, locked: pd.Series, seconds: pd.DataFrame
) -> gpd.GeoDataFrame:
    """The rows with why it is this person: on what grounds, the how-manieth nearest of how many, and who would be next.

    Who lives as near as another has the same rank; an unknown walk has none.
    """
    place = rows["place_code"]
    pair = pd.MultiIndex.from_frame(rows[["place_code", "staff_code"]])
    known = costed.assign(rank=costed.groupby("place_code")["walk_m"].rank(method="min"))
    known = known.set_index(["place_code", "staff_code"])
    sitting = known["sitting"].reindex(pair).fillna(value=False).to_numpy(bool)
    basis = np.select([place.isin(locked.index), sitting], ["locked", "sitting"], "chosen").astype(object)
    return rows.assign(
        basis=np.where(rows["staff_code"].isna(), np.array(None), basis),
        candidates=pd.array(place.map(costed["place_code"].value_counts()).fillna(0), dtype="Int64"),
        rank=pd.array(known["rank"].reindex(pair).to_numpy(float), dtype="Int64"),
        next_code=place.map(seconds["next_code"]).astype(object).where(lambda code: code.notna(), None),
        next_m=place.map(seconds["next_m"]).to_numpy(float),
    )


def _locked(table: gpd.GeoDataFrame, people: pd.DataFrame, sitting: pd.DataFrame, notes: list[Note]) -> pd.Series:
    """Who stays at which place because it is locked; what can't stay is said."""
    locked = sitting[sitting["locked"]]
    notes += (
        _about(lock, template("{staff}, locked to {place}, is not in the roster any more; the place was filled anew."))
        for lock in locked[~locked["staff_code"].isin(people.index)].itertuples()
    )
    notes += (
        _about(lock, template("{staff} is locked to {place}, which doesn't exist any more."))
        for lock in locked[~locked["place_code"].isin(table["place_code"])].itertuples()
    )
    locked = locked[locked["staff_code"].isin(people.index) & locked["place_code"].isin(table["place_code"])]
    notes += (
        _about(lock, template("{place} has two locked leaders of one role; the later one stays, not {staff}."))
        for lock in locked[locked["place_code"].duplicated()].itertuples()
    )
    return locked.drop_duplicates("place_code").set_index("place_code")["staff_code"].astype(object)


def _about(lock: Any, message: str) -> Note:
    """A note on a locked assignment."""
    return Note(message, {"staff": lock.staff_code, "place": lock.place_code}, str(lock.place_code))


def _costed(
    role: str, table: gpd.GeoDataFrame, pairs: pd.DataFrame, sitting: pd.DataFrame, numbers: Numbers
) -> pd.DataFrame:
    """The candidates with `role`, `sitting` and `cost`."""
    pairs = pairs.assign(role=role)
    community = table.set_index("place_code")["community_code"]
    group = pairs["place_code"].map(community) if role == "grid" else pairs["place_code"]
    longest = pairs["walk_m"].groupby(group.fillna("")).transform("max").fillna(0.0)
    now = pd.MultiIndex.from_frame(sitting[["place_code", "staff_code"]])
    pairs["sitting"] = pd.MultiIndex.from_frame(pairs[["place_code", "staff_code"]]).isin(now)
    pairs["cost"] = pairs["walk_m"].fillna(longest) - np.where(pairs["sitting"], numbers.leader_change_m, 0.0)
    return pairs


def _causes(
    role: str, rows: gpd.GeoDataFrame, pairs: pd.DataFrame, eligible: pd.DataFrame, vacant: np.ndarray
) -> np.ndarray:
    nobody = "no_staff_in_community" if role == "grid" else "no_candidate_lives_there"
    cause = np.where(rows["place_code"].isin(eligible["place_code"]), "all_at_capacity", nobody)
    if role == "party_compound":
        only_others = rows["place_code"].isin(pairs["place_code"]) & ~rows["place_code"].isin(eligible["place_code"])
        cause = np.where(only_others, "no_party_member_lives_there", cause)
    empty = (rows["households"] == 0).fillna(False).to_numpy(bool) & ~rows["place_code"].isin(eligible["place_code"])
    if role != "grid":
        cause = np.where(empty, "no_households", cause)
    return np.where(vacant, cause.astype(object), np.array(None))
