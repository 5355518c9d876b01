"""Samples whose rules are tried: two small ones, or those named in the environment.

`GRIDMAP_TEST_SAMPLES="1:1 2012:10" pytest -n 0 tests/sample` tries the same rules on seed 1 at scale 1 and seed 2012 at
scale 10 (some minutes and 2 GB each).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from gridmap.analysis.isolation import isolation
from gridmap.domain.district import District
from gridmap.layers.write import write
from gridmap.sample import Sample, make_sample
from gridmap.sample.source import METRIC


@dataclass(frozen=True)
class Made:
    """One sample, and how large it is."""

    sample: Sample
    scale: float
    folder: Path

    @cached_property
    def metric(self) -> District:
        return self.sample.district.to_crs(METRIC)

    @cached_property
    def file(self) -> dict[str, gpd.GeoDataFrame]:
        """The layers with a shape as they stand in a file."""
        path = self.folder / "sample.gpkg"
        write(path, {name: self.sample.district[name] for name in self.sample.district.filled()})
        names = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        return {name: gpd.read_file(path, layer=name) for name in names}

    @cached_property
    def judged(self) -> pd.DataFrame:
        """The truth beside the classes that the analysis gives."""
        found = isolation(self.sample.district.metric())
        return self.sample.truth.merge(pd.DataFrame(found[["code", "class"]]), left_on="compound_code", right_on="code")


@pytest.fixture(scope="session", params=os.environ.get("GRIDMAP_TEST_SAMPLES", "2012:0.2 7:0.1").split())
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    seed, scale = request.param.split(":")
    return Made(make_sample(seed=int(seed), scale=float(scale)), float(scale), tmp_path_factory.mktemp("sample"))


@pytest.fixture
def sample(made: Made) -> Sample:
    return made.sample


@pytest.fixture
def metric(made: Made) -> District:
    return made.metric
