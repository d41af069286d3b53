"""The processor that a process of a run keeps to, asked of children: this process must keep its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HERE = sorted(os.sched_getaffinity(0))


def kept(number: int, count: int) -> list[int]:
    """The processors that a child has left, and a child of it."""
    ask = "import os; print(*os.sched_getaffinity(0))"
    code = (
        f"import subprocess, sys; from conformance.machine import keep_to_a_processor as keep; keep({number}, {count});"
    )
    code += f"print(subprocess.check_output([sys.executable, '-c', {ask!r}], text=True))"
    return sorted(map(int, subprocess.check_output([sys.executable, "-c", code], text=True).split()))


@pytest.mark.skipif(len(HERE) < 2, reason="this machine has one processor")
def test_as_many_processes_as_processors_keep_to_one_each() -> None:
    assert [kept(number, len(HERE)) for number in (0, 1)] == [HERE[:1], HERE[1:2]]
    assert kept(len(HERE), len(HERE)) == HERE[:1]  # one that takes the place of a process that died


def test_fewer_and_more_processes_go_where_the_kernel_puts_them() -> None:
    assert kept(0, 1) == kept(0, len(HERE) + 1) == HERE
