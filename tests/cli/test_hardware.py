"""`hardware list`: a bare array for programs; prices and guidance for people."""

import json

import pytest

from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal

pytestmark = pytest.mark.usefixtures("remote")


@pytest.mark.parametrize("name", ["hardware", "hw"])
def test_hardware_is_a_bare_array(run: Run, name: str) -> None:
    listed = json.loads(run(name, "list").stdout)
    assert {"sku", "name"} == set(listed[0])
    assert "gpu-t4" in [each["sku"] for each in listed]


def test_a_terminal_gets_prices_with_where_they_are_from() -> None:
    seen = on_a_terminal("hardware", "list", columns=160)
    assert seen.lines[0].split() == ["sku", "name", "per", "second", "per", "hour", "good", "for"]
    (row,) = [line for line in seen.lines if line.startswith("gpu-t4")]
    assert "$0.000225" in row
    assert "$0.81" in row
    assert row.endswith("16 GB: small models that may take their time")
    assert "price list of mid 2025" in seen.lines[-1]


def test_a_narrow_terminal_gets_prices_too() -> None:
    seen = on_a_terminal("hardware", "list", columns=80)
    (row,) = [line for line in seen.lines if line.startswith("gpu-a100-large")]
    assert "$0.001400" in row
    assert "$5.04" in row
