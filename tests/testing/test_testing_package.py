"""The front door of the test kit: every promised name is there, and none of it needs a test tool."""

import subprocess
import sys
from pathlib import Path

import pytest

import orderflow
from orderflow import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_every_promised_name_can_be_reached(name):
    """A lazy name leads to a thing, and the second look finds the same one."""
    assert getattr(testing, name) is getattr(testing, name)


def test_each_promised_name_has_one_home():
    """What is promised and what is found are the same names."""
    homes = [name for names in testing._HOMES.values() for name in names]
    assert sorted(homes) == sorted(testing.__all__) == sorted(dir(testing))


def test_an_unknown_name_is_refused_like_in_any_module():
    """Laziness does not invent names."""
    with pytest.raises(AttributeError, match="no attribute 'FakeGatway'"):
        _ = testing.FakeGatway


def test_fakes_and_checks_need_no_test_tool():
    """A demo or a host's own runner uses them without pytest and Hypothesis."""
    names = ", ".join(testing.__all__)
    code = f"from orderflow.testing import {names}; import sys; print(*sys.modules)"
    source = str(Path(orderflow.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{code}"],
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert {"pytest", "hypothesis"}.isdisjoint(done.stdout.split())
