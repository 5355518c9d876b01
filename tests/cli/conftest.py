"""The command run as a user runs it, without the cost of a new process."""

import sys
from dataclasses import dataclass

import pytest

from gridmap.cli import main
from gridmap.layers import write


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def gridmap(monkeypatch, capsys, tmp_path):
    """A function that runs `gridmap WORDS…` and gives its exit code and what it said."""
    monkeypatch.setenv("GRIDMAP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRIDMAP_LANG", "en")
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["gridmap", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(ended.value.code or 0, said.out, said.err)

    return run


@pytest.fixture
def gridmap_db(gridmap, database, monkeypatch):
    """The same on the test's own database."""
    monkeypatch.setenv("GRIDMAP_DATABASE_URL", database.url.render_as_string(hide_password=False))
    return gridmap


@pytest.fixture
def town_file(town, tmp_path):
    """The town as a district file."""
    path = tmp_path / "town.gpkg"
    write(path, {name: town[name] for name in town.filled()})
    return path
