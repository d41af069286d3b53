"""Pages of the repository point at what there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.checks import page as checks_page
from conformance.cli import options_page, result_page, words_page

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)[^)]*\)")
OUTSIDE = re.compile(r"\b(?:design|interfaces)\.md\b|\bfacts/")


def sources() -> Iterator[Path]:
    """Everything that people read: code, C and pages; not this file, which names what it forbids."""
    for folder, ends in (("conformance", (".py", ".j2")), ("tests", (".py",)), ("c_fixtures", (".c", ".h", ".j2"))):
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in ends and path != Path(__file__))
    yield from PAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_the_files_that_recipes_name_are_there() -> None:
    recipes = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where things go")[2]
    named = re.findall(r"`([\w*]+/[\w./*]*)`", recipes)
    for path in named:
        glob = re.sub(r"\b[A-Z]{4,}\b", "*", path).rstrip("/")
        assert any(ROOT.glob(glob)) or any((ROOT / "conformance").glob(glob)), path


def test_nothing_cites_a_file_that_is_elsewhere() -> None:
    for path in sources():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert not OUTSIDE.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("checks.md", checks_page.page),
        ("options.md", options_page.page),
        ("result.md", result_page.page),
        ("words.md", words_page.page),
    ],
)
def test_pages_are_made_from_what_they_tell_of(name: str, page: Callable[[], str]) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == page(), "run: python3 dev.py docs"
