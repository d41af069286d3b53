"""What every test of this checkout may use: pytester, and the markers that say what a test needs of the machine."""

from __future__ import annotations

import os
import shutil

import pytest

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("GITHUB_ACTIONS", None)  # runs that tests start would write to the summary of the tests' own job
    config.addinivalue_line(
        "markers",
        "compiler(*specs): the compilers that a test needs; missing ones skip it, or fail it where "
        "ABI_REQUIRED_COMPILERS (a comma list) names them",
    )
    config.addinivalue_line(
        "markers",
        "program(*names): programs that a test needs one of; without any it is skipped, or fails where ABI_REQUIRED "
        "(a comma list) has the first",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    from conformance.model.target import TARGETS
    from conformance.toolchain import sanitizers
    from conformance.toolchain.compilers import resolve
    from conformance.toolchain.errors import MissingCompiler
    from conformance.toolchain.launch import launcher

    required = os.environ.get("ABI_REQUIRED_COMPILERS", "").split(",")
    for spec in [spec for marker in item.iter_markers("compiler") for spec in marker.args]:
        try:
            compiler = resolve(spec, cxx=True)
            sanitizers.refuse(compiler)
            target = TARGETS.get(compiler.target.name)
            if target is not None:
                launcher(target)
        except MissingCompiler as missing:
            (pytest.fail if spec in required else pytest.skip)(f"needs {spec}: {missing}")
    for names in [marker.args for marker in item.iter_markers("program")]:
        if not any(map(shutil.which, names)):
            asked = names[0] in os.environ.get("ABI_REQUIRED", "").split(",")
            (pytest.fail if asked else pytest.skip)(f"needs {names[0]}, which is not installed")
