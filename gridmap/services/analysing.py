"""The one way to run an analysis: from a source, through the analysis, into its sinks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gridmap.domain.notes import Words
from gridmap.domain.numbers import DEFAULT_NUMBERS, Numbers
from gridmap.services.outcome import Analysis, Outcome, Progress
from gridmap.services.sources import Sink, Source


def silent(share: float, words: Words) -> None:
    """A progress that nobody watches."""


def analyse(
    analysis: Analysis,
    source: Source,
    sinks: Iterable[Sink],
    *,
    numbers: Numbers = DEFAULT_NUMBERS,
    progress: Progress = silent,
    **options: Any,
) -> Outcome:
    """Load the district, analyse it in metres, keep the outcome in every sink, and give it.

    Parameters
    ----------
    options
        The analysis's own, kept with the result as its settings.
    """
    progress(0.0, "reading")
    if analysis.get_ready is not None:
        analysis.get_ready()
    district = source.district(analysis)
    outcome = analysis.run(district.metric(), numbers=numbers, progress=progress, **options)
    for sink in sinks:
        sink.save(analysis, outcome, settings=as_settings(options), version=district.version)
    return outcome


def as_settings(options: dict[str, Any]) -> dict[str, str]:
    """An analysis's options as they are kept with its result."""
    return {name: str(value) for name, value in options.items()}
