"""CHANGELOG.md has the form of Keep a Changelog, so that a release only has to name its section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from packaging.version import Version

from conformance import __version__

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
HEADING = re.compile(r"## \[(?P<version>[^]]+)\](?: - (?P<day>\S+))?")
URL = "https://example.org"
GOOD = f"""# Changelog

## [Unreleased]
### Added
- New.

## [0.2.0] - 2026-02-03
### Fixed
- Old.

[Unreleased]: {URL}
[0.2.0]: {URL}
"""


def problems(text: str, current: str) -> Iterator[str]:
    """What is not as it has to be, a sentence each; `current` is the version of the package."""
    lines = text.splitlines()
    if not lines or lines[0] != "# Changelog":
        yield "the title is not Changelog"
    headings = [line for line in lines if line.startswith("## ")]
    found = [HEADING.fullmatch(line) for line in headings]
    yield from (f"no version: {line}" for line, match in zip(headings, found, strict=True) if match is None)
    named = [match for match in found if match is not None]
    if [match["version"] for match in named[:1]] != ["Unreleased"] or text.count("\n## [Unreleased]") != 1:
        yield "[Unreleased] is not the first section and the only one of its name"
    released = [match for match in named if match["version"] != "Unreleased"]
    versions = [Version(match["version"]) for match in released]
    if versions != sorted(set(versions), reverse=True):
        yield "the versions are not in order, the newest first"
    if versions and versions[0] > Version(current):
        yield f"{versions[0]} is newer than the package, {current}"
    days = [date.fromisoformat(match["day"] or "") if match["day"] else None for match in released]
    if None in days:
        yield "a version has no date"
    links = set(re.findall(r"^\[([^]]+)\]: https://\S+$", text, re.MULTILINE))
    wanted = {match["version"] for match in named} if released else set()
    yield from (f"[{name}] has no link" for name in sorted(wanted - links))
    for section in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        yield from (f"no kind of change: {kind}" for kind in kinds if kind not in KINDS)
        if len(kinds) != len(set(kinds)):
            yield "a kind of change is there twice"
        yield from ("a heading has no entries" for _ in re.findall(r"^### .*\n+(?=#|\[|\Z)", section, re.MULTILINE))


def test_the_changelog_has_its_form() -> None:
    assert list(problems(CHANGELOG.read_text("utf-8"), __version__)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# Changelog\n\n", "", "the title is not Changelog"),
        ("## [0.2.0] - ", "## 0.2.0, ", "no version: ## 0.2.0, 2026-02-03"),
        ("## [Unreleased]", "## [0.1.0] - 2026-01-02", "[Unreleased] is not the first section"),
        ("- Old.\n", "- Old.\n\n## [0.3.0] - 2026-03-04\n### Added\n- Newer.\n", "the versions are not in order"),
        ("0.2.0", "0.4.0", "0.4.0 is newer than the package"),
        (" - 2026-02-03", "", "a version has no date"),
        (f"[0.2.0]: {URL}\n", "", "[0.2.0] has no link"),
        ("### Fixed", "### Mended", "no kind of change: Mended"),
        ("- New.", "- New.\n### Added\n- More.", "a kind of change is there twice"),
        ("- Old.\n", "", "a heading has no entries"),
    ],
)
def test_what_is_wrong_with_one_is_told(old: str, new: str, says: str) -> None:
    assert list(problems(GOOD, "0.3.0")) == []
    assert GOOD.count(old)
    assert any(said.startswith(says) for said in problems(GOOD.replace(old, new), "0.3.0"))
