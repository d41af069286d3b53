from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.model.option import OptionError
from conformance.model.options import OPTIONS, RunOptions
from conformance.registered import ROOT
from conformance.reports import write
from conformance.reports.files import ReportError
from conformance.reports.registry import find, reports

from ..subjects.made import installed
from .made import FAILED, PASSED
from .test_writing import recorder

MODULE = """
import sys

calls = []

def count(result, path):
    "How many findings there are."
    path.write_text(str(len(result["findings"])))

def spoil(result, path):
    result["findings"].clear()
    result["exit_code"] = 0
    path.write_text("spoiled")

def fail(result, path):
    raise ValueError("no room for\\nthis many")

def leave(result, path):
    sys.exit(0)
"""

ENTRIES = """\
acme-count = acme_reports:count
acme-spoil = acme_reports:spoil
acme-fail = acme_reports:fail
acme-leave = acme_reports:leave
acme-broken = acme_broken:write
acme-missing = acme_reports:nothing
acme-number = acme_reports:calls
acme-module = acme_reports
html = acme_reports:count
"""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SHIPPED = set(PROJECT["entry-points"]["abi_conformance.reports"])


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else's that registers reports, good ones and bad ones."""
    folder = installed(tmp_path / "site", "acme-reports", "1.4", ENTRIES, "reports")
    (folder / "acme_reports.py").write_text(MODULE)
    (folder / "acme_broken.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "acme_reports", raising=False)


def concluded(tmp_path: Path, *names: str, **more: Any) -> dict[str, Any]:
    """The result of a red run with these reports, each in a file of its name."""
    asked = tuple((name, tmp_path / name) for name in names)
    made = recorder(RunOptions(seed=0, report_dir=tmp_path / "out", reports=asked, **more))
    write.prepare_folder(made.options)
    made.add("a", [PASSED])
    made.add("b", [FAILED])
    return made.finish()


def test_this_package_registers_its_own_as_any_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    known, problems = reports()
    assert set(known) > SHIPPED
    assert known["html"].entry.target == "conformance.reports.html:write"
    assert "has the name of one that ships" in " ".join(problems)
    monkeypatch.setattr(metadata, "distributions", lambda: iter(()))  # a checkout that is not installed
    assert set(reports()[0]) == SHIPPED


def test_a_report_of_another_package_is_written_by_its_name(tmp_path: Path) -> None:
    result = concluded(tmp_path, "acme-count", "html", "json")
    assert (result["exit_code"], result["errors"]) == (1, [])
    assert (tmp_path / "acme-count").read_text() == "1"
    assert (tmp_path / "html").read_text().rstrip().endswith("</html>")
    assert json.loads((tmp_path / "json").read_text()) == result


@pytest.mark.parametrize("name", ["acme-fail", "acme-leave"])
def test_one_that_raises_is_told_and_costs_nothing_else(tmp_path: Path, name: str) -> None:
    page = tmp_path / "page.html"
    result = concluded(tmp_path, name, "acme-count", "json", html=page, json=tmp_path / "copy.json")
    assert result["exit_code"] == 3
    (told,) = result["errors"]
    why = {"acme-fail": r"ValueError: no room for, at \S*acme_reports\.py:\d+", "acme-leave": "SystemExit: 0, at .*"}
    where = rf"the report '{name}' of the package acme-reports is not written to \S+"
    assert re.match(rf"{where} \({why[name]}\); correct it there, or leave it out", told)
    assert [check["status"] for check in result["checks"] if check["id"] == FAILED.check] == ["fail"]
    assert (tmp_path / "acme-count").read_text() == "1"
    assert told.partition(" is not")[0] in page.read_text().replace("&#39;", "'")
    for path in (tmp_path / "out" / "result.json", tmp_path / "json", tmp_path / "copy.json"):
        assert json.loads(path.read_text()) == result


def test_one_that_changes_its_result_changes_no_other(tmp_path: Path) -> None:
    result = concluded(tmp_path, "acme-spoil", "acme-count")
    assert (result["exit_code"], len(result["findings"])) == (1, 1)
    assert (tmp_path / "acme-count").read_text() == "1"
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == result


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("acme-broken", "cannot be loaded (ModuleNotFoundError: No module named 'a_module_that_is_not_there')"),
        ("acme-missing", "cannot be loaded (AttributeError: "),
        ("acme-number", "is acme_reports:calls, which cannot be called; name a function there"),
    ],
)
def test_one_that_cannot_be_had_is_told_before_anything_runs(tmp_path: Path, name: str, says: str) -> None:
    options = RunOptions(report_dir=tmp_path / "out", reports=((name, tmp_path / "deep" / "file"),))
    with pytest.raises(ReportError) as error:
        write.prepare_folder(options)
    assert str(error.value).startswith(f"the report '{name}' of the package acme-reports {says}")
    assert str(error.value).endswith(", or leave it out")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("acme-coun", "there is no report 'acme-coun'; did you mean acme-count?"),
        ("pdf", "there is no report 'pdf'; there are json, html, "),
        ("acme-module", "is 'acme_reports', which names no function; write it there as 'module:function'"),
    ],
)
def test_a_name_that_is_no_report_is_one_sentence(name: str, says: str) -> None:
    with pytest.raises(OptionError) as error:
        find([name])
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["html", "html=", "=page.html", " = "])
def test_a_report_is_asked_for_by_name_and_path(text: str) -> None:
    option = next(option for option in OPTIONS if option.name == "report")
    assert option.value("acme-count=a=b.txt", "--report") == ("acme-count", Path("a=b.txt"))
    with pytest.raises(OptionError, match="write NAME=PATH"):
        option.value(text, "--report")


def test_they_are_listed_with_their_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "reports", "--json"]) == 0
    told = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(told.out)}
    assert rows["html"]["package"] == "abi-conformance"
    assert rows["acme-count"] == {
        "name": "acme-count", "package": "acme-reports", "entry_point": "acme_reports:count",
    }  # fmt: skip
    assert "WARNING: the report 'acme-module'" in told.err
