"""Settings come from the environment, each named and typed, and wrong ones are refused by name."""

from pathlib import Path

import pytest

from gridmap.domain.errors import InputError
from gridmap.domain.numbers import DEFAULT_NUMBERS
from gridmap.services.settings import Settings


def test_without_variables_the_defaults_hold():
    settings = Settings.from_environment({"HOME": "/home/li"})
    assert (settings.host, settings.port, settings.lang, settings.numbers) == ("127.0.0.1", 8000, "zh", DEFAULT_NUMBERS)


def test_the_home_is_what_the_variable_says():
    assert Settings.from_environment({"GRIDMAP_HOME": "/srv/map"}).home == Path("/srv/map")


def test_a_number_of_the_field_is_a_setting():
    assert Settings.from_environment({"GRIDMAP_GRID_TARGET": "350"}).numbers.grid_target == 350


@pytest.mark.parametrize(
    ("name", "value"), [("GRIDMAP_PORT", "http"), ("GRIDMAP_COMPOUND_LEADERS", "perhaps"), ("GRIDMAP_LANG", "fr")]
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(name, value):
    with pytest.raises(InputError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("user", "variables", "home"),
    [
        (0, {"XDG_DATA_HOME": "/data"}, "/var/lib/gridmap"),
        (1000, {"XDG_DATA_HOME": "/data"}, "/data/gridmap"),
    ],
)
def test_the_home_follows_from_who_asks(monkeypatch, user, variables, home):
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert Settings.from_environment(variables).home == Path(home)
