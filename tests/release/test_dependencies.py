"""The bounds of pyproject.toml: the lowest versions that they allow work, and so do the newest."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from tests.release.environment import CHECKOUT, PYTHONS, Environment, install, make, newest_python, passed, small_runs

ROOMS = ("model", "oracle", "rules", "reports")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]


def unit_tests(environment: Environment) -> None:
    """The unit tests of what runs no compiler, with the checkout's code and the environment's packages."""
    extras = PROJECT["optional-dependencies"]
    dev = [text for text in extras["dev"] if Requirement(text).name in ("syrupy", "xmlschema")]
    dev += [*extras["campaign"], *extras["compat"], *extras["cost"]]
    before = environment.versions()
    pinned = [f"{name}=={version}" for name, version in before.items() if name != "abi-conformance"]
    install(environment.home, *dev, *pinned)
    after = environment.versions()
    assert {name: after[name] for name in before} == before
    tests = [CHECKOUT / "tests" / "unit" / room for room in ROOMS]
    ended = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, cwd=CHECKOUT)
    assert " passed" in passed(ended).stdout


def test_the_lowest_versions_work(wheel: Path, tmp_path: Path) -> None:
    environment = make(tmp_path, PYTHONS[0], wheel, lowest=True)
    found = environment.versions()
    for requirement in map(Requirement, PROJECT["dependencies"]):
        (bound,) = requirement.specifier
        assert bound.operator == ">="
        assert Version(found[requirement.name]).release[: len(Version(bound.version).release)] == (
            Version(bound.version).release
        ), requirement
    small_runs(environment)
    unit_tests(environment)


def test_the_newest_versions_work(wheel: Path, tmp_path: Path) -> None:
    unit_tests(make(tmp_path, newest_python(), wheel))
