from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from attrs import evolve

import conformance.compat
from conformance.compat import words
from conformance.compat.cells import STATUSES, VersionCell
from conformance.compat.document import Account, document
from conformance.compat.matrix import cells, matrices
from conformance.compat.page import render
from conformance.compat.releases import Release, Versioned
from conformance.compat.running import Asked
from tests.unit.compat.cells import cause, result

SCHEMA = Path(conformance.compat.__file__).parent / "schema" / "compat-1.json"
VERSIONS = ("1.0", "1.1", "<2>")


@pytest.fixture
def account() -> Account:
    """All that can come of cells: three versions, one of them with a name that has to be escaped."""
    found = {cell: result(cell, "works") for cell in cells(VERSIONS)}
    its, pairs = cause("SKEW packed <its>"), cause("SKEW packed pairs", verdict="hung")
    for cell, status, causes in (
        (VersionCell("1.0", "1.0", "1.1"), "breaks", (its, pairs)),
        (VersionCell("1.1", "1.1", "1.0"), "unloadable", (its,)),
        (VersionCell("1.1", "1.1", "1.1"), "itself", (its,)),
        (VersionCell("1.0", "1.0", "<2>"), "breaks", (its,)),
        (VersionCell("1.0", "1.1", "<2>"), "breaks", (its,)),
        (VersionCell("<2>", "<2>", "1.0"), "unbuilt", ()),
        (VersionCell("<2>", "<2>", "1.1"), "not-run", ()),
    ):
        found[cell] = result(cell, status, *causes)  # type: ignore[arg-type]
    news = VersionCell("1.1", "1.1", "<2>")
    found[news] = evolve(found[news], status="news", news={"coerce bool<-i64": 2})
    releases = (Release("1.0", yanked=True), Release("1.1", yanked=None), Release("<2>"))
    subject = Versioned("acme", releases, "c", "acme")
    asked = Asked(("SKEW",), "quick", 0, None, (), 60.0)
    return Account(subject, ">=1", asked, (), matrices(VERSIONS, found), datetime.now(UTC), 1)


def test_a_document_is_as_its_schema_says(account: Account) -> None:
    made = json.loads(json.dumps(document(account)))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(made)
    assert {cell["status"] for row in made["on_runtimes"] + made["between_sides"] for cell in row} == set(STATUSES)
    assert [len(each["cells"]) for each in made["causes"]] == [5, 1]
    assert made["complete"]


def test_every_cell_is_on_the_page_and_what_breaks_leads_to_its_causes(account: Account) -> None:
    page = render(account)
    titles = re.findall(r'<td class="([\w-]+)[^"]*" title="([^"]+)"', page)
    assert len(titles) == 18
    assert {status for status, _ in titles} == set(STATUSES)
    ids = set(re.findall(r' id="([^"]+)"', page))
    links = re.findall(r'href="#([^"]+)"', page)
    assert set(links) <= ids
    assert len([link for link in links if link.startswith("c-")]) == 9 + 6  # from cells, and from causes
    assert page.count("the runtime's: one of the two does so by itself") == 1
    assert "1.0 calls 1.1 on &lt;2&gt;" in page and "<2>" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_what_is_not_known_of_releases_is_said(account: Account) -> None:
    notes = [text for label, text in words.header(account) if label == "note"]
    assert notes == ["yanked: 1.0", "the index does not tell which releases were yanked"]
    assert words.verdict(account) == (
        "NONCONFORMING", "8 of 15 cells work, 5 break, 1 could not be built, 1 not run",
    )  # fmt: skip
