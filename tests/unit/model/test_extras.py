"""What is told to be installed is what the project's extras name."""

from __future__ import annotations

import tomllib

import pytest

from conformance.model import extras
from tests.e2e.commandline import CHECKOUT

EXTRAS = {
    "tvm": extras.TVM,
    "tvm-ffi": extras.TVM_FFI,
    "campaign": extras.CAMPAIGN,
    "compat": extras.COMPAT,
    "cost": extras.COST,
}
PROJECT = CHECKOUT / "pyproject.toml"


@pytest.mark.skipif(not PROJECT.is_file(), reason="needs the checkout")
def test_the_commands_install_what_the_extras_name() -> None:
    wanted = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["optional-dependencies"]
    for name, command in EXTRAS.items():
        assert command == "pip install " + " ".join(f"'{package}'" for package in wanted[name])
