"""The plugin in a pytest of its own, with a made-up session in place of the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import conformance
from conformance.cli.run import _plugin_name
from conformance.model.schema import schema
from conformance.reports import progress, terminal, write

PRELOADED = (progress, terminal, write)
"""pytester drops what is first imported inside of it, and its parent package would go on holding the old module."""


CONFTEST = """
import json, sys, types
from pathlib import Path
import pytest
from conformance.model.errors import UserError
from conformance.model.facts import RunFacts
from conformance.rules.errors import RulesError

class Session:
    def __init__(self, options):
        self.options = options
        shipped = Path("shipped.toml")
        self.subject = types.SimpleNamespace(waivers=shipped if shipped.exists() else None, spec="acme")
        self.transport = types.SimpleNamespace(specs=lambda case: {}, reproducer=lambda finding: {})
        self.facts = RunFacts({"name": "acme", "version": "1.4.0", "convention": "packed"},
                              ({"id": "tcc", "spec": "tcc", "version": "1", "target": "here"},), (("tcc", "tcc"),))
    def close(self):
        pass

def prepare(options):
    if options.subject == "nobody":
        raise UserError("there is no subject 'nobody'; name one")
    if options.subject == "unruly":
        raise RulesError("rules.toml: [codes] int must be a number; correct it there")
    return Session(options)

def write(finding, subject, specs, report_dir, files):
    folder = report_dir / finding.id
    folder.mkdir(exist_ok=True)
    return folder

def verify(folder):
    return "not shown"

for name, content in {
    "conformance.engine.session": {"prepare": prepare, "Session": Session},
    "conformance.findings.store": {"write": write},
    "conformance.findings.verify": {"verify": verify, "NOT_SHOWN": "not shown", "REMARK": "not"},
}.items():
    module = sys.modules[name] = types.ModuleType(name)
    module.__dict__.update(content)
    parent, _, leaf = name.rpartition(".")
    __import__(parent)
    setattr(sys.modules[parent], leaf, module)

@pytest.fixture
def leave(request):
    return lambda outcome: request.node.user_properties.append(("abi-outcome", json.dumps(outcome)))
"""

SUITE = """
import os, signal
import pytest
from attrs import evolve
from conformance.model.outcome import Finding, Outcome

PASSED = Outcome("X0-MATCH", ("tcc", "tcc"), "pass", generated=10, executed=10, judged=10, by_verdict={"intact": 10})
FINDING = Finding("abc", "fp", "type::packed::tcc>tcc::f64<-i64@0", "X0-TYPE", "silent-wrong",
    {"class": "type", "index": 0, "declared": "f64", "passed": "i64"},
    {"declared": "(f64) -> none", "passed": "(i64) -> none"}, ("tcc", "tcc"), "reject", "returned 0", "m", {})
FAILED = Outcome("X0-TYPE", ("tcc", "tcc"), "fail", generated=5, executed=5, judged=5,
    by_verdict={"silent-wrong": 5}, findings=(FINDING,))
"""

PASSING = SUITE + "\ndef test_match(leave): leave(PASSED.to_json())\n"
FAILING = PASSING + "\ndef test_type(leave):\n    leave(FAILED.to_json())\n    assert False, 'the finding'\n"


class Run:
    """pytest with the plugin in an empty folder, and what it left."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        pytester.makeconftest(CONFTEST)
        self.report = pytester.path / ".abi-conformance" / "result.json"

    def __call__(self, suite: str, *args: str, process: bool = False) -> pytest.RunResult:
        self.pytester.makepyfile(test_made=suite)
        run = self.pytester.runpytest_subprocess if process else self.pytester.runpytest
        return run("-p", _plugin_name(), "-p", "no:cacheprovider", "-p", "no:randomly", *args)

    @property
    def result(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.report.read_text())
        jsonschema.Draft202012Validator(schema("result-2")).validate(made)
        return made


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    # Also where the package is not installed, in the processes that are started from the empty folder.
    monkeypatch.setenv("PYTHONPATH", str(Path(conformance.__file__).parents[1]), prepend=os.pathsep)
    return Run(pytester)


@pytest.mark.parametrize(("cls", "compiles", "told"), [("type", 1, ["not"]), ("layout", 0, ["not"]), ("type", 0, [])])
def test_a_reproducer_is_tried_of_what_is_confirmed_or_a_layout(
    run: Run, cls: str, compiles: int, told: list[str]
) -> None:
    changed = f"FAILED = evolve(FAILED, findings=(evolve(FINDING, mismatch={{**FINDING.mismatch, 'class': '{cls}'}}, "
    run(
        FAILING.replace("\ndef test_type", f"\n{changed}shrink={{'compiles': {compiles}}}),))\ndef test_type"),
        "--abi-seed=0",
    )
    (finding,) = run.result["findings"]
    assert finding["detail"] == told


def test_an_unrelated_run_is_left_alone(run: Run) -> None:
    outcome = run("def test_x(): pass\n")
    assert outcome.ret == 0
    outcome.stdout.no_fnmatch_line("abi-conformance:*")
    outcome.stdout.no_fnmatch_line("*CONFORMING*")
    assert not run.report.parent.exists()


def test_the_plugin_alone_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import pytest, conformance.plugin;"
        "light = {'conformance', 'conformance.model', 'conformance.model.option', 'conformance.model.options',"
        "    'conformance.model.errors', 'conformance.signals', 'conformance.plugin', 'conformance.plugin.parser'};"
        "heavy = {'hypothesis', 'cffi', 'jinja2', 'rich', 'numpy', 'attrs', 'jsonschema', 'click', 'secrets'};"
        "new = set(sys.modules) - before;"
        "heavy = new & heavy | {name for name in new if name.startswith('conformance')} - light;"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_conforming(run: Run) -> None:
    outcome = run(PASSING, "--abi-subject=acme")
    assert outcome.ret == 0
    outcome.stdout.fnmatch_lines(
        ["*abi-conformance: acme 1.4.0 (packed); tcc; profile quick, seed 0", "* abi-conformance *", "CONFORMING: *"]
    )
    assert run.result["exit_code"] == 0
    assert run.result["counts"]["judged"] == 10


def test_nonconforming(run: Run) -> None:
    outcome = run(FAILING, "--abi-seed=3", "--junitxml=j.xml")
    assert outcome.ret == 1
    outcome.stdout.fnmatch_lines(["NONCONFORMING  X0-TYPE  type::packed::tcc>tcc::f64<-i64@0", "  replay *replay abc*"])
    assert run.result["seed"] == 3
    assert run.result["findings"][0]["reproducer"] == ".abi-conformance/abc"
    evidence = (run.pytester.path / "j.xml").read_text()
    assert 'name="abi-finding-observed" value="returned 0"' in evidence
    assert "abi-outcome" not in evidence


def test_pytest_speaks_to_github_too(run: Run) -> None:
    outcome = run(FAILING, "--abi-seed=3", "--abi-github", "--abi-markdown=m.md")
    outcome.stdout.fnmatch_lines(["::group::findings (1)", "NONCONFORMING  X0-TYPE*", "::endgroup::"])
    assert "NONCONFORMING" in (run.pytester.path / "m.md").read_text()


def test_xdist_brings_the_same_result(run: Run) -> None:
    run(FAILING, "--abi-seed=3")
    serial = run.result
    assert run(FAILING, "--abi-seed=3", "-n2", process=True).ret == 1
    times = ("started", "seconds")
    assert {**run.result, **dict.fromkeys(times)} == {**serial, **dict.fromkeys(times)}


DEALT = """
import pytest
from conformance.model.unit import Unit
from conformance.suite.requirement import Requirement
UNITS = ("X0-NULL", "X0-TYPE", "X0-MATCH", "X0-COUNT")
MADE = [Requirement(Unit(check), ((caller, "tcc"),)) for check in UNITS[:{units}] for caller in ("tcc", "gcc", "clang")]
@pytest.mark.parametrize("requirement", MADE, ids=[made.id for made in MADE])
def test_one(requirement):
    pass
"""


def test_a_process_of_xdist_keeps_the_pairs_of_a_unit_where_there_are_units_enough(run: Run) -> None:
    def dealt(units: int) -> list[tuple[str, str]]:
        outcome = run(DEALT.format(units=units), "--abi-seed=0", "-n2", "-v", process=True)
        return re.findall(r"\[(gw\d)\].*PASSED.*\[(X0-[A-Z]+)-", outcome.stdout.str())

    many = dealt(4)
    assert len(set(many)) == 4 < len(many) == 12
    assert many[0][1] in ("X0-MATCH", "X0-TYPE")  # not X0-NULL, which takes less long
    assert len(set(dealt(1))) == 2


def test_nightly_draws_one_seed_for_all_processes(run: Run) -> None:
    suite = SUITE + (
        "import pytest\n@pytest.mark.parametrize('n', range(4))\n"
        "def test_seed(n, leave, pytestconfig):\n"
        "    from conformance import plugin\n"
        "    seed = plugin.options(pytestconfig).seed\n"
        "    leave(evolve(PASSED, pair=(str(n), 'tcc'), signatures=(str(seed),)).to_json())\n"
    )
    assert run(suite, "--abi-profile=nightly", "-n2", process=True).ret == 0
    assert run.result["counts"]["signatures"] == 1
    first = run.result["seed"]
    run(suite, "--abi-profile=nightly", process=True)
    assert run.result["seed"] != first


WAIVER = "[[waiver]]\nkey = 'type::*'\nverdict = 'silent-wrong'\nreason = 'known'\n"


def test_a_waived_failure_is_an_expected_one(run: Run) -> None:
    (run.pytester.path / "abi-waivers.toml").write_text(WAIVER)
    for more in ((), ("-n2",)):
        outcome = run(FAILING, "--abi-seed=0", *more, process=bool(more))
        assert outcome.ret == 0
        outcome.assert_outcomes(passed=1, xfailed=1)
        assert run.result["checks"][2]["status"] == "waived"


def test_what_ships_with_the_subject_excuses_unless_no_waivers_are_wanted(run: Run) -> None:
    (run.pytester.path / "shipped.toml").write_text(WAIVER)
    assert run(FAILING, "--abi-seed=0").ret == 0
    assert run.result["gate"]["shipped"].startswith("shipped.toml")
    (run.pytester.path / "abi-waivers.toml").write_text(WAIVER)
    assert run(FAILING, "--abi-seed=0", "--abi-waivers=none").ret == 1
    assert run.result["gate"]["shipped"] is run.result["gate"]["waivers"] is None


def test_a_baseline_lets_only_new_findings_fail(run: Run) -> None:
    run(FAILING, "--abi-seed=0")
    run.report.rename("old.json")
    assert run(FAILING, "--abi-baseline=old.json").ret == 0
    assert "the baseline old.json" in run.result["findings"][0]["waived_by"]
    assert run(FAILING.replace("f64<-i64", "f64<-i32"), "--abi-baseline=old.json").ret == 1


@pytest.mark.parametrize("more", [(), ("-n1",)])
def test_ctrl_c_leaves_a_valid_part(run: Run, more: tuple[str, ...]) -> None:
    # Under xdist Ctrl-C reaches the controller, which is the worker's parent.
    who = "os.getppid()" if more else "os.getpid()"
    suite = PASSING + f"def test_wait(leave):\n    os.kill({who}, signal.SIGINT)\n    import time; time.sleep(20)\n"
    assert run(suite, "--abi-seed=0", *more, process=True).ret == 2
    assert run.result["complete"] is False
    assert run.result["exit_code"] == 2
    # A worker's reports may still be on their way.
    assert run.result["counts"]["judged"] in ((0, 10) if more else (10,))


@pytest.mark.parametrize("more", [(), ("-n1",)])
def test_max_failures_is_no_interruption(run: Run, more: tuple[str, ...]) -> None:
    suite = SUITE + FAILING[len(PASSING) :] + "\ndef test_late(leave): leave(PASSED.to_json())\n"
    assert run(suite, "--abi-max-failures=1", *more, process=True).ret == 1
    assert run.result["complete"] is False
    assert "stopping after 1 failures" in run.result["checks"][3]["why"]


@pytest.mark.parametrize("more", [(), ("-n1",)])
def test_max_failures_counts_checks_that_nothing_excuses(run: Run, more: tuple[str, ...]) -> None:
    excused = Path("abi-waivers.toml")
    excused.write_text("[[waiver]]\nkey = 'type::packed::tcc>tcc::*'\nverdict = 'silent-wrong'\nreason = 'known'\n")
    failing = "def test_{0}(leave):\n    leave(evolve(FAILED, {1}).to_json())\n    assert False\n\n"
    other = "key='type::packed::gcc>tcc::f64<-i64@0'"
    suite = SUITE + "\n\n" + "".join(
        [
            failing.format("a_waived", "pair=('tcc', 'tcc')"),
            failing.format("b_first", f"pair=('gcc', 'tcc'), findings=(evolve(FINDING, {other}),)"),
            failing.format("c_again", f"pair=('gcc', 'gcc'), findings=(evolve(FINDING, id='d', {other}),)"),
            failing.format("d_second", f"check='X0-ERROR', findings=(evolve(FINDING, check='X0-ERROR', {other}),)"),
            "def test_e_late(leave): leave(PASSED.to_json())\n",
        ]
    )  # fmt: skip
    assert run(suite, "--abi-max-failures=2", *more, process=True).ret == 1
    statuses = {check["id"]: check["status"] for check in run.result["checks"]}
    assert (statuses["X0-TYPE"], statuses["X0-ERROR"], statuses["X0-MATCH"]) == ("fail", "fail", "not-run")
    assert "stopping after 2 failures" in str(run.result["checks"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def test_x(leave):\n    leave(evolve(PASSED, status='error', why='no witness').to_json())\n", "no witness"),
        ("raise RuntimeError('does not load')\n", "does not load"),
    ],
)
def test_an_error_of_the_suite_is_3(run: Run, text: str, says: str) -> None:
    assert run(SUITE + text, "--abi-seed=0").ret == 3
    assert says in run.result["errors"][0]


def test_a_worker_that_dies_is_3(run: Run) -> None:
    suite = PASSING + "def test_die(leave): os._exit(9)\n"
    assert run(suite, "--abi-seed=0", "-n1", "--max-worker-restart=0", process=True).ret == 3
    assert any("crashed" in error for error in run.result["errors"])


def test_nothing_ran_is_5(run: Run) -> None:
    assert run("", "--abi-seed=0").ret == 5
    assert (
        run(SUITE + "def test_x(leave): leave(evolve(PASSED, status='not-applicable').to_json())\n", "--abi-seed=0").ret
        == 5
    )


def test_another_failing_test_still_fails_the_run(run: Run) -> None:
    assert run(PASSING + "def test_other(): assert False\n", "--abi-seed=0").ret == 1
    assert run.result["exit_code"] == 0


@pytest.mark.parametrize(
    ("arg", "says"),
    [
        ("--abi-subject=nobody", "there is no subject 'nobody'"),
        ("--abi-subject=unruly", "rules.toml: [codes] int must be a number; correct it there"),
        ("--abi-seed=", "--abi-seed is empty"),
        ("--abi-profile=slow", "there are quick, ci, nightly"),
        ("--abi-pair=tcc", "write CALLER/CALLEE"),
        ("--abi-seed=-1", "no whole number from 0 up"),
        ("--abi-max-examples=0", "no whole number from 1 up"),
        ("--abi-max-failures=x", "no whole number from 1 up"),
        ("--abi-waivers=none.toml", "none.toml: cannot be read"),
        ("--abi-baseline=none.json", "none.json: cannot be read"),
        ("--abi-json=.", "is a folder"),
        ("--abi-report-dir=test_made.py", "cannot be"),
    ],
)
@pytest.mark.parametrize("more", [(), ("-n1",)])
def test_bad_input_is_4_and_leaves_nothing(run: Run, arg: str, says: str, more: tuple[str, ...]) -> None:
    outcome = run(PASSING, arg, *more)
    assert outcome.ret == 4
    said = [line for line in outcome.stderr.lines if line]
    assert len(said) == 1
    assert said[0].startswith("ERROR: ")
    assert says in said[0]
    assert not run.report.exists()


def test_pairs_and_lists_arrive(run: Run) -> None:
    suite = SUITE + (
        "def test_x(leave, pytestconfig):\n"
        "    from conformance import plugin\n"
        "    got = plugin.options(pytestconfig)\n"
        "    assert got.compilers == ('gcc:-O3 -m32', 'tcc')\n"
        "    assert got.pairs == (('gcc', 'tcc'), ('/opt/a', '/opt/b'))\n"
        "    assert got.checks == ('X0-*',) and got.max_examples == 7 and not got.shrink\n"
        "    assert plugin.session(pytestconfig).options is got\n"
        "    leave(PASSED.to_json())\n"
    )
    args = ["--abi-compiler=gcc:-O3 -m32", "--abi-compiler=tcc", "--abi-pair=gcc/tcc", "--abi-pair=/opt/a>/opt/b"]
    args += ["--abi-check=X0-*", "--abi-max-examples=7", "--abi-no-shrink"]
    assert run(suite, *args).ret == 0
    assert run(suite, *args, "-n1", process=True).ret == 0


def test_own_output_shows_nothing_of_pytest(run: Run) -> None:
    outcome = run(FAILING, "--abi-own-output", process=True)
    assert outcome.ret == 1
    text = outcome.stdout.str()
    assert "[1/2]" not in text  # nothing here is marked as the suite's own, so nothing was counted
    assert "NONCONFORMING: 1 check failed" in text


def test_collecting_only_runs_and_writes_nothing(run: Run) -> None:
    assert run(FAILING, "--abi-seed=0", "--collect-only").ret == 0
    assert not run.report.exists()


def test_reports_go_where_they_are_told(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "deep" / "r"
    run(PASSING, f"--abi-report-dir={there}", f"--abi-html={there}/page.html", "--abi-quiet")
    assert sorted(path.name for path in there.iterdir()) == [".gitignore", "page.html", "result.json"]
