"""What a whole run survives: interruptions, dead workers, bad disks, closed streams, and what subjects do to it.

A signal meets each other circumstance once by default; ABI_TEST_SEEDS=10 (`make seeds`) takes all combinations.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.broken.runs import COUNT
from tests.e2e.commandline import FOLDER, CommandLine, broken, children, hears, interrupt, until

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("run", "--compiler", "tcc", "--max-examples", "1", "--check", "X0-MATCH", "--check", "X0-T*")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
LONG = ("run", "--compiler", "tcc", "--max-examples", "100000", "--check", "X0-MATCH", "--check", "X0-T*")


def combined(*many: Sequence[Any], few: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All of the many with one of the few in turn, or with each of them where several seeds are asked for."""
    if COUNT > 1:
        return list(itertools.product(*many, few))
    return [(*each, turn) for each, turn in zip(itertools.product(*many), itertools.cycle(few), strict=False)]


def verdicts(result: dict[str, Any]) -> dict[str, Any]:
    return {check["id"]: check["by_verdict"] for check in result["checks"]}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> dict[str, Any]:
    """What an undisturbed run comes to."""
    cli = CommandLine(tmp_path_factory.mktemp("wanted"), shared_cache)
    assert cli(*SMALL).returncode == 0
    return cli.untimed()


@pytest.mark.parametrize(("more", "number", "group"), combined(((), ("-n", "2")), SIGNALS, few=(True, False)))
def test_what_ends_a_run_leaves_a_valid_part(
    cli: CommandLine, more: tuple[str, ...], number: signal.Signals, group: bool
) -> None:
    process = cli.start(*LONG, *more)
    # The report folder is made once everything is prepared, and then the first check begins.
    until(lambda: (cli.cwd / FOLDER).exists() and any("compiled.server" in w for _, w in children(process.pid)))
    time.sleep(1.0)
    below = [pid for pid, _ in children(process.pid)]
    interrupt(process, group, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert out.splitlines()[-1].startswith("INTERRUPTED: ")
    result = cli.result()
    assert (result["complete"], result["exit_code"]) == (False, 2)
    assert "interrupted" in {check["why"] for check in result["checks"]}
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)
    assert cli.left() == [FOLDER]


def test_what_is_found_so_far_outlives_sigkill(cli: CommandLine) -> None:
    run = ("run", "--compiler", "tcc", "--max-examples", "20", "--check", "X0-TYPE", "--check", "X0-REPEAT")
    process = cli.start(*run, "--subject", broken("no-checks"), "--no-shrink")
    left = cli.cwd / FOLDER / "result.json"
    until(lambda: left.exists() and bool(cli.result()["findings"]), 60)
    process.kill()
    process.communicate(timeout=60)
    result = cli.result()
    assert (result["complete"], result["exit_code"]) == (False, 2)
    told = {check["id"]: (check["status"], check["why"]) for check in result["checks"]}
    assert told["X0-TYPE"][0] == "fail"
    assert told["X0-REPEAT"] == ("not-run", "the run has not come to its end")
    assert cli("replay", result["findings"][0]["id"]).returncode == 1


@pytest.mark.parametrize(("kept", "number"), combined(("nan-payload",), few=SIGNALS))
def test_an_interruption_keeps_what_the_check_has_found_and_does_not_wait(
    cli: CommandLine, kept: str, number: signal.Signals
) -> None:
    process = cli.start("run", "--compiler", "tcc", "--max-examples", "100000", "--check", "X0-MATCH",
                        "--subject", broken(kept))  # fmt: skip
    until(lambda: (cli.cwd / FOLDER / "result.json").exists(), 60)
    time.sleep(2.0)
    process.send_signal(number)
    ended = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - ended < 2.5
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    result = cli.result()
    assert (result["complete"], result["exit_code"]) == (False, 2)
    assert [check["status"] for check in result["checks"] if check["id"] == "X0-MATCH"] == ["fail"]
    finding = result["findings"][0]
    assert "not confirmed: the run was interrupted" in finding["detail"]
    assert "NONCONFORMING  X0-MATCH  match::packed::tcc>tcc::match(f" in out
    assert cli("replay", finding["id"]).returncode == 1


@pytest.mark.parametrize(("moment", "number"), combined(("0.0", "0.05", "0.2", "0.5", "server", "folder"), few=SIGNALS))
def test_what_ends_a_run_that_starts_is_told_and_leaves_nothing_half_written(
    cli: CommandLine, moment: str, number: signal.Signals
) -> None:
    """Every moment of a start must do, so it does not matter how far a slow machine is by then."""
    process = cli.start(*LONG, "--json", "there.json")
    until(lambda: hears(process.pid, signal.SIGHUP))  # the last to be heard: all of Python's own start is over
    if moment == "server":
        until(lambda: any("compiled.server" in words for _, words in children(process.pid)), 60)
    elif moment == "folder":
        until(lambda: (cli.cwd / FOLDER).exists(), 60)
    else:
        time.sleep(float(moment))
    below = [pid for pid, _ in children(process.pid)]
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert "Exception ignored" not in out + err
    assert (out + err).count("INTERRUPTED: ") == 1
    if (cli.cwd / "there.json").exists():
        for result in (cli.result("there.json"), cli.result()):
            assert (result["complete"], result["exit_code"]) == (False, 2)
    else:
        assert {path.name for path in cli.cwd.rglob("*")} <= {FOLDER, ".gitignore"}
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)


@pytest.mark.parametrize("more", [("matrix",), (*LONG, "--against", "reference")], ids=["matrix", "against"])
def test_what_ends_another_command_is_told(cli: CommandLine, more: tuple[str, ...]) -> None:
    process = cli.start(*more)
    until(lambda: any("compiled.server" in words for _, words in children(process.pid)), 60)
    below = [pid for pid, _ in children(process.pid)]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert err.split("\n") == ["", "INTERRUPTED: before there was anything to report", ""]  # click ends the line of ^C
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_a_run_whose_time_is_over_ends_in_order(cli: CommandLine, more: tuple[str, ...]) -> None:
    started = time.monotonic()
    ended = cli(*LONG, "--max-time", "3s", "--html", "page.html", *more)
    assert time.monotonic() - started < 30
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("INTERRUPTED: ")
    result = cli.result()
    assert (result["complete"], result["exit_code"]) == (False, 2)
    told = {check["id"]: check["why"] for check in result["checks"] if check["status"] == "not-run"}
    assert told["X0-TYPE"] == "the time of --max-time was over before its end"
    assert told["X0-TYPE"] in ended.stdout
    assert (cli.cwd / "page.html").exists()


def test_what_failed_before_the_time_was_over_fails_the_run(cli: CommandLine) -> None:
    ended = cli("run", "--compiler", "tcc", "--max-examples", "100000", "--check", "X0-MATCH", "--max-time", "3s",
                "--subject", broken("nan-payload"))  # fmt: skip
    assert ended.returncode == 1, ended.stdout + ended.stderr
    result = cli.result()
    assert (result["complete"], result["exit_code"]) == (False, 1)
    assert not any("not confirmed" in line for line in result["findings"][0]["detail"])


def test_a_run_that_ends_in_time_is_complete(cli: CommandLine) -> None:
    assert cli(*SMALL, "--max-time", "10m").returncode == 0
    assert cli.result()["complete"]


def test_a_signal_that_is_ignored_stays_so(cli: CommandLine) -> None:
    process = cli.start("matrix", "--compiler", "tcc", wrap=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"))
    until(lambda: hears(process.pid, signal.SIGTERM))
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_sigterm_ends_a_run_of_a_subject_in_python_too(cli: CommandLine) -> None:
    if importlib.util.find_spec("tvm_ffi") is None:
        pytest.skip("needs apache-tvm-ffi: it is not installed")
    process = cli.start("run", "--subject", "tvm-ffi", "--profile", "ci")
    until(lambda: (cli.cwd / FOLDER).exists() and any("process.worker" in w for _, w in children(process.pid)), 60)
    time.sleep(1.0)
    interrupt(process, False, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    assert (cli.result()["complete"], cli.result()["exit_code"]) == (False, 2)


def test_workers_killed_from_outside(cli: CommandLine, tmp_path: Path, wanted: dict[str, Any]) -> None:
    cli.cache = tmp_path / "cold"
    process = cli.start(*SMALL)
    killed: set[int] = set()
    for _ in range(2):

        def server() -> list[int]:
            found = [pid for pid, words in children(process.pid) if "compiled.server" in words]
            return [pid for pid in found if pid not in killed]

        until(lambda: bool(server()) or process.poll() is not None)
        time.sleep(0.1)  # somewhere in its work
        for pid in server():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert killed
    assert cli.untimed() == wanted


def test_two_runs_over_one_cache(cli: CommandLine, tmp_path: Path, wanted: dict[str, Any]) -> None:
    cli.cache = tmp_path / "cold"
    both = [cli.start(*SMALL, "--report-dir", name) for name in ("one", "two")]
    for process in both:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, out + err
    assert cli.untimed("one/result.json") == cli.untimed("two/result.json") == wanted


def test_a_file_where_the_cache_should_be(cli: CommandLine, tmp_path: Path, wanted: dict[str, Any]) -> None:
    cli.cache = tmp_path / "file"
    cli.cache.write_text("mine")
    ended = cli(*SMALL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert cli.cache.read_text() == "mine"
    assert {**cli.untimed(), "notes": {}} == {**wanted, "notes": {}}


def small_disk(cli: CommandLine, folder: Path, size: str) -> tuple[str, ...]:
    """What goes before a command that has a small disk in a folder, in a namespace of its own: none is unmounted."""
    script = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"'
    folder.mkdir()
    space = ("unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", size, str(folder))
    if shutil.which("unshare") is None or cli.plain(*space, "true").returncode:
        pytest.skip("needs unshare and a mount of tmpfs in a namespace of its own")
    return space


def test_a_disk_that_fills_during_a_run_is_one_sentence(cli: CommandLine, tmp_path: Path) -> None:
    space = small_disk(cli, tmp_path / "small", "8k")
    options = ("--report-dir", tmp_path / "small" / "out", "--no-shrink")
    ended = cli(*SMALL[:-4], "--check", "X0-TYPE", "--subject", broken("no-checks"), *options, wrap=space)
    assert ended.returncode == 4
    why = f"{tmp_path}/small/out/result.json cannot be written (No space left on device); name another place for it"
    assert ended.stderr == f"ERROR: {why}\n"
    assert ended.stdout.splitlines()[-1].startswith("USAGE ERROR: 1 check failed (X0-TYPE)")


def test_a_full_disk_under_the_cache(cli: CommandLine, tmp_path: Path, wanted: dict[str, Any]) -> None:
    cli.cache = tmp_path / "small"
    ended = cli(*SMALL, wrap=small_disk(cli, cli.cache, "200k"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert {**cli.untimed(), "notes": {}} == {**wanted, "notes": {}}


def test_truncated_and_foreign_objects_in_the_cache(cli: CommandLine, tmp_path: Path, wanted: dict[str, Any]) -> None:
    cli.cache = tmp_path / "cold"
    assert cli(*SMALL).returncode == 0
    assert cli.untimed() == wanted
    objects = sorted(path for path in cli.cache.rglob("*") if path.is_file() and path.stat().st_size > 4096)
    assert objects
    for place, path in enumerate(objects):
        content = path.read_bytes()
        damaged = (content[: len(content) // 2], b"", b"not an object" * 999, content[:-1] + b"?")[place % 4]
        path.unlink()
        path.write_bytes(damaged)
    assert cli(*SMALL).returncode == 0
    assert cli.untimed() == wanted


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "| head -n 1"])
def test_standard_streams_that_are_not_there(cli: CommandLine, streams: str) -> None:
    ended = cli(*SMALL[:-4], "--check", "X0-TYPE", wrap=("sh", "-c", f'"$@" {streams}', "sh"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert cli.result()["exit_code"] == 0


def test_a_full_standard_output_is_one_sentence(cli: CommandLine) -> None:
    ended = cli(*SMALL[:-4], "--check", "X0-TYPE", wrap=("sh", "-c", '"$@" >/dev/full', "sh"))
    assert ended.returncode == 4
    assert ended.stderr == f"ERROR: standard output cannot be written (No space left on device); see {FOLDER}\n"
    assert cli.result()["exit_code"] == 0


@pytest.mark.parametrize("name", ["floods-stdout", "closes-descriptors", "forks"])
def test_a_subject_that_disturbs_and_conforms(cli: CommandLine, name: str) -> None:
    ended = cli(*SMALL, "--subject", broken(name))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(ended.stdout) < 10_000
    counts = cli.result()["counts"]
    assert counts["generated"] == counts["executed"] == counts["judged"] > 0
    assert cli.left() == [FOLDER]


@pytest.mark.parametrize("name", ["exits", "exits-at-once", "aborts", "smashes-stack"])
def test_a_subject_that_ends_the_process(cli: CommandLine, name: str, wanted: dict[str, Any]) -> None:
    ended = cli(*SMALL, "--subject", broken(name), "--no-shrink")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    result = cli.result()
    counts = result["counts"]
    assert counts["generated"] == counts["executed"] == counts["judged"]
    findings = [finding for finding in result["findings"] if finding["check"] == "X0-MATCH"]
    assert {finding["verdict"] for finding in findings} == {"crashed"}
    assert "(i16) -> none" in {finding["signature"]["declared"] for finding in findings}
    # No other case is lost: what does not unpack an i16 gets the verdict that it gets elsewhere.
    assert verdicts(result)["X0-TYPE"] == verdicts(wanted)["X0-TYPE"]
    assert set(verdicts(result)["X0-MATCH"]) == {"intact", "crashed"}
