"""What each layer of vector tiles holds: its rows, its attributes, and from which zooms on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gridmap.database.terms import SITS_NOW, TERM_IS_OVER
from gridmap.domain.layers import SMALL_COUNTS

MAX_ZOOM = 16
"""The last zoom with tiles of its own: a step of its grid is 15 cm. The map enlarges these beyond."""

LAST_ZOOM = 22
"""Tiles are answered up to here for those who ask nevertheless."""

GRID_NAME = (
    "coalesce(c.name || ' 第' || (CASE WHEN g.code ~ '^[0-9]{15}$' THEN right(g.code, 3)::int END) || '网格', g.code)"
)
"""A grid by its community and its number."""

GRID_LEADER = f"""coalesce((
    SELECT 'assigned' FROM gridmap.assignments a WHERE a.role = 'grid' AND a.place_code = g.code AND {SITS_NOW} LIMIT 1
), (
    SELECT min(CASE WHEN {TERM_IS_OVER} THEN 'vacant' ELSE l.status END)
    FROM gridmap.leaders l WHERE l.role = 'grid' AND l.place_code = g.code
))"""  # noqa: S608  # our own pieces
"""Whether a grid has its leader, in office or proposed: assigned, vacant, or NULL where nobody ever looked."""

REGION_NAME = """coalesce((
    SELECT s.name || ' ' || CASE
        WHEN r.code ~ '6[0-9]{2}$' THEN '第' || right(r.code, 2)::int || '大社区' ELSE '余下部分' END
    FROM gridmap.streets s WHERE starts_with(r.code, s.code) ORDER BY length(s.code) DESC LIMIT 1
), r.code)"""
"""A mega-community by its street and its number from 601, a part that is left over by its street."""

NEWEST_PLAN = "(SELECT max(id) FROM gridmap.plans WHERE origin = 'proposal')"


@dataclass(frozen=True)
class TileLayer:
    """A layer of tiles: what it selects, from which zooms on, and the layers whose change makes its tiles old.

    `source` gives `id`, `geom` (EPSG:4326) and the attributes; it stays so plain that the planner can push the
    tile's envelope down to the GiST index. `labels_from`: the zoom from which `<layer>_label` holds one point a
    feature. `simplified`: outlines are thinned to a quarter of a pixel below `MAX_ZOOM`. `coloured`: features carry
    `colour`, a number that neighbours never share.
    """

    name: str
    geometry: str
    source: str
    fields: Mapping[str, str]
    minzoom: int = 0
    depends: tuple[str, ...] = ()
    labels_from: int | None = None
    label_fields: tuple[str, ...] = ()
    simplified: bool = False
    coloured: bool = False

    def least_shown(self, least: int) -> dict[str, int]:
        """The parameter of the source by which small counts of groups of people are left out, where it has one."""
        return {"least_shown": least} if ":least_shown" in self.source else {}

    @property
    def announced(self) -> dict[str, str]:
        """The attributes of a feature with their types, as TileJSON names them."""
        return {**self.fields, **({"colour": "Number"} if self.coloured else {})}

    @property
    def versions(self) -> list[str]:
        """Names of the layers whose change makes the tiles old."""
        return [self.name, *self.depends]


def _fields(**types: str) -> Mapping[str, str]:
    return MappingProxyType({name: kind for kind, names in types.items() for name in names.split()})


def _shown(name: str) -> str:
    """A count of a group of people, where it is large enough to be shown: everybody sees the same tiles."""
    return f"CASE WHEN {name} >= CAST(:least_shown AS int) THEN {name} END"


_SHOWN = ", ".join(f"{_shown(name)} AS {name}" for name in SMALL_COUNTS)

_ALL = (
    TileLayer(
        "streets",
        "polygon",
        "SELECT id, geom, code, name, kind FROM gridmap.streets",
        _fields(String="code name kind"),
        labels_from=0,
        label_fields=("code", "name", "kind"),
        simplified=True,
    ),
    TileLayer(
        "communities",
        "polygon",
        f"""
        SELECT id, geom, code, name, kind, street_code, households, residents, party_branch, reform_status,
            {_SHOWN},
            {_shown("elderly")}::float8 / nullif(residents, 0) AS elderly_share,
            {_shown("floating")}::float8 / nullif(residents, 0) AS floating_share,
            CASE WHEN party_branch IS NULL THEN 'none' WHEN (
                SELECT count(*) FROM gridmap.communities o WHERE o.party_branch = communities.party_branch
            ) > 1 THEN 'shared' ELSE 'own' END AS branch_state
        FROM gridmap.communities
        """,  # noqa: S608 (columns of ours)
        _fields(
            String="code name kind street_code party_branch reform_status branch_state",
            Number="households residents elderly children floating elderly_share floating_share",
        ),
        labels_from=9,
        label_fields=("code", "name", "kind", "households"),
        simplified=True,
        coloured=True,
    ),
    TileLayer(
        "compounds",
        "polygon",
        """
        SELECT id, geom, code, name, community_code, enclosure, management, employer, employer_share,
            property_company, owners_committee, households, residents FROM gridmap.compounds
        """,
        _fields(
            String="code name community_code enclosure management employer property_company",
            Number="employer_share households residents",
            Boolean="owners_committee",
        ),
        minzoom=9,
        labels_from=13,
        label_fields=("code", "name", "households"),
        simplified=True,
    ),
    TileLayer(
        "buildings",
        "polygon",
        """
        SELECT id, geom, code, name, address, use, floors, households, residents, compound_code, community_code
        FROM gridmap.buildings
        """,
        _fields(
            String="code name address use compound_code community_code",
            Number="floors households residents",
        ),
        minzoom=14,
        labels_from=16,
        label_fields=("code", "name", "households"),
    ),
    TileLayer(
        "stairwells",
        "point",
        "SELECT id, geom, code, building_code, number, households FROM gridmap.stairwells",
        _fields(String="code building_code", Number="number households"),
        minzoom=14,
    ),
    TileLayer(
        "gates",
        "point",
        "SELECT id, geom, code, compound_code, kind, access, hours FROM gridmap.gates",
        _fields(String="code compound_code kind access hours"),
        minzoom=12,
    ),
    TileLayer(
        "barriers",
        "line",
        "SELECT id, geom, kind, name FROM gridmap.barriers",
        _fields(String="kind name"),
        minzoom=11,
    ),
    TileLayer(
        "ways",
        "line",
        """
        SELECT id, geom, kind, name, walkable, bridge, tunnel FROM gridmap.ways
        WHERE :z >= 14 OR kind IN ('motorway', 'trunk', 'primary', 'secondary', 'tertiary')
            OR (:z >= 12 AND kind = 'residential')
        """,
        _fields(String="kind name", Boolean="walkable bridge tunnel"),
        minzoom=8,
    ),
    TileLayer(
        "ground", "polygon", "SELECT id, geom, kind FROM gridmap.ground", _fields(String="kind"), simplified=True
    ),
    TileLayer(
        "centres",
        "point",
        "SELECT id, geom, code, name, kind, area_m2, community_code FROM gridmap.centres",
        _fields(String="code name kind community_code", Number="area_m2"),
        minzoom=9,
    ),
    TileLayer(
        "facilities",
        "point",
        "SELECT id, geom, code, name, kind, capacity FROM gridmap.facilities",
        _fields(String="code name kind", Number="capacity"),
        minzoom=11,
    ),
    TileLayer(
        "grids",
        "polygon",
        f"""
        SELECT g.id, g.geom, g.code, {GRID_NAME} AS name, g.community_code, g.kind, g.households, g.buildings, g.walk_m,
             {GRID_LEADER} AS leader
        FROM gridmap.grids g LEFT JOIN gridmap.communities c ON c.code = g.community_code
        """,  # noqa: S608 (a constant of this module)
        _fields(String="code name community_code kind leader", Number="households buildings walk_m"),
        minzoom=9,
        depends=("communities", "leaders", "assignments"),
        labels_from=13,
        label_fields=("code", "name", "households", "kind", "leader"),
        simplified=True,
        coloured=True,
    ),
    TileLayer(
        "isolation",
        "polygon",
        """
        SELECT i.id, i.geom, i.code, c.name, i.class, i.cause, i.score, i.openings_per_km, i.longest_gap_m,
            i.directness, i.detour_m, i.reach_300, i.reach_500, i.office_walk_m, i.centre_walk_m,
            i.neighbours_unreached, i.walled_share, i.employer_share, i.interleaving, i.residents_directness,
            i.residents_detour_m, c.households
        FROM gridmap.isolation i JOIN gridmap.compounds c ON c.code = i.code
        """,
        _fields(
            String="code name class cause",
            Number="score openings_per_km longest_gap_m directness detour_m reach_300 reach_500 office_walk_m "
            "centre_walk_m neighbours_unreached walled_share employer_share interleaving residents_directness "
            "residents_detour_m households",
        ),
        minzoom=9,
        depends=("compounds",),
        labels_from=13,
        label_fields=("code", "name", "class", "households"),
        simplified=True,
    ),
    TileLayer(
        "gate_proposals",
        "point",
        """
        SELECT p.id, p.geom, p.rank, p.compound_code, c.name AS compound_name, p.joins, p.households, p.saved_mean_m,
            p.saved_p90_m, p.share_50m
        FROM gridmap.gate_proposals p JOIN gridmap.compounds c ON c.code = p.compound_code
        """,
        _fields(
            String="compound_code compound_name joins", Number="rank households saved_mean_m saved_p90_m share_50m"
        ),
        minzoom=9,
        depends=("compounds",),
    ),
    TileLayer(
        "reach_gaps",
        "polygon",
        "SELECT id, geom, kind, minutes, community_code, residents FROM gridmap.reach_gaps",
        _fields(String="kind community_code", Number="minutes residents"),
        depends=("communities",),
        simplified=True,
    ),
    TileLayer(
        "reach_sites",
        "point",
        """
        SELECT id, geom, kind, rank, community_code, beside, residents, within_15,
            'service:' || kind || ':' || rank AS code
        FROM gridmap.reach_sites
        """,
        _fields(String="kind community_code beside code", Number="rank residents within_15"),
        depends=("communities",),
    ),
    TileLayer(
        "findings",
        "point",
        """
        SELECT id, geom, rank, kind, severity, layer, place_code, other, area_m2, length_m, count, words_zh, words_en
        FROM gridmap.findings WHERE geom IS NOT NULL
        """,
        _fields(String="kind severity layer place_code other words_zh words_en", Number="rank area_m2 length_m count"),
    ),
    TileLayer(
        "leaders",
        "point",
        "SELECT id, geom, role, place_code, status, cause FROM gridmap.leaders WHERE geom IS NOT NULL",
        _fields(String="role place_code status cause"),
        minzoom=12,
    ),
    TileLayer(
        "regions",
        "polygon",
        f"""
        SELECT r.id, r.geom, r.region, r.code, {REGION_NAME} AS name, r.status, r.households, r.units, r.compactness,
            r.mean_walk_m
        FROM gridmap.plan_regions r WHERE r.plan_id = {NEWEST_PLAN}
        """,  # noqa: S608 (a constant of this module)
        _fields(String="code name status", Number="region households units compactness mean_walk_m"),
        depends=("streets",),
        labels_from=9,
        label_fields=("code", "name", "status", "households"),
        simplified=True,
        coloured=True,
    ),
)

TILE_LAYERS: Mapping[str, TileLayer] = MappingProxyType({layer.name: layer for layer in _ALL})
"""All layers of tiles. People have none; of leaders only what tells of no person."""
