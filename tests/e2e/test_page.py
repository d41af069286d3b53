"""The HTML page of a green, a red, a waived and an interrupted run, as a browser shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.reports.html import render
from tests.e2e.browser import NAMES, Browser
from tests.e2e.ci import PAGE, Repository, ran

pytestmark = [pytest.mark.compiler("tcc"), pytest.mark.program(*NAMES)]

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
KINDS = {"green": "CONFORMING", "red": "NONCONFORMING", "waived": "CONFORMING", "interrupted": "INTERRUPTED"}

After = Callable[[str], Path]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> After:
    """The page of a run of a kind, which is made once."""

    @cache
    def run(kind: str) -> Path:
        repository: Repository = ran(kind, tmp_path_factory.mktemp(kind), shared_cache, *PAGE)
        return repository.cli.cwd / "page.html"

    return run


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


VISIBLE = "[...document.querySelectorAll({!r})].filter(part => part.checkVisibility()).length"


def visible(browser: Browser, selector: str) -> int:
    """How many elements a selector finds that can be seen."""
    return int(browser.run(VISIBLE.format(selector)))


def choose(browser: Browser, name: str, value: str) -> None:
    """Choose a value of a filter, as a user does who picks it from the list."""
    found = browser.run(
        f"(() => {{ const list = document.querySelector('select[name={name}]'); list.value = {value!r};"
        " list.dispatchEvent(new Event('change', {bubbles: true})); return list.value })()"
    )
    assert found == value


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_shows_without_complaints_and_fits(
    page: After, browser: Browser, kind: str, width: int, dark: bool
) -> None:
    browser.complaints.clear()
    browser.asked.clear()
    browser.open(page(kind), width=width, dark=dark)
    assert browser.complaints == []
    assert browser.asked == [page(kind).as_uri()]
    assert browser.run("document.querySelector('h1').textContent") == KINDS[kind]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    red, green, blue = map(int, re.findall(r"\d+", browser.run("getComputedStyle(document.body).backgroundColor"))[:3])
    assert (red + green + blue < 3 * 64) == dark


def test_the_verdict_and_the_causes_come_first(page: After, browser: Browser) -> None:
    browser.open(page("red"))
    assert browser.run("[...document.querySelectorAll('h1, h2')].map(each => each.textContent)")[:2] == [
        "NONCONFORMING",
        f"Causes ({visible(browser, 'article')})",
    ]
    assert visible(browser, "svg rect") >= 3
    assert browser.run("[...document.querySelectorAll('figcaption')].map(each => each.textContent.split(':')[0])") == [
        "X0 (packed)",
        "X1 (unpacked)",
    ]
    assert visible(browser, "article mark") > 0


def test_filters_narrow_causes_checks_and_acceptance(page: After, browser: Browser) -> None:
    browser.open(page("red"))
    causes, checks, rows = (visible(browser, each) for each in ("article", "#checks tr", ".map tbody tr"))
    assert causes > 1
    choose(browser, "kind", "bool")
    assert visible(browser, "article") == visible(browser, "article[data-kind~=bool]") == 1
    assert visible(browser, ".map tbody tr") == 1
    assert browser.run("document.querySelector('output').textContent") == f"1 of {causes} causes shown"
    choose(browser, "check", "X0-MATCH")
    assert visible(browser, "article") == 0
    assert visible(browser, "#checks tr[data-check]") == visible(browser, "#checks tr[data-check=X0-MATCH]") == 1
    browser.run("document.querySelector('button[type=reset]').click()")
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert (causes, checks, rows) == tuple(
        visible(browser, each) for each in ("article", "#checks tr", ".map tbody tr")
    )
    for name, value in (("class", "type"), ("pair", "tcc>tcc")):
        choose(browser, name, value)
        assert visible(browser, "article") == causes


def test_every_cell_leads_to_its_cases(page: After, browser: Browser) -> None:
    browser.open(page("red"))
    leads = (
        "[...document.querySelectorAll('.map td a')].every(link => document.querySelector(link.getAttribute('href')))"
    )
    assert browser.run(leads)
    assert browser.run("document.querySelectorAll('.map td.finding').length") > 20
    browser.run("document.querySelector('.map td.finding a').click()")
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert visible(browser, ":target a") == 1
    browser.run("document.querySelector(':target a').click()")
    assert browser.run("document.querySelector(':target').tagName") == "ARTICLE"


def test_a_keyboard_alone_will_do(page: After, browser: Browser) -> None:
    browser.open(page("red"))
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().left") >= 0
    browser.run("document.querySelector('.map td a[tabindex=\"0\"]').focus()")
    at = "(cell => [cell.parentElement.rowIndex, cell.cellIndex])(document.activeElement.closest('td'))"
    row, column = browser.run(at)
    browser.press("ArrowDown")
    below, same = browser.run(at)
    assert below > row and same == column  # blanks are passed over
    browser.press("ArrowRight")
    assert browser.run(at)[0] == below and browser.run(at)[1] > column
    assert browser.run("document.querySelectorAll('.map a[tabindex=\"0\"]').length") == 1


def everything(value: Any, put: str) -> Any:
    """A copy of a result in which something is put behind every text that is shown as it is."""
    if isinstance(value, dict):
        kept = ("rules", "status", "marks", "verdict", "convention", "key", "id", "place", "started", "schema")
        return {name: each if name in kept else everything(each, put) for name, each in value.items()}
    if isinstance(value, list):
        return [everything(each, put) for each in value]
    return value + put if isinstance(value, str) else value


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize(
    "put", ["<script>document.title = 'foreign'</script><img src=x>", "word" * 80], ids=["markup", "long"]
)
def test_what_others_write_is_text_and_is_wrapped(
    page: After, browser: Browser, tmp_path: Path, put: str, width: int
) -> None:
    result = json.loads((page("red").parent / ".abi-conformance" / "result.json").read_text("utf-8"))
    result |= {"errors": ["an error"], "notes": {"headers": "1.0"}}
    (tmp_path / "page.html").write_text(render(everything(result, put)), "utf-8")
    browser.complaints.clear()
    browser.open(tmp_path / "page.html", width=width)
    assert browser.complaints == []
    assert browser.run("document.title").startswith("NONCONFORMING")
    assert visible(browser, "img") == 0
    assert browser.run(f"document.body.innerText.split({put!r}).length") > 30
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_landmarks_have_names(page: After, browser: Browser) -> None:
    browser.open(page("green"))
    for landmark in ("header", "nav[aria-label]", "main", "footer"):
        assert visible(browser, landmark) == 1
    named = "document.getElementById(part.getAttribute('aria-labelledby'))?.textContent"
    assert browser.run(f"[...document.querySelectorAll('section')].every(part => {named})")
    assert browser.run("[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.hash))")
    assert browser.run("new Set([...document.querySelectorAll('[id]')].map(part => part.id)).size") == browser.run(
        "document.querySelectorAll('[id]').length"
    )


def test_without_its_script_everything_is_shown(page: After, browser: Browser) -> None:
    browser.open(page("red"))
    causes = visible(browser, "article")
    browser.open(page("red"), scripts=False)
    assert visible(browser, "#filter") == 0
    assert visible(browser, "article") == causes
    assert browser.run("document.querySelectorAll('.map a[tabindex]').length") == 0


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_of_what_a_convention_costs_shows_and_its_contents_lead_somewhere(
    browser: Browser, width: int
) -> None:
    browser.complaints.clear()
    browser.open(EXAMPLES.parent / "cost.html", width=width)
    assert browser.complaints == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert visible(browser, "nav a") > 15
    assert browser.run("[...document.querySelectorAll('a')].every(a => document.getElementById(a.hash.slice(1)))")


@pytest.mark.parametrize("kind", ["red", "green"])
def test_the_examples_in_the_documentation_are_of_such_runs(page: After, browser: Browser, kind: str) -> None:
    """Where it is meant to change: `python -m tests.e2e.ci docs/examples`."""
    shows = "[...document.querySelectorAll('h1, h2, h3, .bytes, .map, style')].map(part => part.textContent)"
    shown = []
    for each in (EXAMPLES / f"{kind}-page.html", page(kind)):
        browser.open(each)
        shown.append(browser.run(shows))
    assert shown[0] == shown[1]
