"""The layers of a district file and of the results: their geometry, columns and values (DESIGN sections 6 and 7).

One description serves the file's reader and writer, the database, the checks, the exports and the tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gridmap.domain import words

Geometry = Literal["point", "line", "polygon", "multipolygon"]
ColumnType = Literal["text", "int", "float", "bool", "date"]


@dataclass(frozen=True)
class Column:
    """One column: its type, the vocabulary its values come from, and the layer whose code it holds."""

    name: str
    type: ColumnType = "text"
    values: words.Vocabulary | None = None
    refers_to: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer: a table with or without geometry, its columns in order. `personal`: about identifiable people."""

    name: str
    geometry: Geometry | None
    columns: tuple[Column, ...]
    personal: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def has_code(self) -> bool:
        """Whether a row is known by a code of its own."""
        return "code" in self.names


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _int(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "int") for name in names)


def _float(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "float") for name in names)


def _kind(values: words.Vocabulary, name: str = "kind") -> Column:
    return Column(name, values=values, required=True)


_CODE = Column("code", required=True)
_NAME = Column("name")
_DERIVED = Column("derived")
"""Names of the row's columns whose values gridmap derived, separated by spaces."""


def _layer(name: str, geometry: Geometry | None, *columns: Column, personal: bool = False) -> Layer:
    return Layer(name, geometry, (*columns, _DERIVED), personal)


def _by_name(*layers: Layer) -> MappingProxyType[str, Layer]:
    return MappingProxyType({layer.name: layer for layer in layers})


DISTRICT_LAYERS = _by_name(
    _layer("streets", "multipolygon", _CODE, _NAME, _kind(words.STREET_KINDS)),
    _layer(
        "communities",
        "multipolygon",
        _CODE,
        _NAME,
        _kind(words.COMMUNITY_KINDS),
        Column("street_code", refers_to="streets"),
        *_int("households", "residents", "elderly", "children", "floating"),
        *_text("office_address", "office_hours", "phone", "party_branch"),
        Column("reform_status", values=words.REFORM_STATUS),
        *_int("original_residents"),
    ),
    _layer(
        "compounds",
        "polygon",
        _CODE,
        _NAME,
        Column("community_code", refers_to="communities"),
        _kind(words.ENCLOSURES, "enclosure"),
        _kind(words.MANAGEMENTS, "management"),
        Column("employer"),
        Column("employer_share", "float"),
        Column("property_company"),
        *_int("households", "residents"),
        Column("owners_committee", "bool"),
    ),
    _layer(
        "buildings",
        "polygon",
        _CODE,
        _NAME,
        Column("address"),
        Column("compound_code", refers_to="compounds"),
        Column("community_code", refers_to="communities"),
        Column("use", values=words.BUILDING_USES),
        *_int("floors", "households", "residents"),
    ),
    _layer(
        "stairwells",
        "point",
        _CODE,
        Column("building_code", refers_to="buildings"),
        *_int("number", "households"),
    ),
    _layer(
        "gates",
        "point",
        _CODE,
        Column("compound_code", refers_to="compounds"),
        Column("kind", values=words.GATE_KINDS),
        _kind(words.GATE_ACCESS, "access"),
        Column("hours"),
    ),
    _layer("barriers", "line", _kind(words.BARRIER_KINDS), _NAME),
    _layer(
        "ways",
        "line",
        _kind(words.WAY_KINDS),
        _NAME,
        Column("walkable", "bool"),
        Column("bridge", "bool"),
        Column("tunnel", "bool"),
    ),
    _layer("ground", "polygon", _kind(words.GROUND_KINDS)),
    _layer(
        "centres",
        "point",
        _CODE,
        _NAME,
        _kind(words.CENTRE_KINDS),
        Column("area_m2", "float"),
        Column("community_code", refers_to="communities"),
        *_text("serves", "services", "hours", "phone"),
    ),
    _layer(
        "facilities",
        "point",
        _CODE,
        _NAME,
        _kind(words.FACILITY_KINDS),
        Column("capacity", "int"),
        Column("hours"),
    ),
    _layer(
        "staff",
        "point",
        _CODE,
        _NAME,
        *_text("duty_phone", "phone", "title"),
        Column("published", "bool"),
        Column("community_code", refers_to="communities"),
        Column("stairwell_code", refers_to="stairwells"),
        Column("party_member", "bool"),
        Column("roles"),
        Column("capacity", "int"),
        Column("source", values=words.STAFF_SOURCES),
        personal=True,
    ),
    _layer(
        "grids",
        "multipolygon",
        _CODE,
        Column("community_code", refers_to="communities"),
        _kind(words.GRID_KINDS),
        *_int("households", "buildings"),
        Column("walk_m", "float"),
        *_int("households_low", "households_high", "size_least", "size_most"),
        Column("by_hand", "bool"),
    ),
    _layer(
        "members",
        None,
        Column("grid_code", refers_to="grids", required=True),
        Column("building_code", refers_to="buildings", required=True),
        *_int("stop"),
    ),
    _layer(
        "assignments",
        None,
        _kind(words.ROLES, "role"),
        Column("place_code", required=True),
        Column("staff_code", refers_to="staff", required=True),
        Column("since", "date"),
        Column("until", "date"),
        Column("locked", "bool"),
        personal=True,
    ),
)
"""The layers that carry a district between people; geometry in EPSG:4326 in files and in the database."""

COUNTS = ("households", "residents", "elderly", "children", "floating")
"""Columns of communities that tables of counts give; `children` are those under 15."""

SMALL_COUNTS = ("elderly", "children", "floating")
"""Counts of groups of people, which the public isn't shown where they are small (`numbers.least_shown`)."""

SMALL_PARTS = ("elderly_within_5", "elderly_within_10", "elderly_within_15")
"""Counts of parts of such groups, in results: not shown where they are small either."""

RESULT_LAYERS = _by_name(
    Layer(
        "isolation",
        "polygon",
        (
            _CODE,
            _kind(words.ISOLATION_CLASSES, "class"),
            Column("cause", values=words.ISOLATION_CAUSES),
            *_float(
                "score",
                "openings_per_km",
                "longest_gap_m",
                "directness",
                "detour_m",
                "reach_300",
                "reach_500",
                "office_walk_m",
                "centre_walk_m",
            ),
            *_text("reasons", "reasons_zh", "reasons_en"),
            *_float("directness_worst", "detour_worst_m"),
            Column("class_worst", values=words.ISOLATION_CLASSES),
            *_float("score_worst", "reach_300_worst", "reach_500_worst"),
            Column("score_parts"),
            *_int("neighbours", "neighbours_unreached", "unreached_worst", "neighbours_unsurveyed"),
            Column("neighbour_walks"),
            *_float("walled_share", "employer_share", "interleaving"),
            *_int("pieces_own", "pieces_other"),
            *_float("residents_openings_per_km", "residents_longest_gap_m", "residents_directness"),
            *_float("residents_detour_m", "residents_reach_300", "residents_reach_500"),
            *_int("residents_unreached"),
            Column("not_measured"),
        ),
    ),
    Layer(
        "gate_proposals",
        "point",
        (
            Column("rank", "int", required=True),
            Column("compound_code", refers_to="compounds", required=True),
            Column("joins"),
            Column("households", "int"),
            *_float("saved_mean_m", "saved_p90_m", "share_50m"),
        ),
    ),
    DISTRICT_LAYERS["grids"],
    DISTRICT_LAYERS["members"],
    Layer(
        "leaders",
        "point",
        (
            _kind(words.ROLES, "role"),
            Column("place_code", required=True),
            Column("staff_code", refers_to="staff"),
            Column("walk_m", "float"),
            _kind(words.LEADER_STATUS, "status"),
            Column("cause", values=words.VACANCY_CAUSES),
            Column("basis", values=words.LEADER_BASES),
            *_int("candidates", "rank"),
            Column("next_code"),
            Column("next_m", "float"),
        ),
        personal=True,
    ),
    Layer(
        "need",
        None,
        (
            Column("community_code", refers_to="communities", required=True),
            *_int("households", "staff_needed", "staff_in_place"),
            *_int("households_low", "households_high", "staff_least", "staff_most"),
        ),
    ),
    Layer(
        "regions",
        "multipolygon",
        (
            Column("region", "int", required=True),
            _CODE,
            _kind(words.REGION_STATUS, "status"),
            *_int("households", "units"),
            Column("members"),
            *_float("compactness", "centre_lon", "centre_lat", "mean_walk_m"),
            *_int("households_low", "households_high"),
        ),
    ),
    Layer(
        "reach",
        None,
        (
            Column("community_code", refers_to="communities"),
            _kind(words.SERVICE_KINDS),
            *_int("sites", "residents", "within_5", "within_10", "within_15", "within_15_worst"),
            *_int("elderly", "elderly_within_5", "elderly_within_10", "elderly_within_15"),
            Column("mean_walk_m", "float"),
        ),
    ),
    Layer(
        "reach_gaps",
        "multipolygon",
        (
            _kind(words.SERVICE_KINDS),
            Column("minutes", "int", required=True),
            Column("community_code", refers_to="communities"),
            *_int("residents", "elderly"),
        ),
    ),
    Layer(
        "reach_sites",
        "point",
        (
            _kind(words.SERVICE_KINDS),
            Column("rank", "int", required=True),
            Column("community_code", refers_to="communities"),
            Column("beside"),
            *_int("residents", "elderly"),
            Column("within_15", "float"),
        ),
    ),
    Layer(
        "findings",
        "point",
        (
            Column("rank", "int", required=True),
            _kind(words.FINDING_KINDS),
            _kind(words.SEVERITIES, "severity"),
            Column("layer", required=True),
            *_text("place_code", "other"),
            *_float("area_m2", "length_m"),
            *_int("count"),
            *_text("words_zh", "words_en"),
        ),
    ),
)
"""What the analyses give (DESIGN section 7). `grids` and `members` are also read back as results from before."""

TRUTH_LAYER = Layer("truth", None, (Column("compound_code", required=True), Column("isolated", "bool"), Column("how")))
"""Of the sample only: what it made isolated, and how. No analysis reads it and the database has no place for it."""
