"""Other ways to test calls, over the same signatures: what one of them costs a signature, beside generic stubs."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import cffi

from benchmarks.embedded import whole
from benchmarks.measure import Figure, Meter, one_core, session
from conformance.generation.strategies import seeded
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature
from conformance.model.target import HERE

COUNT, TURNS = 8, 3
_SCALARS = tuple(kind for kind in KINDS if KINDS[kind].family in ("int", "uint", "float") and kind != "f16")
_HEAD = "#include <stdint.h>\n#include <string.h>\n"
_CTYPES = {
    **{
        f"{sign}{bits}": getattr(ctypes, f"c_{name}int{bits}")
        for sign, name in (("i", ""), ("u", "u"))
        for bits in (8, 16, 32, 64)
    },
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
}


def _type(kind: str) -> str:
    return "void" if kind == NONE else KINDS[kind].c_type


def _prototype(signature: Signature, name: str) -> str:
    parameters = ", ".join(f"{_type(param.kind)} a{at}" for at, param in enumerate(signature.params)) or "void"
    return f"{_type(signature.ret)} {name}({parameters})"


def _callee(signature: Signature, name: str) -> str:
    """A function that writes down the bytes that it is given."""
    body = "".join(f" memcpy(seen[{at}], &a{at}, sizeof a{at});" for at in range(len(signature)))
    back = "" if signature.ret == NONE else " return 0;"
    return f"extern unsigned char seen[64][8];\n{_prototype(signature, name)} {{{body}{back} }}\n"


def _caller(signature: Signature, name: str, source: random.Random) -> str:
    """A function that passes drawn bytes and counts those that arrive otherwise."""
    lines = [f"{_prototype(signature, name)};", f"static int check_{name}(void) {{ int wrong = 0;"]
    for at, param in enumerate(signature.params):
        data = ", ".join(str(source.randrange(1, 127)) for _ in range(KINDS[param.kind].width))
        lines.append(
            f"unsigned char b{at}[] = {{ {data} }}; {_type(param.kind)} v{at}; memcpy(&v{at}, b{at}, sizeof v{at});"
        )
    lines.append(f"{name}({', '.join(f'v{at}' for at in range(len(signature)))});")
    lines += [f"wrong += memcmp(seen[{at}], b{at}, sizeof b{at}) != 0;" for at in range(len(signature))]
    return "\n".join([*lines, "return wrong; }"]) + "\n"


def _program(folder: Path, signatures: Sequence[Signature], callee: str, source: random.Random) -> None:
    """Two files and a program of them, as GCC's compat tests have; run, and it must find nothing."""
    names = [f"f{at}" for at in range(len(signatures))]
    both = list(zip(signatures, names, strict=True))
    calls = " + ".join(f"check_{name}()" for name in names)
    (folder / "y.c").write_text(_HEAD + "".join(_callee(*one) for one in both))
    callers = "".join(_caller(*one, source) for one in both)
    (folder / "x.c").write_text(f"{_HEAD}unsigned char seen[64][8];\n{callers}int main(void) {{ return {calls}; }}\n")
    for compiler, name in (("gcc", "x"), (callee, "y")):
        subprocess.run([compiler, "-O2", "-w", "-c", f"{name}.c"], cwd=folder, check=True)
    subprocess.run(["gcc", "-o", "program", "x.o", "y.o"], cwd=folder, check=True)
    subprocess.run(["./program"], cwd=folder, check=True)


def _one_by_one(folder: Path, signatures: Sequence[Signature], callee: str, source: random.Random) -> None:
    for signature in signatures:
        _program(folder, [signature], callee, source)


def _by_ctypes(folder: Path, signatures: Sequence[Signature], source: random.Random) -> None:
    """A library of gcc's a signature, and ctypes as the caller."""
    for at, signature in enumerate(signatures):
        name = f"c{at}_{source.randrange(1 << 30)}"
        (folder / f"{name}.c").write_text(_HEAD + _callee(signature, "f").replace("extern ", "", 1))
        subprocess.run(
            ["gcc", "-O2", "-w", "-shared", "-fPIC", "-o", f"{name}.so", f"{name}.c"], cwd=folder, check=True
        )
        function: Any = ctypes.CDLL(str(folder / f"{name}.so")).f
        function.argtypes = [_CTYPES[param.kind] for param in signature.params]
        function.restype = None if signature.ret == NONE else _CTYPES[signature.ret]
        function(*(source.randrange(1, 100) for _ in signature.params))


def _by_libffi(signatures: Sequence[Signature], source: random.Random) -> None:
    """A closure of libffi's for each, called through libffi: nothing is compiled."""
    ffi = cffi.FFI()
    for signature in signatures:
        pointer = _prototype(signature, "(*)")
        back = None if signature.ret == NONE else 0
        made: Any = ffi.callback(pointer, lambda *_, back=back: back)
        made(*(source.randrange(1, 100) for _ in signature.params))


def figures() -> Sequence[Figure]:
    """Milliseconds of processor a signature for each peer, and how many times ours that is."""
    if shutil.which("gcc") is None:
        return [Figure("peers", "reported", "gcc is not installed")]
    callee = "clang" if shutil.which("clang") else "gcc"
    source = random.Random(1)
    some = seeded(1, COUNT, 8, _SCALARS)
    with one_core(), tempfile.TemporaryDirectory(prefix="abi-bench-") as scratch, session("gcc") as made:
        folder, meter = Path(scratch), Meter(made.workers.of(HERE))
        whole(made, 1, meter, generic=True)
        ways: dict[str, Callable[[], object]] = {
            "GCC's compat tests, two files and a program a signature": lambda: _one_by_one(
                folder, some, callee, source
            ),
            f"an ABITest of {COUNT} signatures a program": lambda: _program(folder, some, callee, source),
            "ctypes, a library of gcc's a signature": lambda: _by_ctypes(folder, some, source),
            "libffi on both sides, nothing compiled": lambda: _by_libffi(some, source),
        }
        ours: list[float] = []
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for seed in range(2, 2 + TURNS):
            done, took = whole(made, seed, meter, generic=True)
            ours.append(took.cpu / done.signatures)
            for name, way in ways.items():
                taken[name].append(meter.time(way).cpu / COUNT)
    own = median(ours)
    note = (
        f"Generic stubs of gcc take {1e3 * own:.2f} ms a signature, in which they make and judge some 350 calls, right "
        "and wrong ones of both conventions; each of the peers makes one matched direct call."
    )
    return [
        Figure(
            f"{name}, processor time a signature",
            "reported",
            f"{1e3 * median(times):.2f} ms, {median(times) / own:.1f} times ours",
            None,
            (note,) if at == 0 else (),
        )
        for at, (name, times) in enumerate(taken.items())
    ]
