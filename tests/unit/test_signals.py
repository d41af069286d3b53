from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conformance.signals import EARLY

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
BEGIN = "import os, signal, sys; from conformance.signals import end_at_once, end_in_order\n"


def python(code: str) -> tuple[int, str, str]:
    """The exit code of a program, and what it said."""
    argv = [sys.executable, "-c", BEGIN + textwrap.dedent(code)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("number", ENDING)
def test_a_start_ends_at_once_whoever_captures_standard_error(number: int) -> None:
    code = f"""
        end_at_once()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            os.kill(os.getpid(), {number:d})
        except BaseException:
            print("caught")
        print("went on")
    """
    assert python(code) == (2, "", EARLY + "\n")


def test_a_start_without_standard_error_ends_all_the_same() -> None:
    assert python(f"os.close(2); end_at_once(); os.kill(os.getpid(), {signal.SIGTERM:d})") == (2, "", "")


@pytest.mark.parametrize("number", ENDING)
def test_work_ends_in_order_and_its_end_is_not_disturbed(number: int) -> None:
    code = f"""
        end_at_once()
        undo = end_in_order()
        try:
            os.kill(os.getpid(), {number:d})
        except KeyboardInterrupt:
            print("tidied up")
        undo()
        os.kill(os.getpid(), {number:d})
        sys.exit(5)
    """
    assert python(code) == (5, "tidied up\n", "")


def test_a_second_sigterm_does_not_cut_off_what_the_first_began() -> None:
    code = """
        undo = end_in_order()
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
            print("tidied up")
        undo()
        os.kill(os.getpid(), signal.SIGTERM)
    """
    assert python(code) == (-signal.SIGTERM, "tidied up\n", "")


def test_a_worker_leaves_it_to_its_controller() -> None:
    code = """
        end_in_order(worker=True)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        print("went on")
    """
    assert python(code) == (0, "went on\n", "")


def test_what_is_ignored_stays_so() -> None:
    code = """
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        end_at_once()
        end_in_order()
        os.kill(os.getpid(), signal.SIGHUP)
        print("went on")
    """
    assert python(code) == (0, "went on\n", "")


def test_an_interrupt_that_was_caught_does_not_kill_at_the_end(tmp_path: Path) -> None:
    """Python remembers one that leaves a text it executes, such as that of a named tuple."""
    (tmp_path / "early.py").write_text(
        textwrap.dedent("""
            import sys
            from conformance import __main__, cli

            def interrupted():
                try:
                    exec("raise KeyboardInterrupt")
                except KeyboardInterrupt:
                    return 2

            cli.main = interrupted
            sys.exit(__main__.main())
        """)
    )
    places = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    ended = subprocess.run([sys.executable, "-m", "early"], env={**os.environ, "PYTHONPATH": places}, timeout=60)
    assert ended.returncode == 2
