"""`site`: of a green, a red, a waived and an interrupted run and of matrices, as files and as a browser shows them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.toolchain.fixtures import root
from tests.e2e.browser import NAMES, Browser
from tests.e2e.ci import Repository
from tests.e2e.commandline import CHECKOUT, FOLDER, CommandLine, one_sentence
from tests.unit.site.made import account, save

PAGE = CHECKOUT / "docs" / "site.md"

pytestmark = [
    pytest.mark.compiler("tcc"),
    pytest.mark.skipif(not PAGE.is_file(), reason="needs the checkout"),
]

SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1", "--no-shrink", "--quiet")
COLOURS = "getComputedStyle(document.body).backgroundColor"
SHOWN = "[...document.querySelectorAll({!r})].map(part => part.textContent)"


def commands() -> list[list[str]]:
    """The commands of the page, in words."""
    lines = re.findall(r"^    abi-conformance (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [shlex.split(line) for line in lines]


class Kept:
    """A runtime that is mended version by version: red, waived, green, then interrupted; and versions of another.

    All commands of docs/site.md are run, `several` alone is left to a test.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        repository = Repository(folder, cache, broken=True)
        self.cli = repository.cli
        nightly, self.several, run, compat, published = commands()
        (folder / "abi").symlink_to("runtime")
        self._manifest = folder / "abi" / "subject.toml"
        assert self._run("1.2.0", "run", "--subject", "abi/subject.toml") == 1
        assert self.cli("waivers", "update").returncode == 0
        waivers = folder / "abi-waivers.toml"
        waivers.write_text(waivers.read_text().replace('reason = ""', 'reason = "known, issue 17"'))
        shutil.move(folder / FOLDER, folder / "nightly" / "red")
        assert self._run("1.3.0", "run", "--subject", "abi/subject.toml", "--report-dir", "nightly/waived") == 0
        source = folder / "runtime" / "runtime.c"
        source.write_text(source.read_text().partition("\n")[2])
        assert self._run("1.4.0", *run, "--waivers", "none") == 0
        assert self.cli(*published).stdout == "wrote public/index.html: pages of 1 run\n"
        shutil.move(folder / FOLDER, folder / "nightly" / "green")
        repository.interrupted("--check", "X0-TYPE", "--waivers", "none")
        shutil.move(folder / FOLDER, folder / "nightly" / "interrupted")
        (folder / "abi").unlink()
        (folder / "abi").symlink_to(root() / "versions")
        assert self.cli(*compat, *SMALL[:2], "--max-examples", "1", "--shard", "1/60").returncode == 0
        save(folder / "nightly" / "versions.json", account())
        ended = self.cli(*nightly)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
        assert ended.stdout == "wrote site/index.html: pages of 5 runs and 2 of matrices of versions\n"
        self.index = folder / "site" / "index.html"

    def _run(self, version: str, *words: str) -> int:
        """The exit code of a run of a version."""
        text = re.sub(r'version = "[\d.]+"', f'version = "{version}"', self._manifest.read_text())
        self._manifest.write_text(text)
        return self.cli(*words, *SMALL).returncode


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept") / "acme", shared_cache)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_results_give_the_same_site_which_replaces_the_one_before(kept: Kept) -> None:
    before, folder = content(kept.index.parent), kept.cli.cwd
    for name in ("red", "waived"):
        shutil.copy(folder / "nightly" / name / "result.json", folder / "releases" / f"{name}.json")
    shutil.copy(folder / "nightly" / "versions.json", folder)
    releases = sorted((folder / "releases").iterdir(), reverse=True)
    assert "releases/*.json" in kept.several
    words = [w for word in kept.several for w in (map(str, releases) if word == "releases/*.json" else [word])]
    ended = kept.cli(*words)
    assert ended.returncode == 0, ended.stderr
    assert content(kept.index.parent) == before
    assert {name.partition("/")[0] for name in before} == {"index.html", "runs", "versions", "badges"}
    assert "badges/acme-runtime-1.3.0.svg" in before


def test_bad_input_is_one_sentence_and_leaves_nothing(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (cli.cwd / "waivers.json").write_text("{}")
    (cli.cwd / "empty").mkdir()
    (cli.cwd / "mine").mkdir()
    (cli.cwd / "mine" / "thesis.txt").write_text("mine")
    before = cli.left()
    assert "waivers.json: schema is None" in one_sentence(cli("site", "waivers.json", "--output", "site"))
    monkeypatch.chdir(cli.cwd)
    for words, code, said in (
        (["--output", "site"], 4, "ERROR: Missing argument 'RESULT...'."),
        (["empty"], 4, "ERROR: Missing option '--output'."),
        (["empty", "--output", "mine"], 4, "ERROR: mine holds thesis.txt, which is no part of a site"),
        (["empty", "--output", "waivers.json"], 4, "ERROR: waivers.json is no folder"),
        (["empty", "--output", "site"], 5, "ERROR: empty: there is no result in it"),
    ):
        assert main(["site", *words]) == code
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert told.err.startswith(said)
    assert cli.left() == before


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.program(*NAMES)
class TestInABrowser:
    """What a visitor sees and does; nothing of it leaves the site's folder."""

    @pytest.fixture(autouse=True)
    def _is_content(self, kept: Kept, browser: Browser) -> Iterator[None]:
        browser.complaints.clear()
        browser.asked.clear()
        yield
        assert browser.complaints == []
        assert all(url.startswith(kept.index.parent.as_uri()) for url in browser.asked), browser.asked

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    @pytest.mark.parametrize("width", [360, 1280])
    def test_it_fits_in_light_and_dark(self, kept: Kept, browser: Browser, width: int, dark: bool) -> None:
        for page in (kept.index, *sorted(kept.index.parent.glob("*/*.html"))):
            browser.open(page, width=width, dark=dark)
            assert browser.run("document.documentElement.scrollWidth <= innerWidth"), page
            red, green, blue = map(int, re.findall(r"\d+", browser.run(COLOURS))[:3])
            assert (red + green + blue < 3 * 64) == dark

    def test_fewest_problems_come_first(self, kept: Kept, browser: Browser) -> None:
        browser.open(kept.index)
        assert browser.run(SHOWN.format("#subjects tbody th")) == [
            "acme-runtime 1.3.0",
            "acme-runtime 1.4.0",
            "acme-runtime 1.2.0",
        ]
        first, second, third = browser.run(SHOWN.format("#subjects td.words"))
        assert re.fullmatch(r"conforms, \d+ waived", first)
        assert second == "unfinished"  # the green version, of which a nightly run was interrupted
        assert re.fullmatch(r"\d+ problems?", third)
        assert browser.run(SHOWN.format(".trend .tick")) == ["1.2.0", "1.3.0", "1.4.0"]

    def test_an_unfinished_run_has_a_banner_there_and_on_its_page(self, kept: Kept, browser: Browser) -> None:
        browser.open(kept.index)
        name, versions = browser.run(SHOWN.format(".banner a"))
        assert name.startswith("acme-runtime 1.4.0, tcc>tcc, seed ")
        assert versions == "versions 1.3 to 1.6 of abi/subject.toml"
        browser.run("document.querySelector('.banner a').focus()")
        browser.follow("Enter")
        assert browser.run("document.querySelector('h1').textContent") == "INTERRUPTED"
        assert browser.run(SHOWN.format(".banner"))[0].startswith("Unfinished")

    def test_a_keyboard_alone_reaches_a_cell_and_the_page_behind_it(self, kept: Kept, browser: Browser) -> None:
        browser.open(kept.index)
        for _ in range(40):
            browser.press("Tab")
            if browser.run("document.activeElement.closest('td') !== null"):
                break
        assert browser.run("document.activeElement.closest('section').id") == "subjects"
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            browser.press(key)
        assert browser.run("document.activeElement.title").startswith("X0-TYPE, acme-runtime 1.2.0: fail; ")
        browser.follow("Enter")
        assert browser.run("document.querySelector('h1').textContent") == "NONCONFORMING"
        assert browser.run("document.querySelector(':target').id") == "check-X0-TYPE"
        browser.run("document.querySelector('header a').focus()")
        browser.follow("Enter")
        assert browser.run("location.href") == kept.index.as_uri()

    def test_a_cell_of_the_matrices_leads_to_its_causes(self, kept: Kept, browser: Browser) -> None:
        browser.open(kept.index)
        browser.run("document.querySelector('.breaks a').focus()")
        browser.follow("Enter")
        assert "1.0 on 1.1: breaks" in browser.run(SHOWN.format(":target summary"))[0]

    def test_a_local_result_is_shown_beside_the_newest_of_its_subject(
        self, kept: Kept, browser: Browser, tmp_path: Path
    ) -> None:
        result = json.loads((kept.cli.cwd / "nightly" / "red" / "result.json").read_text("utf-8"))
        result["subject"]["version"] = "<b>9</b>"
        browser.open(kept.index)
        browser.choose("#pick", save(tmp_path / "mine.json", result))
        assert settled(browser).startswith("acme-runtime <b>9</b> of ")
        assert ", beside 1.4.0 of " in settled(browser)
        (row,) = browser.run(
            "[...compared.tBodies[0].rows].filter(row => row.textContent.startsWith('X0-TYPE'))"
            ".map(row => [...row.cells].map(cell => cell.textContent))"
        )
        causes = browser.run("document.querySelector('#subjects td.finding').textContent")
        assert row[:3] == ["X0-TYPE", "FAIL", causes]
        assert row[-1] == "differs"

        result["subject"]["name"] = "other"
        browser.choose("#pick", save(tmp_path / "other.json", result))
        assert settled(browser).endswith("; the site has no result of other")
        browser.choose("#pick", save(tmp_path / "none.json", {"schema": "else"}))
        assert settled(browser) == "none.json is no result; pick a result.json that 'abi-conformance run' wrote"
        assert browser.run("compared.checkVisibility()") is False

    def test_without_its_script_everything_but_that_is_there(self, kept: Kept, browser: Browser) -> None:
        browser.open(kept.index, scripts=False)
        assert browser.run("document.querySelector('#pick').checkVisibility()") is False
        assert browser.run("[...document.querySelectorAll('#subjects td a')].every(a => a.tabIndex === 0)")


def settled(browser: Browser) -> str:
    """What the page says of the file that was picked, once it has read it."""
    return str(browser.run("new Promise(done => setTimeout(() => done(picked.textContent), 100))"))
