"""Sanitizers as build modes of a side: green where all is well, red with what they say where it is not."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.model.case import Case, Mismatch
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.toolchain import resolve
from tests.e2e.commandline import FOLDER, CommandLine, broken, children, interrupt, one_sentence, until

ASAN, UBSAN = "gcc:-O1 -fsanitize=address", "gcc:-O1 -fsanitize=undefined"
SMALL = ("--max-examples", "1")


def check(cli: CommandLine, name: str) -> dict[str, Any]:
    return next(check for check in cli.result()["checks"] if check["id"] == name)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=pytest.mark.compiler(spec))
        for spec in (
            "gcc:-O1 -fsanitize=address,undefined",
            "clang:-O1 -fsanitize=address",
            "clang:-O1 -fsanitize=memory",
        )
    ],
)
def test_matched_calls_raise_no_alarm(cli: CommandLine, spec: str) -> None:
    asked = ("--check", "X?-MATCH", "--check", "X0-NESTED")
    ended = cli("run", "--compiler", spec, *asked, *SMALL)
    assert ended.returncode == 0, ended.stdout[-2000:]
    for name in ("X0-MATCH", "X1-MATCH"):
        assert set(check(cli, name)["by_verdict"]) == {"intact"}


@pytest.mark.compiler(ASAN)
def test_a_callee_that_reads_more_than_was_passed_overruns(cli: CommandLine) -> None:
    ended = cli("run", "--compiler", ASAN, "--check", "X1-SILENT", *SMALL)
    assert ended.returncode == 0, ended.stdout[-2000:]
    assert check(cli, "X1-SILENT")["by_verdict"]["overrun"] > 100


@pytest.mark.compiler(ASAN)
def test_what_asan_says_is_evidence_in_every_report(cli: CommandLine) -> None:
    subject = ("--subject", broken("reads-sixteen-bytes"), "--check", "X0-RETURN", "--no-shrink")
    reports = ("--html", "r.html", "--junit", "r.xml", "--markdown", "r.md")
    ended = cli("run", *subject, "--compiler", ASAN, *SMALL, *reports)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    finding = next(one for one in cli.result()["findings"] if one["signature"]["declared"] == "(bytes) -> none")
    assert (finding["verdict"], finding["key"].split("::")[3]) == ("overrun", "match@call")
    assert finding["observed"] == "stopped by AddressSanitizer: use-after-poison, READ of size 16"
    first, access, frame, *_ = finding["evidence"]
    assert first.startswith("ERROR: AddressSanitizer: use-after-poison on address 0x")
    assert access.startswith("READ of size 16 at 0x")
    assert frame.startswith("#0 abi_unpack_bytes in runtime-")  # the subject's sources are built with it as well
    assert f"  evidence   {first}\n             {access}\n" in ended.stdout
    for name in ("r.html", "r.xml", "r.md"):
        assert "READ of size 16 at 0x" in (cli.cwd / name).read_text(), name
    assert "stand-alone reproducer does not show it" not in ended.stdout
    makefile = (cli.cwd / finding["reproducer"] / "Makefile").read_text()
    assert "CFLAGS_CALLEE = -O1 -fsanitize=address -fno-sanitize-recover=all\n" in makefile
    again = cli("replay", finding["id"], "--json")
    assert again.returncode == 1, again.stderr
    assert json.loads(again.stdout)["evidence"][1].startswith("READ of size 16 at 0x")
    assert "  evidence   ERROR: AddressSanitizer: use-after-poison" in cli("replay", finding["id"]).stdout


def called(cli: CommandLine, spec: str, passed: Value, declared: str) -> dict[str, Any]:
    """What an unpacked call with one argument comes to that is read as another kind, as `replay --json` tells it."""
    side = resolve(spec).id
    mismatch = Mismatch("width", 0, declared, passed.kind)
    case = Case(
        "X1-SILENT", "unpacked", side, side, Signature((Param(passed.kind),)), Signature((Param(declared),)), mismatch,
        (passed,),
    )  # fmt: skip
    (cli.cwd / "case.json").write_text(json.dumps(case.to_json()))
    ended = cli("replay", "case.json", "--subject", "reference", "--json")
    assert ended.returncode == 0, ended.stderr
    shown: dict[str, Any] = json.loads(ended.stdout)
    return shown


@pytest.mark.compiler(UBSAN)
def test_a_bool_of_2_is_told_by_ubsan(cli: CommandLine) -> None:
    shown = called(cli, UBSAN, Value("u8", 2), "bool")
    assert shown["verdict"] == "crashed"
    assert shown["observed"].startswith("stopped by UndefinedBehaviorSanitizer: load of value 2")
    assert "runtime error: load of value 2" in shown["evidence"][0]


@pytest.mark.compiler(ASAN)
def test_eight_bytes_read_of_four_are_told_by_asan(cli: CommandLine) -> None:
    shown = called(cli, ASAN, Value("i32", 2), "i64")
    assert shown["verdict"] == "overrun"
    assert shown["observed"] == "stopped by AddressSanitizer: use-after-poison, READ of size 8"
    assert shown["evidence"][0].startswith("ERROR: AddressSanitizer: use-after-poison")
    assert called(cli, ASAN, Value("i64", 2), "i32")["verdict"].startswith("silent-")  # which reads no byte too much


@pytest.mark.compiler(ASAN, UBSAN)
def test_two_sides_with_different_sanitizers_are_inconclusive(cli: CommandLine) -> None:
    pairs = ("--pair", f"{ASAN}/{UBSAN}", "--pair", f"{ASAN}/tcc")
    ended = cli("run", *pairs, "--check", "X0-LAYOUT", "--check", "X0-MATCH", *SMALL)
    assert ended.returncode == 5, ended.stdout + ended.stderr
    for name in ("X0-LAYOUT", "X0-MATCH"):
        found = check(cli, name)
        assert found["by_verdict"]["inconclusive"] == found["by_verdict"]["intact"] > 0  # of one pair, and of the other
        words = "one process has the sanitizers of one compiler, and these sides need -fsanitize=address of gcc and"
        assert found["why"].startswith(words)
    assert "NOT RUN  X0-MATCH" in ended.stdout


@pytest.mark.compiler("clang:-fsanitize=memory")
def test_msan_needs_both_sides(cli: CommandLine) -> None:
    ended = cli("run", "--pair", "clang:-fsanitize=memory/tcc", "--check", "X0-LAYOUT")
    assert ended.returncode == 5
    assert (
        "MemorySanitizer takes what a side writes that is built without it for unset; build both with it"
        in ended.stdout
    )


def test_a_compiler_without_sanitizers_is_one_sentence(cli: CommandLine) -> None:
    said = one_sentence(cli("run", "--compiler", "tcc:-fsanitize=address"))
    assert said == "ERROR: tcc:-fsanitize=address: tcc has no sanitizers for a side; name a gcc or a clang"


@pytest.mark.compiler("gcc")
def test_a_missing_runtime_is_one_sentence_with_its_package(cli: CommandLine) -> None:
    wrapper = cli.cwd / "gcc"
    wrapper.write_text('#!/bin/sh\ncase "$*" in *-print-file-name=*) echo libasan.so; exit;; esac\nexec gcc "$@"\n')
    wrapper.chmod(0o755)
    said = one_sentence(cli("run", "--compiler", f"{wrapper}:-fsanitize=address"))
    assert "the runtime of address is not installed; run apt install libgcc-" in said


@pytest.mark.compiler(ASAN)
def test_options_of_the_users_own_change_nothing(cli: CommandLine) -> None:
    options = {"ASAN_OPTIONS": "exitcode=3:detect_leaks=1:log_path=/nowhere/at/all"}
    subject = ("--subject", broken("reads-sixteen-bytes"), "--check", "X0-RETURN", "--no-shrink")
    ended = cli("run", *subject, "--compiler", ASAN, *SMALL, env=options)
    assert ended.returncode == 1
    assert {finding["verdict"] for finding in cli.result()["findings"]} == {"overrun"}
    assert cli.left() == [FOLDER]


@pytest.mark.compiler(ASAN)
def test_an_interrupted_run_leaves_no_runner(cli: CommandLine) -> None:
    process = cli.start("run", "--compiler", ASAN, "--check", "X0-MATCH", "--max-examples", "100000")
    until(lambda: (cli.cwd / FOLDER).exists() and any("runner-" in words for _, words in children(process.pid)), 60)
    time.sleep(0.5)
    below = [pid for pid, _ in children(process.pid)]
    interrupt(process, False, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert cli.result()["complete"] is False
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)
