"""The documentation as a site: built from docs/ without a warning, whole, and looked at in a browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import NAMES, Browser
from tests.e2e.commandline import CHECKOUT

DOCS = CHECKOUT / "docs"
OTHER = {"README.md"}
"""Pages that the site has under another name; docs/examples has reports, which are no pages."""

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="needs the checkout")


def build(docs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """What `dev.py docs-site` runs, with no network: a proxy that is not there."""
    argv = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        str(out / "trees"),
        str(docs),
        str(out / "html"),
    ]
    nowhere = "http://127.0.0.1:1"
    env = {**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(list(map(str, argv)), env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    ended = build(DOCS, out)
    assert (ended.returncode, ended.stderr) == (0, "")
    return out / "html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def listed() -> set[str]:
    """The pages of the navigation, without their ends."""
    trees = re.findall(r"```\{toctree\}\n(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL)
    return {line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")}


def test_every_page_is_in_the_navigation() -> None:
    pages = [path.relative_to(DOCS) for end in ("md", "rst") for path in DOCS.rglob(f"*.{end}")]
    there = {str(page.with_suffix("")) for page in pages if page.parts[0] != "examples" and str(page) not in OTHER}
    below = {name for name in there if name.startswith("adr/0")}  # docs/conf.py lists them below adr/README
    assert listed() == there - below - {"index"}


def test_every_page_is_for_somebody() -> None:
    """docs/README.md says of each page that lies beside it for whom it is."""
    told = set(re.findall(r"^\| \[(\w[\w-]*)\.md\]", (DOCS / "README.md").read_text("utf-8"), re.MULTILINE))
    assert told == {path.stem for path in DOCS.glob("*.md")} - {"README", "index"}


def test_the_site_is_whole(site: Path) -> None:
    for page in (*listed(), "adr/0001-packed-is-for-all", "index"):
        assert (site / f"{page}.html").is_file(), page
    reference = (site / "reference/api.html").read_text("utf-8")
    from conformance import api

    assert [name for name in api.__all__ if name not in reference] == []
    contributing = (site / "project/contributing.html").read_text("utf-8")
    assert 'href="../architecture.html"' in contributing  # a link of CONTRIBUTING.md, turned
    assert "_downloads/" in (site / "ci.html").read_text("utf-8")  # a file outside docs/


def test_its_own_pages_name_nothing_to_fetch(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|iframe)[^>]*\ssrc=\"(https?:[^\"]*)|<link[^>]*\shref=\"(https?:[^\"]*)")
    for page in site.rglob("*.html"):
        assert fetched.findall(page.read_text("utf-8")) == [], page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# Page\n\n[gone](gone.md)\n", "gone.md"),
        ("# Page\n\n[no heading](index.md#nothing)\n", "nothing"),
    ],
)
def test_a_broken_link_fails_the_build(tmp_path: Path, text: str, told: str) -> None:
    docs = tmp_path / "docs"
    (docs / "_static").mkdir(parents=True)
    for name in ("conf.py", "_static/site.css"):
        shutil.copy(DOCS / name, docs / name)
    (docs / "README.md").write_text("# Front\n")
    (docs / "index.md").write_text("Only here.\n\n```{toctree}\npage\n```\n")
    (docs / "page.md").write_text("# Page\n")
    if told == "gone.md":  # that a right one passes is seen once
        assert build(docs, tmp_path / "right").returncode == 0
    (docs / "page.md").write_text(text)
    ended = build(docs, tmp_path / "wrong")
    assert ended.returncode != 0
    assert told in ended.stderr


@pytest.mark.program(*NAMES)
def test_pictures_are_in_the_page_and_take_its_colours(site: Path, browser: Browser) -> None:
    colours = []
    for dark in (False, True):
        browser.open(site / "concepts.html", dark=dark)
        pictures = """Array.from(document.querySelectorAll("svg.picture")).map(one => [
            one.getAttribute("role"), one.getAttribute("aria-labelledby").split(" ").every(id =>
                document.getElementById(id).textContent.length > 10), one.querySelector("style") === null])"""
        assert browser.run(pictures) == [["img", True, True]] * 3
        outside = """Array.from(document.querySelectorAll("svg.picture text")).filter(text => {
            const own = text.getBoundingClientRect(), all = text.closest("svg").getBoundingClientRect()
            return own.left < all.left - 1 || own.right > all.right + 1 || own.bottom > all.bottom + 1
        }).map(text => text.textContent)"""
        assert browser.run(outside) == []
        wrong = 'document.querySelector("svg.picture text[style*=wrong]")'
        colours.append(
            [
                browser.run("getComputedStyle(document.querySelector('svg.picture')).color"),
                browser.run(f"getComputedStyle({wrong}).fill"),
            ]
        )
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]
    assert browser.complaints == []
    assert [url for url in browser.asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.program(*NAMES)
@pytest.mark.parametrize("page", ["tutorial", "concepts", "words", "result", "reference/api", "findings", "index"])
def test_nothing_is_wider_than_a_phone(site: Path, browser: Browser, page: str) -> None:
    browser.open(site / f"{page}.html", width=360, height=700)
    assert browser.run("document.documentElement.scrollWidth") <= 360
