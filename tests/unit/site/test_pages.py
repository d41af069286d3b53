"""The texts of a site: that all of it hangs together, and that nothing in it is from elsewhere or taken for markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest

from conformance.model.schema import schema
from conformance.site.collect import Collection, collect
from conformance.site.pages import INDEX, UnreadableResult, files

from .made import account, run, save

FOREIGN = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
EVERYTHING = (
    run("1.4.0"),
    run("1.3.0", red=True),
    run("1.2.0", waived=True),
    run("1.5.0", complete=False, seed=1),
    run("1", subject="other"),
)


class Page(HTMLParser):
    """What a page links to, what it names, and how many of which elements it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.links += [str(found[name]) for name in ("href", "src") if name in found]
        self.ids += [str(found["id"])] if "id" in found else []
        assert not any(name.startswith("on") for name in found)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] not in ("style", "script"):
            self.words += data


def gathered(folder: Path, *results: object) -> Collection:
    return collect([save(folder / f"{at}.json", made) for at, made in enumerate(results)])


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("everything")
    save(folder / "cells" / "1.0+1.0+1.0" / "result.json", run("1.0", subject="acme"))
    save(folder / "compat.json", account(folder="cells"))
    return files(collect([folder, *(save(folder / f"{at}.json", made) for at, made in enumerate(EVERYTHING))]))


def test_every_link_leads_to_a_file_of_the_site_and_a_place_in_it(everything: dict[str, str]) -> None:
    pages = {name: Page(text) for name, text in everything.items() if name.endswith(".html")}
    reached = {INDEX}
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            path, _, place = link.partition("#")
            parts = (PurePosixPath(name).parent / path).parts if path else (name,)
            target = str(PurePosixPath(*parts[2:])) if ".." in parts else str(PurePosixPath(*parts))
            assert target in everything, (name, link)
            assert not place or unquote(place) in pages[target].ids, (name, link)
            reached.add(target)
    assert reached == set(everything)


def test_nothing_is_from_elsewhere(everything: dict[str, str]) -> None:
    for name, text in everything.items():
        assert not re.search(r"url\(|@import|https?:", text.replace('xmlns="http://www.w3.org/2000/svg"', "")), name
        if name.endswith(".html"):
            assert "default-src 'none'" in text
            assert "prefers-color-scheme: dark" in text


def test_the_same_input_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    paths = [save(tmp_path / f"{at}.json", made) for at, made in enumerate((*EVERYTHING[:3], account()))]
    first, second = (list(files(collect(order)).items()) for order in (paths, paths[::-1]))
    assert first == second


def test_what_is_unfinished_has_a_banner_on_the_index_and_on_its_page(tmp_path: Path) -> None:
    made = files(gathered(tmp_path, run(), account()))
    assert not any('class="banner"' in text for text in made.values())
    made = files(gathered(tmp_path, run(), run(seed=1, complete=False), account(pending=True)))
    banner = re.search(r'<div class="banner">.*?</div>', made[INDEX], re.DOTALL)
    assert banner is not None
    named = re.findall(r'<a href="([^"]+)">', banner[0])
    assert len(named) == 2
    assert sorted(named) == sorted(name for name, text in made.items() if '<p class="banner">' in text)


def test_each_cell_of_matrices_leads_to_its_causes_or_to_its_run(everything: dict[str, str]) -> None:
    cells = dict(re.findall(r'title="([^":]+ on [^":]+): [^"]+"><a href="([^"]+)"', everything[INDEX]))
    assert re.fullmatch(r"versions/acme-\w{8}\.html#c-0-0-1", cells["1.0 on 1.1"])
    assert re.fullmatch(r"runs/acme-1\.0-\w{8}\.html", cells["1.0 on 1.0"])
    (page,) = (text for name, text in everything.items() if name.startswith("versions/"))
    assert "← all runs" in page


def test_nothing_that_anybody_writes_is_markup(tmp_path: Path) -> None:
    made = run(FOREIGN, subject=f"acme{FOREIGN}", red=True)
    made["checks"].append({**made["checks"][0], "id": f"X9{FOREIGN}", "status": "fail"})
    made["pairs"].append(["gcc", FOREIGN])
    text = files(gathered(tmp_path, made, run("2", subject=f"acme{FOREIGN}"), account(("1.0", FOREIGN))))[INDEX]
    page = Page(text)
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert page.words.count(FOREIGN) > 10


def test_badges_have_names_of_their_own(tmp_path: Path) -> None:
    made = files(gathered(tmp_path, run("1/0"), run("1:0"), run("2.0")))
    names = sorted(name for name in made if name.startswith("badges/"))
    assert names[-1] == "badges/acme-runtime-2.0.svg"
    assert all(re.fullmatch(r"badges/acme-runtime-1_0-\w{8}\.svg", name) for name in names[:2])
    assert len(names) == 3


def test_the_page_of_a_run_stays_where_it_was_when_the_run_is_made_again(tmp_path: Path) -> None:
    before = files(gathered(tmp_path, run(red=True)))
    after = files(gathered(tmp_path, run(started="2027-01-01T00:00:00+00:00")))
    assert list(before) == list(after)
    assert before != after


def test_a_result_that_no_run_wrote_is_told(tmp_path: Path) -> None:
    made = run(red=True)
    made["findings"][0]["signature"] = {"declared": "(i64)", "passed": "(i64)"}
    made["findings"][0]["case"] = {"wire": {"nulls": ["nothing"]}}
    with pytest.raises(UnreadableResult, match=r"acme-runtime 1\.4\.0, .* holds what no run wrote"):
        files(gathered(tmp_path, made))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("changes", [{"red": True}, {"waived": True}, {"complete": False}])
def test_a_result_with_nothing_but_what_its_schema_requires_has_a_page(
    tmp_path: Path, version: int, changes: dict[str, bool]
) -> None:
    made = only_required(run(**changes), schema(f"result-{version}"))  # type: ignore[arg-type]
    (page,) = (text for name, text in files(gathered(tmp_path, made)).items() if name.startswith("runs/"))
    assert ("INTERRUPTED" if "complete" in changes else "CONFORMING") in page


def only_required(made: Any, definition: Mapping[str, Any]) -> Any:
    """What of a document its schema requires, at any depth."""
    if "const" in definition:
        return definition["const"]
    if isinstance(made, list):
        return [only_required(each, definition.get("items", {})) for each in made]
    if isinstance(made, dict) and "properties" in definition:
        required = definition.get("required", ())
        return {name: only_required(made[name], definition["properties"][name]) for name in required}
    return made


def test_matrices_alone_are_a_site(tmp_path: Path) -> None:
    made = files(gathered(tmp_path, account()))
    assert [name.partition("/")[0] for name in made] == [INDEX, "versions"]
    assert "Subjects" not in Page(made[INDEX]).words
