"""What fails a run and what does not, as a user starts it: red, waived, only reported and interrupted."""

from __future__ import annotations

import time

import pytest

from tests.e2e.commandline import FOLDER, CommandLine, broken, interrupt, until

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1")
RED = ("run", "--subject", broken("int-for-f64"), *SMALL)


def test_only_reported_a_red_run_tells_everything_and_passes(cli: CommandLine) -> None:
    red = cli(*RED)
    told = cli(*RED, "--report-only")
    assert (red.returncode, told.returncode, told.stderr) == (1, 0, "")
    last = told.stdout.splitlines()[-1]
    assert last.startswith("NONCONFORMING: 1 check failed (X0-TYPE), ") and ", only reported; " in last
    assert told.stdout.count("NONCONFORMING  X0-TYPE") == red.stdout.count("NONCONFORMING  X0-TYPE") > 0
    result = cli.result()
    assert (result["exit_code"], result["gate"]["report_only"]) == (0, True)
    assert result["findings"] and "fail" in {check["status"] for check in result["checks"]}


def test_only_reported_what_says_nothing_of_the_subject_fails_still(cli: CommandLine) -> None:
    assert cli("run", "--report-only", "--subject", "nobody").returncode == 4
    assert cli("run", "--report-only", "--compiler", "tcc", "--check", "PAIR").returncode == 5
    process = cli.start("run", "--report-only", "--compiler", "tcc", "--profile", "nightly")
    until(lambda: (cli.cwd / FOLDER).exists())
    time.sleep(1.0)
    interrupt(process, False)
    process.communicate(timeout=60)
    assert process.returncode == 2
