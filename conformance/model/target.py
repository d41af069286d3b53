"""The targets that sides are built for: how values lie there, where a run's memory is mapped, what runs their code."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from conformance.model.data_model import NATIVE, DataModel

HIGH = 0x5A00_0000_0000
"""Where the memory of a run lies on 64 bits. Canonical, and far from where Linux puts anything."""

LOW = 0x2000_0000
"""Where it lies on 32 bits: above programs, and below the libraries, the heap and the stack."""


@dataclass(frozen=True)
class Target:
    """A machine that compilers make code for.

    `base` is the address at which the memory of a run is mapped. `nans` says which NaNs cross a call and a conversion
    of width with the bits that IEEE 754 recommends: "all", which includes signalling ones where nothing converts them;
    "quiet", which are not changed by a mere load or store; or "none". `triple` is what its cross tools are named by;
    `emulator` the program that runs its code on another machine, given `-L /usr/TRIPLE`; `packages` what Debian has
    them in.
    """

    name: str
    data: DataModel = NATIVE
    base: int = HIGH
    nans: str = "all"
    triple: str = ""
    emulator: str = ""
    packages: tuple[str, ...] = field(default=(), compare=False)

    @property
    def sysroot(self) -> str:
        """The folder in which Debian's cross packages put the target's C library."""
        return f"/usr/{self.triple}"


def _cross(
    name: str, data: DataModel, triple: str, machine: str, architecture: str, nans: str = "all"
) -> tuple[str, Target]:
    """A target that Debian has cross compilers for; `machine` is QEMU's name for it, `architecture` Debian's."""
    packages = f"gcc-12-{triple.replace('_', '-')}", f"libc6-dev-{architecture}-cross", "qemu-user-static"
    base = HIGH if data.word == 8 else LOW
    return name, Target(name, data, base, nans, triple, f"qemu-{machine}-static", packages)


_LITTLE_32 = DataModel(4, "little", 8)

TARGETS: dict[str, Target] = dict(
    [
        (
            "x86-64",
            Target("x86-64", DataModel(8, "little", 8), HIGH, "all", "x86_64-linux-gnu", "", ("gcc", "libc6-dev")),
        ),
        ("i386", Target("i386", DataModel(4, "little", 4), LOW, "quiet", "i686-linux-gnu", "", ("gcc-12-multilib",))),
        _cross("aarch64", DataModel(8, "little", 8), "aarch64-linux-gnu", "aarch64", "arm64"),
        _cross("armhf", _LITTLE_32, "arm-linux-gnueabihf", "arm", "armhf"),
        _cross("riscv64", DataModel(8, "little", 8), "riscv64-linux-gnu", "riscv64", "riscv64", "none"),
        _cross("s390x", DataModel(8, "big", 8), "s390x-linux-gnu", "s390x", "s390x"),
        _cross("ppc64", DataModel(8, "big", 8), "powerpc64-linux-gnu", "ppc64", "ppc64", "quiet"),
        _cross("powerpc", DataModel(4, "big", 8), "powerpc-linux-gnu", "ppc", "powerpc", "quiet"),
        _cross("mips", DataModel(4, "big", 8), "mips-linux-gnu", "mips", "mips", "none"),
    ]
)
"""All targets by name. i386 runs on an x86-64 kernel as it is; the others run in QEMU's user mode."""

_MACHINES = {"x86_64": "x86-64", "aarch64": "aarch64", "riscv64": "riscv64", "s390x": "s390x", "ppc64": "ppc64"}

_KNOWN = TARGETS.get(_MACHINES.get(os.uname().machine, ""))

HERE = _KNOWN if _KNOWN is not None and _KNOWN.data == NATIVE else Target("this machine")
"""The target of this very process."""


def runs_here(target: Target) -> bool:
    """Whether this machine's kernel runs a target's code as it is."""
    return target == HERE or (HERE.name, target.name) == ("x86-64", "i386")
