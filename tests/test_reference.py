"""Every command, option, setting, address, layer and column is documented."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from gridmap.cli import cli
from gridmap.database.engine import make_engine
from gridmap.domain.layers import DISTRICT_LAYERS, RESULT_LAYERS
from gridmap.domain.numbers import Numbers
from gridmap.services.settings import Settings
from gridmap.web.app import create_app

REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text(encoding="utf-8")


def _commands(group: click.Group, path: str = "gridmap") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += _commands(command, f"{path} {name}")
        elif not command.hidden:
            found.append((f"{path} {name}", command))
    return found


@pytest.mark.parametrize(("path", "command"), _commands(cli), ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_and_its_options_are_documented(path, command):
    row = "".join(line for line in REFERENCE.splitlines() if line.startswith(f"| `{path}"))
    options = [option.opts[0] for option in command.params if isinstance(option, click.Option)]
    assert row
    assert [option for option in options if option not in row] == []


@pytest.mark.parametrize("kind", [Settings, Numbers])
def test_every_setting_is_documented(kind):
    names = [f"`GRIDMAP_{item.name.upper()}`" for item in fields(kind) if item.name != "numbers"]
    assert [name for name in names if name not in REFERENCE] == []


def test_every_address_is_documented():
    rules = create_app(make_engine("postgresql:///nowhere")).url_map.iter_rules()
    written = [str(rule).replace("<path:path>", "<path>") for rule in rules]
    assert [address for address in written if f"`{address}" not in REFERENCE] == []


@pytest.mark.parametrize("layer", [*DISTRICT_LAYERS.values(), *RESULT_LAYERS.values()], ids=lambda layer: layer.name)
def test_every_layer_and_its_columns_are_documented(layer):
    names = [name for name in layer.names if name != "derived"]
    assert f"`{layer.name}`" in REFERENCE
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []


def test_every_reason_of_an_import_is_documented():
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (Path(__file__).parent.parent / "gridmap" / "layers").glob("*.py")
    )
    codes = set(re.findall(r'code="([a-z_]+)"', sources))
    assert len(codes) > 15
    assert [code for code in codes if code not in REFERENCE] == []
