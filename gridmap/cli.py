"""The `gridmap` command."""

from __future__ import annotations

import click

from gridmap import __version__


@click.group()
@click.version_option(__version__)
def main() -> None:
    """A web map by which a Chinese district is looked after."""
