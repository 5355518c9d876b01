"""What an analysis is said to read is all that it reads."""

from __future__ import annotations

import pandas as pd
import pytest

from gridmap.domain.analyses import GIVES, READS
from gridmap.domain.district import District
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.layers import read_district, write
from gridmap.services.analyses import ANALYSES
from gridmap.services.analysing import silent
from gridmap.services.sources import FileSource

ON_DISTRICTS = ("isolation", "grids", "leaders", "reach")


def outcome(name: str, district: District):
    return ANALYSES[name].run(district.metric(), numbers=DEFAULT_NUMBERS, progress=silent)


@pytest.mark.parametrize("name", ON_DISTRICTS)
def test_without_other_layers_the_result_is_the_same(town: District, name: str) -> None:
    only = District({layer: town[layer] for layer in READS[name]}, crs=town.crs)
    whole, part = outcome(name, town).tables, outcome(name, only).tables
    for layer in GIVES[name]:
        pd.testing.assert_frame_equal(pd.DataFrame(whole[layer]), pd.DataFrame(part[layer]))


@pytest.mark.parametrize("name", ON_DISTRICTS)
def test_a_file_is_read_no_farther(town: District, tmp_path, name: str) -> None:
    path = tmp_path / "town.gpkg"
    write(path, {layer: town[layer] for layer in town.filled()})
    assert set(FileSource(path).district(ANALYSES[name]).filled()) == set(town.filled()) & set(READS[name])


def test_some_layers_of_a_district_file(town: District, tmp_path) -> None:
    path = tmp_path / "town.gpkg"
    write(path, {layer: town[layer] for layer in town.filled()})
    assert read_district(path, ("gates", "staff")).filled() == ["gates", "staff"]
