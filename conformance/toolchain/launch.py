"""What runs the code of a target here: the kernel itself, or an emulator with the target's C library."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.model.target import Target, runs_here
from conformance.toolchain.errors import MissingCompiler


def launcher(target: Target) -> tuple[str, ...]:
    """The words before a program of a target; none where this machine runs it as it is.

    Raises MissingCompiler, with the Debian packages to install, where there is no emulator or no C library for it.
    """
    if runs_here(target):
        return ()
    emulator = shutil.which(target.emulator)
    if emulator is None:
        raise MissingCompiler(f"{target.emulator} is not installed; run apt install qemu-user-static")
    if not Path(target.sysroot).is_dir():
        packages = " ".join(target.packages[:2])
        raise MissingCompiler(f"{target.sysroot}, {target.name}'s C library, is not there; run apt install {packages}")
    return emulator, "-L", target.sysroot
