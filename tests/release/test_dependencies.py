"""The bounds of pyproject.toml: the lowest versions that they allow work, and so do the newest."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.release.environment import CHECKOUT, PYTHONS, Environment, install, make, newest_python, passed, small_runs

ROOMS = ("model", "oracle", "rules", "reports")
EXTRAS = ("campaign", "compat", "cost")
"""The extras whose rooms are called as they are."""

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]


def run_tests(environment: Environment, where: Iterable[str], *options: str, needed: Iterable[str] = ()) -> None:
    """Run tests with the checkout's code and the environment's packages, and with what is `needed` of the extra dev."""
    extras = PROJECT["optional-dependencies"]
    names = {"syrupy", "xmlschema", *needed}
    dev = [text for text in extras["dev"] if Requirement(text).name in names]
    dev += [text for extra in EXTRAS for text in extras[extra]] + ["pip"]  # which environments of uv's do not have
    before = environment.versions()
    pinned = [f"{name}=={version}" for name, version in before.items() if name != "abi-conformance"]
    install(environment.home, *dev, *pinned)
    after = environment.versions()
    assert {name: after[name] for name in before} == before
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options)
    ended = environment.run(*command, *(CHECKOUT / "tests" / path for path in where), cwd=CHECKOUT)
    assert " passed" in passed(ended).stdout


def unit_tests(environment: Environment, rooms: Sequence[str] = ROOMS, *options: str) -> None:
    """The unit tests of some rooms."""
    run_tests(environment, [f"unit/{room}" for room in rooms], *options)


def are_lowest(found: Mapping[str, str], wanted: Iterable[str]) -> None:
    """Hold the versions that were found against the bounds of requirements."""
    for requirement in map(Requirement, wanted):
        (bound,) = requirement.specifier
        assert bound.operator == ">="
        assert Version(found[requirement.name]).release[: len(Version(bound.version).release)] == (
            Version(bound.version).release
        ), requirement


def test_the_lowest_versions_work(wheel: Path, tmp_path: Path) -> None:
    environment = make(tmp_path, PYTHONS[0], wheel, lowest=True)
    are_lowest(environment.versions(), PROJECT["dependencies"])
    small_runs(environment)
    unit_tests(environment)


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_lowest_versions_of_an_extra_work(wheel: Path, tmp_path: Path, extra: str) -> None:
    environment = make(tmp_path, PYTHONS[0], wheel, lowest=True, extras=[extra])
    are_lowest(environment.versions(), PROJECT["optional-dependencies"][extra])
    unit_tests(environment, [extra], "-W", "default")  # an old package may warn of what newer ones beside it say


def test_the_lowest_object_store_works(wheel: Path, tmp_path: Path) -> None:
    environment = make(tmp_path, PYTHONS[0], wheel, lowest=True, extras=["campaign", "campaign-s3"])
    are_lowest(environment.versions(), PROJECT["optional-dependencies"]["campaign-s3"])
    run_tests(environment, ["e2e/test_campaign.py"], "-k", "object_store", "-rs", needed=["moto"])


def test_the_newest_versions_work(wheel: Path, tmp_path: Path) -> None:
    unit_tests(make(tmp_path, newest_python(), wheel))
