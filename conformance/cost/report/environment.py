"""When, where and with what a report was measured."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib import metadata
from pathlib import Path

from conformance import __version__
from conformance.cost.report.claims import Measured

_PACKAGES = ("cffi", "numpy", "apache-tvm-ffi", "apache-tvm")


def environment(measured: Measured, seconds: float) -> tuple[str, ...]:
    """Lines of facts; `seconds` is how long all of it took."""
    versions = dict.fromkeys(f"{cost.compiler}: {cost.version}" for cost in measured.calls)
    packages = [f"{name} {found}" for name in _PACKAGES if (found := _version(name))]
    now = dt.datetime.now(tz=dt.UTC)
    return (
        f"{now:%Y-%m-%d}, abi-conformance {__version__}, in {seconds:.0f} s, load {os.getloadavg()[0]:.1f} at the end",
        f"{_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}, {', '.join(packages)}",
        *([f"timed: {'; '.join(versions)}"] if versions else []),
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
