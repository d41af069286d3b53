"""Against one cffi API-mode module a signature, which is how one would begin."""

from __future__ import annotations

import importlib.util
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import cffi

from benchmarks.compiled import pipeline
from benchmarks.embedded import Done, whole
from benchmarks.measure import Figure, Meter, drawn, one_core, session
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature

MODULES, BUNDLES = 5, 2


def _naive(signature: Signature, at: int, folder: Path) -> None:
    """A module with a callee of the signature that records what it is given; it is compiled, loaded and called once."""
    types = [_scalar(param.kind) for param in signature.params]
    ret = "void" if signature.ret == NONE else _scalar(signature.ret)
    params = ", ".join(f"{spelled} a{i}" for i, spelled in enumerate(types)) or "void"
    body = " ".join(f"memcpy(seen[{i}], &a{i}, sizeof a{i});" for i in range(len(types)))
    returned = "" if ret == "void" else f"{ret} r; memset(&r, 1, sizeof r); return r;"
    ffi: Any = cffi.FFI()
    ffi.cdef(f"extern char seen[64][8]; {ret} callee({params});")
    name = f"naive_{at}"
    ffi.set_source(
        name,
        "#include <stdbool.h>\n#include <stdint.h>\n#include <string.h>\n"
        f"char seen[64][8]; {ret} callee({params}) {{ {body} {returned} }}",
        extra_compile_args=["-O2"],
    )
    path = ffi.compile(tmpdir=str(folder))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lib = module.lib  # type: ignore[attr-defined]
    lib.callee(*[0 if "*" not in spelled else module.ffi.NULL for spelled in types])  # type: ignore[attr-defined]
    assert bytes(module.ffi.buffer(lib.seen[0])) == bytes(8)  # type: ignore[attr-defined]


def _scalar(kind: str) -> str:
    found = KINDS[kind]
    return "void *" if found.is_pointer else "uint64_t" if found.family == "struct" else found.c_type


def figures() -> Sequence[Figure]:
    """Signatures a second of the pipeline, gcc and embedded, over those of the naive way."""
    logging.disable(logging.INFO)
    naive, gcc, embedded = [], [], []
    with one_core(), tempfile.TemporaryDirectory(prefix="abi-bench-") as scratch:
        with session("gcc:-O2") as made, session("tcc") as quick:
            meter, quick_meter, done = Meter(made.worker), Meter(quick.worker), Done()
            whole(quick, 1, quick_meter)
            for seed in range(BUNDLES):
                some = drawn(quick, 100 + seed, 1)[0].signatures
                for at in range(MODULES):
                    one = some[at * len(some) // MODULES]
                    naive.append(meter.time(lambda: _naive(one, 10 * seed + at, Path(scratch))).cpu)  # noqa: B023
                bundle = drawn(made, 200 + seed, 1)[0]
                gcc.append(pipeline(made, bundle, meter, done).cpu / len(bundle.signatures))
                passed, took = whole(quick, 300 + seed, quick_meter)
                embedded.append(took.cpu / passed.signatures)
    alone = median(naive)
    by_gcc, by_tcc = alone / median(gcc), alone / median(embedded)
    note = f"One cffi module a signature takes {1e3 * alone:.0f} ms."
    return [
        Figure("gcc -O2, against one cffi module a signature", "6 times", f"{by_gcc:.1f} times", by_gcc >= 6, (note,)),
        Figure("embedded, against the same", "300 times", f"{by_tcc:,.0f} times", by_tcc >= 300),
    ]

