"""The layers of a district from OpenStreetMap's points, lines and areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.district import District
from gridmap.domain.metric import GEOGRAPHIC
from gridmap.domain.notes import Note
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.layers import osm_tags as tags
from gridmap.layers.derive import derived
from gridmap.layers.osm import OsmFeatures, read_osm
from gridmap.layers.repair import Family, repair
from gridmap.layers.report import Action, FeatureNote, LayerReport, NothingLoadsError, Reading, Report
from gridmap.layers.tiled import Staying, tiled

_FAMILY: dict[str, Family] = {"points": "point", "lines": "line", "multipolygons": "polygon"}


class _Extract:
    """The features of one file, handed out layer by layer, each counted and repaired on its way."""

    def __init__(self, features: Mapping[str, OsmFeatures], report: Report) -> None:
        self.features = features
        self.report = report
        self.used = {source: np.zeros(len(f.table), dtype=bool) for source, f in features.items()}

    def table(self, source: str) -> gpd.GeoDataFrame:
        return self.features[source].table

    def take(
        self, source: str, mask: pd.Series, layer: str, *, refuse: Iterable[tuple[Note, pd.Series]] = ()
    ) -> gpd.GeoDataFrame:
        """The rows where `mask` holds, repaired; `refuse` gives further reasons not to load some of them."""
        found = self.features[source]
        rows = np.flatnonzero(mask.fillna(value=False).to_numpy(dtype=bool))
        self.used[source][rows] = True
        part = found.table.iloc[rows].reset_index(drop=True)
        fixed = repair(
            part.geometry.to_numpy(),
            _FAMILY[source],
            crs=GEOGRAPHIC,
            broken=found.broken[rows],
            mended=found.mended[rows],
        )
        rejected, reasons = fixed.rejected.copy(), fixed.reasons.copy()
        reasons[found.incomplete[rows]] = Note(
            "some of its ways aren't in the file, so its outline isn't closed", code="incomplete"
        )
        for reason, where in refuse:
            hit = where.iloc[rows].fillna(value=False).to_numpy(dtype=bool) & ~rejected
            rejected |= hit
            reasons[hit] = reason
        came = part.geometry.to_numpy()
        for i in np.flatnonzero([r is not None for r in reasons]):
            action: Action = "rejected" if rejected[i] else "repaired"
            number, code = int(part["number"].iloc[i]), str(part["code"].iloc[i])
            shape = found.remains.get(rows[i], came[i]) if rejected[i] else fixed.shapes[i]
            self.report.feature(FeatureNote(source, number, action, reasons[i], code, shape))
        if len(rows):
            counts = LayerReport(source, layer, "UTF-8", Note("OpenStreetMap is always UTF-8"), GEOGRAPHIC)
            counts.crs_known_by = Note("OpenStreetMap is always WGS84")
            counts.read, counts.rejected = len(rows), int(rejected.sum())
            counts.loaded = counts.read - counts.rejected
            counts.repaired = int((~rejected & np.array([r is not None for r in reasons], dtype=bool)).sum())
            self.report.layers.append(counts)
        part = part.set_geometry(gpd.GeoSeries(fixed.shapes, crs=GEOGRAPHIC))
        return part[~rejected].reset_index(drop=True)

    def refuse(self, source: str, layer: str, codes: Iterable[str], reason: Note) -> None:
        """Count features as rejected after all, once it is known that they belong to nothing."""
        table = self.table(source)
        lost = table[table["code"].isin(set(codes))]
        for counts in self.report.layers:
            if (counts.source, counts.layer) == (source, layer):
                counts.loaded -= len(lost)
                counts.rejected += len(lost)
        self.report.features += [
            FeatureNote(source, int(number), "rejected", reason, code, shape)
            for number, code, shape in zip(lost["number"], lost["code"], lost.geometry, strict=True)
        ]


def _any(table: pd.DataFrame, values: Mapping[str, Mapping[str, str]]) -> pd.Series:
    """What the first of several tags means, by the tables given; None where none says anything."""
    meaning = pd.Series(np.full(len(table), None, dtype=object), index=table.index)
    for key, meanings in values.items():
        if key in table:
            meaning = meaning.where(meaning.notna(), table[key].map(meanings).astype(object))
    return meaning.where(meaning.notna(), None)


def _name(table: pd.DataFrame) -> pd.Series:
    return table["name:zh"].where(table["name"].isna(), table["name"])


def _address(table: pd.DataFrame) -> pd.Series:
    street, number = table["addr:street"], table["addr:housenumber"]
    text = street.fillna("").astype(str) + number.fillna("").astype(str)
    return text.where(text != "", None)


def _frame(table: gpd.GeoDataFrame, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=table.index, geometry=table.geometry, crs=GEOGRAPHIC)


def _buildings(extract: _Extract) -> gpd.GeoDataFrame:
    areas = extract.table("multipolygons")
    part = extract.take(
        "multipolygons", areas["building"].notna() & ~areas["building"].isin(tags.NO_BUILDING), "buildings"
    )
    use = tags.first_known(part["building"], tags.BUILDING_USE)
    use = use.where(use.notna(), tags.first_known(part["building:use"], tags.BUILDING_USE))
    use = use.where(use.notna(), tags.first_known(part["amenity"], tags.AMENITY_USE))
    use = use.where(use.notna() | part["shop"].isna(), "commercial").where(
        use.notna() | part["office"].isna(), "office"
    )
    floors = tags.first_number(part["building:levels"].where(part["building:levels"].notna(), part["levels"]))
    height = tags.first_number(part["height"])
    flats = tags.first_number(part["building:flats"])
    return _frame(
        part,
        code=part["code"],
        name=_name(part),
        address=_address(part),
        use=use.where(use.notna(), "unknown"),
        floors=floors.round().clip(lower=1, upper=200).astype("Int64"),
        households=flats.round().astype("Int64"),
        height_m=height,
    )


def _compounds(extract: _Extract) -> gpd.GeoDataFrame:
    areas = extract.table("multipolygons")
    home = areas["landuse"] == "residential"
    campus = areas["amenity"].isin(tags.CAMPUS)
    employer = areas["landuse"].isin(tags.EMPLOYER_LAND) | areas["military"].notna()
    place = areas["place"].isin(tags.PLACES) & _name(areas).notna()
    wanted = (home | campus | employer | place) & areas["building"].isna() & areas["admin_level"].isna()
    part = extract.take("multipolygons", wanted, "compounds")
    works = part["amenity"].isin(tags.CAMPUS) | part["landuse"].isin(tags.EMPLOYER_LAND) | part["military"].notna()
    works &= part["landuse"] != "residential"
    owner = part["operator"].where(part["operator"].notna(), _name(part))
    gated = (part["gated"] == "yes") | (part["residential"] == "gated")
    barrier = tags.first_known(part["barrier"], tags.BARRIER_KIND)
    walled = barrier.notna() | gated
    run = tags.management(part["access"])
    return _frame(
        part,
        code=part["code"],
        name=_name(part),
        enclosure=pd.Series(np.where(walled, "enclosed", "open"), index=part.index).where(
            walled | (part["gated"] == "no"), None
        ),
        management=run.where((run != "unknown") | (part["residential"] != "gated"), "closed"),
        employer=owner.where(works, None),
        barrier=barrier,
    )


def _gates(extract: _Extract) -> gpd.GeoDataFrame:
    points, lines = extract.table("points"), extract.table("lines")
    known = {**tags.OPENINGS, **tags.GATE_KIND}
    part = extract.take("points", tags.first_known(points["barrier"], known).notna(), "gates")
    drawn = extract.take("lines", tags.first_known(lines["barrier"], tags.GATE_KIND).notna(), "gates")
    drawn["geometry"] = shapely.line_interpolate_point(drawn.geometry.to_numpy(), 0.5, normalized=True)
    drawn[["locked", "vehicle", "motor_vehicle", "opening_hours", "bicycle"]] = None
    both = part if not len(drawn) else gpd.GeoDataFrame(pd.concat([part, drawn], ignore_index=True), crs=GEOGRAPHIC)
    access = tags.gate_access(both["foot"], both["access"], both["locked"])
    real = tags.first_known(both["barrier"], tags.GATE_KIND)
    kind = real.where(real.notna(), "pedestrian")
    kind = kind.where(~both["motor_vehicle"].isin(["no"]), "pedestrian").where(both["foot"] != "no", "vehicle")
    return _frame(
        both,
        code=both["code"],
        kind=kind,
        access=access.where(access.notna(), "public"),
        hours=both["opening_hours"],
        name=_name(both),
        opening=real.isna(),
        derived=access.isna().map({True: "access", False: None}).astype(object),
    )


def _ways(extract: _Extract) -> gpd.GeoDataFrame:
    lines = extract.table("lines")
    unknown = lines["highway"].notna() & ~lines["highway"].isin([*tags.WAY_KIND, *tags.NOT_A_WAY])
    part = extract.take(
        "lines",
        lines["highway"].notna(),
        "ways",
        refuse=[
            (
                Note("a way that isn't there (yet, or any more) or isn't for walkers", code="no_way"),
                lines["highway"].isin(tags.NOT_A_WAY),
            ),
            (Note("no way that gridmap knows", code="unknown_way"), unknown),
        ],
    )
    kind = part["highway"].map(tags.WAY_KIND).astype(object)
    return _frame(
        part,
        kind=kind,
        name=_name(part),
        walkable=tags.walkable(kind, part["foot"], part["access"], part["motorroad"]),
        bridge=(part["bridge"].notna() & (part["bridge"] != "no")).astype("boolean"),
        tunnel=(part["tunnel"].notna() & (part["tunnel"] != "no")).astype("boolean"),
        source_id=part["code"],
    )


def _barriers(extract: _Extract, compounds: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lines = extract.table("lines")
    on_ground = ~lines["bridge"].notna() & ~lines["tunnel"].notna()
    kind = tags.first_known(lines["barrier"], tags.BARRIER_KIND)
    kind = kind.where(kind.notna() | ~lines["waterway"].isin(tags.WATER_BARRIERS) | lines["tunnel"].notna(), "river")
    kind = kind.where(kind.notna() | ~(lines["railway"].isin(tags.RAIL_BARRIERS) & on_ground), "railway")
    part = extract.take("lines", kind.notna(), "barriers")
    chosen = kind.to_numpy()[part["number"].to_numpy(dtype=int) - 1]
    found = [_frame(part, kind=chosen, name=_name(part), source_id=part["code"], derived=None)]
    walled = compounds[compounds["barrier"].notna()]
    found.append(
        gpd.GeoDataFrame(
            {"kind": walled["barrier"], "name": walled["name"], "source_id": walled["code"], "derived": "geometry"},
            geometry=walled.geometry.boundary,
            crs=GEOGRAPHIC,
        )
    )
    fast = ways[(ways["kind"] == "motorway") & ~ways["bridge"] & ~ways["tunnel"]]
    found.append(
        gpd.GeoDataFrame(
            {"kind": "road", "name": fast["name"], "source_id": fast["source_id"], "derived": "kind"},
            geometry=fast.geometry,
            crs=GEOGRAPHIC,
        )
    )
    return gpd.GeoDataFrame(pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True), crs=GEOGRAPHIC)


def _ground(extract: _Extract) -> gpd.GeoDataFrame:
    areas = extract.table("multipolygons")
    kinds = {
        "natural": tags.GROUND_NATURAL,
        "leisure": tags.GROUND_LEISURE,
        "landuse": tags.GROUND_LANDUSE,
        "waterway": {"riverbank": "water"},
    }
    part = extract.take("multipolygons", _any(areas, kinds).notna() & areas["building"].isna(), "ground")
    return _frame(part, kind=_any(part, kinds), source_id=part["code"])


def _administrative(extract: _Extract, level: str, layer: str) -> gpd.GeoDataFrame:
    areas = extract.table("multipolygons")
    here = areas["admin_level"] == level
    if level == tags.ADMIN_COMMUNITY:
        said = _name(areas).fillna("").astype(str).str.contains(tags.COMMUNITY_NAME)
        here |= (areas["admin_level"] == tags.ADMIN_BETWEEN) & said
    part = extract.take("multipolygons", (areas["boundary"] == "administrative") & here, layer)
    name = _name(part)
    text = name.fillna("").astype(str)
    kind = (
        np.where(text.str.contains(r"镇$|乡$"), "town", "street")
        if layer == "streets"
        else np.where(text.str.contains(r"村(?:委会|民委员会)?$"), "village", "urban")
    )
    shapes = part.geometry.to_numpy()
    alone = shapely.get_type_id(shapes) == 3
    shapes[alone] = shapely.multipolygons(shapes[alone], indices=np.arange(alone.sum()))
    part = part.set_geometry(gpd.GeoSeries(shapes, crs=GEOGRAPHIC))
    return _frame(part, code=part["code"], name=name, kind=kind, derived="kind")


def _sites(extract: _Extract) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Service sites and facilities: points as they are, areas by a point inside."""
    centres, facilities = [], []
    for source in ("points", "multipolygons"):
        table = extract.table(source)
        name = table["name"].fillna("").astype(str)
        office = name.str.contains(tags.COMMITTEE_NAME)
        if "admin_level" in table:
            office &= table["admin_level"].isna()
        hub = (name.str.contains(tags.SERVICE_CENTRE_NAME)) & ~office
        part = extract.take(source, office | hub, "centres")
        inside = part.geometry.representative_point()
        part = part.set_geometry(inside)
        is_office = part["name"].fillna("").astype(str).str.contains(tags.COMMITTEE_NAME)
        phone = part["phone"].where(part["phone"].notna(), part["contact:phone"])
        centres.append(
            _frame(
                part,
                code="centre-" + part["code"],
                name=part["name"],
                kind=np.where(is_office, "committee_office", "service_centre"),
                hours=part["opening_hours"],
                phone=phone,
            )
        )
        old = table["social_facility:for"].fillna("").astype(str).str.contains("senior")
        known = _any(table, tags.FACILITY).notna() | old
        part = extract.take(source, known & ~(office | hub), "facilities")
        kind = _any(part, tags.FACILITY)
        kind = kind.where(~part["social_facility:for"].fillna("").astype(str).str.contains("senior"), "elderly_care")
        facilities.append(
            _frame(
                part.set_geometry(part.geometry.representative_point()),
                code="facility-" + part["code"],
                name=_name(part),
                kind=kind,
                capacity=tags.first_number(part["capacity"]).round().astype("Int64"),
                hours=part["opening_hours"],
            )
        )
    return _together(centres), _together(facilities)


def _together(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [part for part in parts if len(part)] or parts[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=GEOGRAPHIC)


def _entrances(extract: _Extract) -> gpd.GeoDataFrame:
    points = extract.table("points")
    wanted = points["entrance"].notna() & ~points["entrance"].isin(tags.NO_STAIRWELL)
    part = extract.take("points", wanted & points["barrier"].isna(), "stairwells")
    number = tags.first_number(part["ref"].where(part["addr:unit"].isna(), part["addr:unit"])).round()
    return _frame(part, code=part["code"], number=number.astype("Int64"))


def _without_stray_openings(extract: _Extract, tables: dict[str, gpd.GeoDataFrame], numbers: Numbers) -> None:
    """Leave out bollards and the like that stand on no compound's boundary and in no wall."""
    gates = tables["gates"]
    opening = gates["opening"].to_numpy(dtype=bool)
    tables["gates"] = gates.drop(columns="opening")
    if not opening.any():
        return
    district = District({name: tables[name] for name in ("compounds", "barriers", "gates") if len(tables[name])})
    metric = district.metric()
    edges = np.concatenate([metric["compounds"].geometry.boundary.to_numpy(), metric["barriers"].geometry.to_numpy()])
    points = metric["gates"].geometry.to_numpy()
    near = np.unique(shapely.STRtree(edges).query(points, predicate="dwithin", distance=numbers.gate_boundary_m)[0])
    stray = opening & ~np.isin(np.arange(len(gates)), near)
    reason = Note("it is on no compound's boundary and in no wall", code="stray_gate")
    extract.refuse("points", "gates", gates["code"][stray], reason)
    tables["gates"] = tables["gates"][~stray].reset_index(drop=True)


def _with_stairwells_of_dwellings(extract: _Extract, district: District, mapped: gpd.GeoDataFrame) -> District:
    """Leave out entrances that are at no building, or at one that nobody lives in."""
    stairwells, buildings = district["stairwells"], district["buildings"]
    homes = buildings.loc[buildings["households"].fillna(0) > 0, "code"]
    kept = stairwells[stairwells["building_code"].isin(homes)].reset_index(drop=True)
    lost = mapped.loc[~mapped["code"].isin(kept["code"]), "code"]
    reason = Note("it is the entrance of no building that people live in", code="stray_entrance")
    extract.refuse("points", "stairwells", lost, reason)
    return district.with_tables(stairwells=kept)


def read_osm_district(
    path: Path, *, numbers: Numbers = DEFAULT_NUMBERS, staying: Staying | None = None, as_it_is: bool = False
) -> Reading:
    """An OpenStreetMap extract as a district.

    Parameters
    ----------
    path
        XML (.osm) or PBF (.osm.pbf, .pbf).
    staying
        The areas beside which those of the extract are to come, see `tiled`.
    as_it_is
        Whether overlaps and gaps between its areas stay as they are: for a check of the file.

    Returns
    -------
    Reading
        Layers in EPSG:4326, codes from the source's ids (`osm-w123`), and what was repaired, rejected and derived.

    Raises
    ------
    InputError
        It can't be read, or holds nothing that gridmap has a layer for.
    """
    features, cut = read_osm(path)
    report = Report(str(path))
    if cut:
        report.note(Note("The file is cut off; what is complete before the cut was read."))
    extract = _Extract(features, report)
    compounds = _compounds(extract)
    ways = _ways(extract)
    centres, facilities = _sites(extract)
    tables = {
        "streets": _administrative(extract, tags.ADMIN_STREET, "streets"),
        "communities": _administrative(extract, tags.ADMIN_COMMUNITY, "communities"),
        "compounds": compounds,
        "buildings": _buildings(extract),
        "stairwells": _entrances(extract),
        "gates": _gates(extract),
        "barriers": _barriers(extract, compounds, ways),
        "ways": ways,
        "ground": _ground(extract),
        "centres": centres,
        "facilities": facilities,
    }
    if not any(len(table) for table in tables.values()):
        raise NothingLoadsError(report, "{path} holds no feature that gridmap has a layer for.", path=path)
    left = {source: int((~used).sum()) for source, used in extract.used.items()}
    report.note(
        Note("Features that no layer of a district holds: {points} points, {lines} lines, {multipolygons} areas.", left)
    )
    tables["compounds"] = tables["compounds"].drop(columns="barrier")
    _without_stray_openings(extract, tables, numbers)
    district = District({name: table for name, table in tables.items() if len(table)})
    if not as_it_is:
        district = tiled(district, report=report, numbers=numbers, staying=staying)
    district = derived(district, numbers=numbers, stairwells_are_complete=False)
    return Reading(_with_stairwells_of_dwellings(extract, district, tables["stairwells"]), report)
