"""The suite from Python: the examples as a user starts them, and what `run`, `subject` and the strategies promise."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.api.running import run
from conformance.model.options import OPTIONS
from conformance.model.signature import parse_signature
from tests.e2e.commandline import CHECKOUT, FOLDER, CommandLine, Ended, broken, until

EXAMPLES = CHECKOUT / "examples" / "api"

pytestmark = [
    pytest.mark.compiler("tcc"),
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs the checkout"),
]


def python(cli: CommandLine, text: str) -> Ended:
    """A program of a user's that has imported the module."""
    return cli.plain(sys.executable, "-c", f"from conformance import api\n{text}")


def team_runs(cli: CommandLine, subject: str | Path, *args: str | Path) -> Ended:
    """The tests of a team, of which some may be chosen."""
    argv = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args)
    return cli.plain(*argv, env={"SUBJECT": str(subject)})


def test_importing_it_starts_nothing_and_takes_no_time(cli: CommandLine) -> None:
    text = """
import os, sys
print(open(f"/proc/self/task/{os.getpid()}/children").read())
print([name for name in ("numpy", "hypothesis", "pytest", "cffi", "conformance.engine") if name in sys.modules])
"""
    ended = python(cli, text)
    assert ended.stdout.split() == ["[]"], ended.stdout + ended.stderr
    assert cli.left() == []


def test_its_keywords_are_the_options_of_run() -> None:
    options = {option.key for option in OPTIONS}
    told = {"against", "github", "quiet"}  # two runs, and what is shown of one
    assert set(inspect.signature(run).parameters) == options - told


def test_a_gate_in_three_lines(cli: CommandLine) -> None:
    (cli.cwd / "abi-conformance.toml").write_text("max-examples = 1\nno-shrink = true\n")
    green = cli.plain(sys.executable, EXAMPLES / "gate.py")
    assert (green.returncode, green.stderr) == (0, "")
    assert re.fullmatch(r"reference 1\.0\.0: exit code 0, \d+ cases, 0 findings\n", green.stdout)
    red = cli.plain(sys.executable, EXAMPLES / "gate.py", broken("index-from-one"))
    assert (red.returncode, red.stderr) == (1, "")
    told = r"^X0-TYPE type::packed::\S+ misattributed: required to reject, .*\n  abi-conformance replay \w+$"
    assert re.search(told, red.stdout, re.MULTILINE), red.stdout


def test_a_result_tells_what_the_command_wrote(cli: CommandLine) -> None:
    text = f"""
import json
result = api.run({str(broken("index-from-one"))!r}, pair=[("tcc", "tcc")], check="X0-TYPE", max_examples=1)
first = result.findings[0]
with api.subject({str(broken("index-from-one"))!r}, compiler="tcc") as subject:
    again = subject.call(first.case)
print(json.dumps([result.conforms, result.exit_code, result.subject, result.complete, result.counts["judged"],
    [[check.id, check.status] for check in result.checks if check.status == "fail"], first.id, first.required,
    str(result.report_dir), again.conforms, again.verdict == first.verdict, again.key == first.key,
    again.expected == first.required, first.key in again.message, first.reproducer.is_dir()]))
"""
    ended = python(cli, text)
    assert ended.returncode == 0, ended.stderr
    result = cli.result()
    row = result["findings"][0]
    expected = [
        False, 1, "index-from-one", True, result["counts"]["judged"], [["X0-TYPE", "fail"]], row["id"], row["required"],
        FOLDER, False, True, True, True, True, True,
    ]  # fmt: skip
    assert json.loads(ended.stdout) == expected


def test_a_waived_run_and_one_that_is_cut_short(cli: CommandLine) -> None:
    (cli.cwd / "w.toml").write_text('[[waiver]]\nkey = "*"\nverdict = "misattributed"\nreason = "known"\n')
    text = f"""
r = api.run({str(broken("index-from-one"))!r}, compiler="tcc", check="X0-TYPE", max_examples=1, waivers="w.toml")
print(r.exit_code, r.conforms, *sorted(dict.fromkeys(x.waived_by for x in r.findings)), r.failures, r.checks[2].status)
r = api.run(compiler="tcc", check="X0-TYPE", max_examples=100000, max_time=1)
print(r.exit_code, r.complete, r.conforms)
"""
    ended = python(cli, text)
    waived = "0 True w.toml, waiver 1: known () waived"
    assert ended.stdout.splitlines() == [waived, "2 False False"], ended.stdout + ended.stderr


MISTAKES = {
    "run(seed=-1)": "--seed -1: this is no whole number from 0 up",
    'run(compiler="")': "--compiler is empty; give it a value, or leave it out",
    'run(config="no.toml")': "no.toml: cannot be read: No such file or directory; name a text file that is there",
    'run(check="X0-TIPE")': "--check X0-TIPE: there is no such check; did you mean X0-TYPE?",
    'subject("nowhere")': "there is no subject 'nowhere'; name one of",
    'subject(pair="tcc")': "pair 'tcc': this is no pair; write CALLER/CALLEE",
    'calls("no.toml")': "rules = 'no.toml' is neither a named table",
    'mismatches("(i65) -> none")': "'i65' is no kind; there are",
}


def test_what_a_user_can_mend_is_one_sentence(cli: CommandLine) -> None:
    text = f"""
for call in {list(MISTAKES)}:
    try:
        eval("api." + call)
    except api.UserError as error:
        print(error)
"""
    ended = python(cli, text)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert len(lines) == len(MISTAKES), lines
    assert all(map(str.startswith, lines, MISTAKES.values())), lines
    typed = cli("run", "--check", "X0-TIPE")
    assert typed.stderr.rstrip() == f"ERROR: {lines[3]}"


def test_ctrl_c_ends_the_run_in_order(cli: CommandLine) -> None:
    text = 'from conformance import api\napi.run(compiler="tcc", max_examples=100000)'
    process = subprocess.Popen(
        [sys.executable, "-c", text], cwd=cli.cwd, env=cli.environment(), stderr=subprocess.PIPE, text=True
    )
    until((cli.cwd / FOLDER / "result.json").is_file)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert said.rstrip().endswith("KeyboardInterrupt")
    result = cli.result()
    assert (result["exit_code"], result["complete"]) == (2, False)
    assert "interrupted" in {check["why"] for check in result["checks"]}, result["checks"]


def test_an_old_result_is_not_taken_for_a_new_one(cli: CommandLine) -> None:
    (cli.cwd / FOLDER).mkdir()
    (cli.cwd / FOLDER / "result.json").write_text("{}")
    text = """
import subprocess
from conformance.api import running
running.itself.command = lambda *words: ["sh", "-c", "echo gone >&2; kill -9 $$" if kill else "exit 2"]
for kill in True, False:
    try:
        api.run()
    except api.RunFailed as error:
        print(error)
"""
    ended = python(cli, text)
    assert ended.stdout.splitlines() == [
        "the run was ended by signal 9: gone",
        "the run ended with 2 and left no .abi-conformance/result.json",
    ], ended.stderr


def test_one_case_with_codes_and_without(cli: CommandLine) -> None:
    ended = cli.plain(sys.executable, EXAMPLES / "one_case.py")
    assert ended.returncode == 0, ended.stderr
    first, second = re.findall(r"^CONFORMING  type::(\w+)::tcc>tcc::\S+@0: ([\w-]+)$", ended.stdout, re.MULTILINE)
    assert first == ("packed", "detected")
    assert second[0] == "unpacked"
    assert second[1].startswith("silent-")


def test_a_call_that_a_subject_cannot_make_is_refused(cli: CommandLine) -> None:
    ended = python(
        cli,
        "from hypothesis import find, settings\n"
        "case = find(api.calls(), lambda case: True, settings=settings(max_examples=3, database=None))\n"
        'with api.subject("reference-unpacked", compiler="tcc") as subject:\n'
        "    print(subject.name, subject.pairs)\n"
        "    try:\n        subject.call(case)\n    except api.UserError as error:\n        print(error)",
    )
    name = "reference-unpacked"
    why = f"match::packed::tcc>tcc::match: {name} cannot make this call: {name} has the unpacked convention only"
    assert ended.stdout.splitlines() == [f"{name} (('tcc', 'tcc'),)", why], ended.stderr


def test_a_crash_is_a_verdict_and_a_closed_subject_says_so(cli: CommandLine) -> None:
    text = f"""
from conformance.model.case import MATCH, Case
from conformance.model.signature import parse_signature
from conformance.model.value import Value

def matched(kind):
    signature = parse_signature(f"({{kind}}) -> none")
    return Case("X0-MATCH", "packed", "", "", signature, signature, MATCH, (Value(kind, 5),))

with api.subject({str(broken("aborts"))!r}, compiler="tcc") as subject:
    for kind in ("i16", "i32"):
        judgement = subject.call(matched(kind))
        print(judgement.key, judgement.verdict, judgement.conforms)
subject.close()
try:
    subject.call(matched("i32"))
except api.UserError as error:
    print(error)
"""
    ended = python(cli, text)
    assert ended.stdout.splitlines() == [
        "match::packed::tcc>tcc::match@call crashed False",
        "match::packed::tcc>tcc::match intact True",
        "aborts is closed; call it before the end of its 'with'",
    ], ended.stderr


def test_calls_of_a_subject_that_is_called_are_those_of_its_checks(cli: CommandLine) -> None:
    text = """
from hypothesis import given, settings
with api.subject("ctypes-packer") as packer:
    @settings(max_examples=10, database=None, deadline=None)
    @given(api.calls(packer))
    def every_call(case):
        judgement = packer.call(case)
        assert judgement.conforms and judgement.case.wire.by_packer, judgement.message
    every_call()
    print(packer.name, packer.pairs, packer.checks)
"""
    ended = python(cli, text)
    assert ended.stdout == "ctypes-packer (('ctypes', 'wire'),) ('X0-MATCH',)\n", ended.stdout + ended.stderr


def test_a_teams_own_tests_pass_on_a_right_runtime(cli: CommandLine) -> None:
    ended = team_runs(cli, "reference", "--hypothesis-seed=1", EXAMPLES / "test_calls.py")
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout


def test_a_teams_own_tests_shrink_and_replay(cli: CommandLine) -> None:
    """On a runtime that checks no codes: the shortest call, again from the database, and from the line it printed."""
    own = cli.cwd / "test_calls.py"
    shutil.copy(EXAMPLES / own.name, own)
    first = team_runs(cli, broken("no-checks"), own)
    assert first.returncode == 1, first.stdout
    assert "1 failed, 1 passed" in first.stdout
    (told,) = set(re.findall(r"NONCONFORMING  (\S+: [\w-]+)$", first.stdout, re.MULTILINE))
    declared = re.findall(r"^E +declared +(\(.*\) -> \w+)$", first.stdout, re.MULTILINE)
    assert declared and all(len(parse_signature(text)) <= 2 for text in declared), first.stdout
    again = team_runs(cli, broken("no-checks"), own, "-k", "every_call", "--hypothesis-show-statistics")
    assert told in again.stdout
    assert re.search(r"during reuse phase.*\n.*\n.* [1-9]\d* failing", again.stdout), again.stdout
    (blob,) = re.findall(r"@reproduce_failure\(.*\)", first.stdout)
    text = own.read_text().replace("@given(case", f"@__import__('hypothesis').{blob[1:]}\n@given(case")
    own.write_text(text)
    shutil.rmtree(cli.cwd / ".hypothesis")
    blobbed = team_runs(cli, broken("no-checks"), own, "-k", "every_call")
    assert blobbed.returncode == 1
    assert told in blobbed.stdout, blobbed.stdout
