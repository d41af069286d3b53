"""What declaring costs: C++ callees beside the bare compiler, and TVM's beside what TVM alone takes.

Subjects are loaded into this process here, which a run never does.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Figure, one_bundle
from conformance.model.subject import SubjectUnavailable
from conformance.subjects.tvm_ffi import cpp, types
from conformance.toolchain import Cache, Toolchain
from conformance.toolchain.commands import command_line

SIZE, ROUNDS = 64, 3


def _cpp() -> Figure:
    what = f"C++ callees of {SIZE} signatures, empty cache, against the bare compiler on the same text"
    try:
        subject = cpp.TvmFfiCpp()
    except SubjectUnavailable as missing:
        return Figure(what, "at most 1.3", f"not measured: {missing}")
    ratios, each = [], []
    for seed in range(1, ROUNDS + 1):
        some = [
            one
            for one in one_bundle(subject.about.kinds, 8, SIZE, seed).signatures
            if one.ret not in types.ONLY_ARGUMENTS
        ]
        with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
            job = cpp.job(subject._library.package, subject._compiler, "tvm-ffi-cpp", types.callees(some))
            (Path(folder) / job.units[0][0]).write_text(job.units[0][1])
            argv = command_line(job, Path(folder) / "bare.so", "bare.so")
            started = time.perf_counter()
            subprocess.run(argv, cwd=folder, check=True, capture_output=True)
            bare = time.perf_counter()
            Toolchain(Cache(Path(folder) / "cache"), None, jobs=1).build(job)
            ratios.append((time.perf_counter() - bare) / (bare - started))
            each.append((bare - started) / len(some))
    note = f"The bare C++ compiler takes {1e3 * median(each):.0f} ms a signature."
    return Figure(what, "at most 1.3", f"{median(ratios):.2f} times", median(ratios) <= 1.3, (note,))


def _tvm(name: str, target: str) -> Figure:
    what = f"{name}, a module of {SIZE} signatures, against what TVM alone takes to compile and load it"
    try:
        compiler: Any = importlib.import_module("conformance.subjects.tvm.compiler")
        emit: Any = importlib.import_module("conformance.subjects.tvm.emit")
        subject = compiler.TvmLlvm() if target == "llvm" else compiler.TvmC("gcc:-O1")
    except SubjectUnavailable as missing:
        return Figure(what, "at most 1.5", f"not measured: {missing}")
    tvm: Any = importlib.import_module("tvm")
    numbers = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "bool", "handle")
    subject.declare(one_bundle(numbers, 4, SIZE, 99).signatures, False)
    ratios = []
    for seed in range(1, ROUNDS + 1):
        some = one_bundle(numbers, 16, SIZE, seed).signatures
        module = tvm.IRModule({f"f{at}": emit.function(f"f{at}", one) for at, one in enumerate(some)})
        started = time.perf_counter()
        made = tvm.compile(module, target=target)
        if target == "llvm":
            [made[f"f{at}"] for at in range(len(some))]
        else:
            with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
                library = str(Path(folder) / "x.so")
                made.export_library(library)
                tvm.runtime.load_module(library)
        alone = time.perf_counter()
        subject.declare(some, False)
        ratios.append((time.perf_counter() - alone) / (alone - started))
    return Figure(what, "at most 1.5", f"{median(ratios):.2f} times", median(ratios) <= 1.5)


def figures() -> Sequence[Figure]:
    """The three subjects that compile."""
    before = os.environ.get("ABI_CONFORMANCE_CACHE")
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
        os.environ["ABI_CONFORMANCE_CACHE"] = folder
        try:
            return [_cpp(), _tvm("tvm-llvm", "llvm"), _tvm("tvm-c", "c")]
        finally:
            del os.environ["ABI_CONFORMANCE_CACHE"]
            if before is not None:
                os.environ["ABI_CONFORMANCE_CACHE"] = before
