"""Pages and sides as CI asks for them: red, waived, green, interrupted, and sides that do not agree."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from conformance.cli.run import _plugin_name
from tests.e2e.commandline import FOLDER, CommandLine, broken, interrupt, one_sentence, until

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1")


def page(cli: CommandLine) -> str:
    text = (cli.cwd / "r.html").read_text()
    assert text.rstrip().endswith("</html>")
    return text


def test_a_red_run_leaves_its_page(cli: CommandLine) -> None:
    ended = cli("run", "--subject", broken("int-for-f64"), *SMALL, "--html", "r.html")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "NONCONFORMING" in page(cli) and "f64&lt;-i8@0" in page(cli)


def test_a_waived_run_leaves_its_page(cli: CommandLine) -> None:
    args = ("run", "--subject", broken("int-for-f64"), *SMALL)
    assert cli(*args).returncode == 1
    assert cli("waivers", "update").returncode == 0
    file = cli.cwd / "abi-waivers.toml"
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    ended = cli(*args, "--html", "r.html")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "WAIVED" in page(cli)


def test_a_green_run_leaves_its_page(cli: CommandLine) -> None:
    assert cli("run", *SMALL, "--html", "r.html").returncode == 0
    assert "CONFORMING" in page(cli)


def test_an_interrupted_run_leaves_its_page(cli: CommandLine) -> None:
    process = cli.start("run", "--compiler", "tcc", "--profile", "nightly", "--html", "r.html")
    until(lambda: (cli.cwd / FOLDER).exists())
    time.sleep(1.0)
    interrupt(process, False)
    process.communicate(timeout=60)
    assert process.returncode == 2
    assert "INTERRUPTED" in page(cli)


def test_pytest_leaves_the_page_of_a_red_run(cli: CommandLine) -> None:
    options = ("--abi-compiler=tcc", "--abi-check=X0-TYPE", "--abi-max-examples=2", "--abi-html=r.html")
    pytest_ = (sys.executable, "-m", "pytest", "-p", _plugin_name(), "-p", "no:cacheprovider", "--pyargs")
    ended = cli.plain(*pytest_, "conformance.suite", f"--abi-subject={broken('int-for-f64')}", *options)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NONCONFORMING" in page(cli)


@pytest.mark.compiler("gcc")
def test_sides_that_do_not_agree_are_inconclusive_with_the_reason(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "gcc/gcc:-O2 -mabi=ms", "--check", "X0-TYPE", "--max-examples", "1")
    assert ended.returncode == 5, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    result = json.loads((Path(cli.cwd) / FOLDER / "result.json").read_text())
    (check,) = [check for check in result["checks"] if check["id"] == "X0-TYPE"]
    assert check["status"] == "not-run"
    assert check["why"].startswith("the sides do not agree on plain C calls: a direct call of (i8) -> none by gcc")
    counts = result["counts"]
    assert counts["inconclusive"] == counts["judged"] == counts["generated"] > 0
    assert counts["executed"] == 0


@pytest.mark.compiler("gcc")
def test_sides_that_lay_structures_out_otherwise_are_told_by_their_layouts(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "gcc/gcc:-fpack-struct", "--check", "X0-LAYOUT")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    findings = cli.result()["findings"]
    assert {finding["check"] for finding in findings} == {"X0-LAYOUT"}
    assert "DLTensor-alignment" in {finding["key"].rpartition("::")[2] for finding in findings}


@pytest.fixture
def acme(cli: CommandLine) -> CommandLine:
    """A command line beside a package of somebody else's that registers reports."""
    folder = cli.cwd.parent / "site"
    info = folder / "acme_reports-1.4.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-reports\nVersion: 1.4\n")
    entries = "acme-count = acme_reports:count\nacme-fail = acme_reports:fail\nacme-broken = acme_broken:write\n"
    (info / "entry_points.txt").write_text(f"[abi_conformance.reports]\n{entries}")
    (folder / "acme_reports.py").write_text(
        "def count(result, path): path.write_text(str(len(result['findings'])))\n"
        "def fail(result, path): raise ValueError('no room')\n"
    )
    (folder / "acme_broken.py").write_text("import a_module_that_is_not_there\n")
    cli.folders = (folder,)
    return cli


def test_a_report_of_another_package_is_asked_for_by_name(acme: CommandLine) -> None:
    ended = acme("run", "--subject", broken("int-for-f64"), *SMALL, "--report", "acme-count=n.txt", "--html", "r.html")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert (acme.cwd / "n.txt").read_text() == str(len(acme.result()["findings"])) != "0"
    assert "NONCONFORMING" in page(acme)


def test_a_report_that_raises_is_told_below_the_whole_summary(acme: CommandLine) -> None:
    reports = ("--report", "acme-fail=f.txt", "--report", "acme-count=n.txt", "--json", "r.json", "--html", "r.html")
    ended = acme("run", "--subject", broken("int-for-f64"), *SMALL, *reports)
    assert (ended.returncode, ended.stderr) == (3, "")
    said = " ".join(ended.stdout.split())
    assert "the report 'acme-fail' of the package acme-reports is not written to f.txt (ValueError: no room" in said
    assert "Traceback" not in said
    assert "NONCONFORMING X0-TYPE" in said
    assert acme.result("r.json") == acme.result()
    assert acme.result()["exit_code"] == 3
    assert len(acme.result()["findings"]) == int((acme.cwd / "n.txt").read_text()) > 0
    assert "NONCONFORMING" in page(acme)


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ("acme-broken=b.txt", "the report 'acme-broken' of the package acme-reports cannot be loaded (ModuleNotFound"),
        ("acme-cound=n.txt", "there is no report 'acme-cound'; did you mean acme-count?"),
        ("acme-count", "write NAME=PATH"),
        ("", "--report is empty"),
    ],
)
def test_a_report_that_cannot_be_had_is_one_sentence(acme: CommandLine, report: str, says: str) -> None:
    assert says in one_sentence(acme("run", *SMALL, "--report", report))
    assert acme.left() == []


def test_pytest_writes_it_too(acme: CommandLine) -> None:
    options = ("--abi-compiler=tcc", "--abi-check=X0-TYPE", "--abi-max-examples=2", "--abi-report=acme-count=n.txt")
    ended = acme.pytest(*options)
    assert ended.returncode == 0, ended.stdout
    assert (acme.cwd / "n.txt").read_text() == "0"
