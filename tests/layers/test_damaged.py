"""Files that were cut off, or in which bytes are wrong: they load as far as they go, or are refused in words."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.domain.errors import InputError
from gridmap.layers import read, write

REAL = Path(__file__).parents[3] / "shared" / "real"
needs_shared = pytest.mark.skipif(not REAL.exists(), reason="the folder ../shared is absent")
ENDINGS = ("gpkg", "geojson", "csv", "zip", "fgb", "kml", "xlsx")
READ = {".shp", ".geojson", ".json", ".gpkg", ".kml", ".dxf", ".csv", ".osm", ".zip", ".pbf"}
SMALL = 300_000


def damaged(data: bytes, seed: int) -> Iterator[bytes]:
    """The file cut off in three places, and with some bytes exchanged, at its head among others."""
    for share in (0.25, 0.5, 0.75):
        yield data[: int(len(data) * share)]
    chance = random.Random(seed)
    for reach in (len(data), len(data), min(len(data), 300)):
        wrong = bytearray(data)
        for _ in range(5):
            wrong[chance.randrange(reach)] = chance.randrange(256)
        yield bytes(wrong)


def loads_or_is_refused(path: Path, around: Path) -> None:
    """Anything but `InputError` fails the test; so does what is left in the folder for temporary files."""
    with suppress(InputError):
        read(path)
    assert not list(around.glob("gridmap-*"))


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "around"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.filterwarnings("ignore")
def test_what_we_write_may_be_damaged(ending: str, tmp_path: Path, around: Path) -> None:
    shapes = [shapely.box(122 + i / 1000, 37, 122.0005 + i / 1000, 37.0005) for i in range(40)]
    table = gpd.GeoDataFrame(
        {"code": [f"B{i}" for i in range(40)], "name": ["海景花园"] * 40, "floors": np.arange(40)},
        geometry=shapes,
        crs=4326,
    )
    whole, path = tmp_path / f"whole.{ending}", tmp_path / f"buildings.{ending}"
    write(whole, {"buildings": table})
    for data in damaged(whole.read_bytes(), seed=11):
        path.write_bytes(data)
        loads_or_is_refused(path, around)


@pytest.mark.shared
@needs_shared
@pytest.mark.filterwarnings("ignore")
def test_real_files_may_be_damaged(tmp_path: Path, around: Path) -> None:
    files = [f for f in sorted(REAL.rglob("*")) if f.suffix.lower() in READ and f.stat().st_size < SMALL]
    assert len(files) > 20
    for number, file in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        for part in file.parent.glob(f"{file.stem}.*"):
            shutil.copyfile(part, folder / part.name)
        for data in damaged(file.read_bytes(), seed=number):
            (folder / file.name).write_bytes(data)
            loads_or_is_refused(folder / file.name, around)


def test_a_folder_that_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / ".gridmap-dead"
    left.mkdir()
    (left / ".lock").touch()
    (left / "half.gpkg").write_bytes(b"half")
    write(
        tmp_path / "a.csv",
        {"buildings": gpd.GeoDataFrame({"code": ["B"]}, geometry=[shapely.Point(122, 37)], crs=4326)},
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_another_process_works_in_stays(tmp_path: Path) -> None:
    import fcntl

    used = tmp_path / ".gridmap-used"
    used.mkdir()
    with (used / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write(
            tmp_path / "a.csv",
            {"buildings": gpd.GeoDataFrame({"code": ["B"]}, geometry=[shapely.Point(122, 37)], crs=4326)},
        )
        assert used.exists()
