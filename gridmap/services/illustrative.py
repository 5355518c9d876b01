"""The illustrative district, into a file or an empty database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from gridmap.layers import check_target, write
from gridmap.sample import make_sample
from gridmap.services.files import load
from gridmap.services.outcome import Progress


def write_sample(path: Path, *, seed: int, scale: float, progress: Progress) -> dict[str, int]:
    """Write the illustrative district to a file; gives the number of rows of each layer."""
    check_target(path)
    sample = make_sample(seed=seed, scale=scale, progress=progress)
    tables = {name: sample.district[name] for name in sample.district.filled()}
    tables["truth"] = sample.truth
    write(path, tables)
    return {name: len(table) for name, table in tables.items()}


def load_sample(engine: Engine, *, actor: str, progress: Progress) -> int:
    """Put the illustrative district into an empty database; gives the data version."""
    sample = make_sample(progress=lambda share, words: progress(share * 0.8, words))
    progress(0.8, "loading")
    loaded = load(engine, sample.district, mode="replace", actor=actor, action="sample", detail={"illustrative": True})
    progress(1.0, "loaded")
    return loaded.version
