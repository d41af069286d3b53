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
from conformance.codegen.stubs import c_type, is_declarable
from conformance.engine.compiled import CompiledTransport
from conformance.model.signature import Signature
from conformance.model.target import HERE
from conformance.toolchain.fixtures import root

_TYPES = """
typedef struct { uint8_t code, bits; uint16_t lanes; } DLDataType;
typedef struct { int32_t device_type, device_id; } DLDevice;
typedef struct AbiBytes AbiBytes;
typedef struct DLTensor DLTensor;
typedef union AbiValue AbiValue;
int packed_0(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);
int unpacked_0(void** inputs, void** outputs, void* handle);
const char* abi_last_error(void);
"""

MODULES, BUNDLES = 3, 6


def _naive(made: CompiledTransport, signature: Signature, at: int, folder: Path) -> None:
    """The stubs of one signature as a module that Python can call them by: compiled by cffi, loaded, one called."""
    subject = made.subject
    callers, callees = (made.libraries.text(role, (signature,)) for role in ("callers", "callees"))
    # The two sides are one module here, so one of them takes other names.
    (folder / f"callers_{at}.c").write_text(f"#define abi_side abi_callers_side\n{callers}")
    runtime = [str(path) for path in made.libraries.runtime(made.compiler_pairs[0].callee)]
    ffi: Any = cffi.FFI()
    types = [c_type(param.kind, packed=True) for param in signature.params]
    ffi.cdef(f"{_TYPES} {c_type(signature.ret, packed=True)} body_0({', '.join(types) or 'void'});")
    name = f"naive_{at}"
    ffi.set_source(
        name,
        callees,
        sources=[str(folder / f"callers_{at}.c")],
        include_dirs=[str(path) for path in (subject.binding.parent, *subject.include, root() / "include", root())],
        extra_compile_args=["-O2", "-w"],
        extra_objects=runtime,
        runtime_library_dirs=[str(Path(path).parent) for path in runtime],
    )
    path = ffi.compile(tmpdir=str(folder))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.lib.abi_last_error()


def figures() -> Sequence[Figure]:
    """Signatures a second of the pipeline, gcc and embedded, over those of the naive way."""
    logging.disable(logging.INFO)
    naive, gcc, embedded = [], [], []
    scratch = tempfile.TemporaryDirectory(prefix="abi-bench-")
    with one_core(), scratch as folder, session("gcc:-O2") as made, session("tcc") as quick:
        meter, quick_meter, done = Meter(made.workers.of(HERE)), Meter(quick.workers.of(HERE)), Done()
        whole(quick, 1, quick_meter)
        for seed in range(BUNDLES):
            some = [one for one in drawn(quick, 100 + seed, 1)[0].signatures if is_declarable(one)]
            for at in range(MODULES):
                one = some[at * len(some) // MODULES]
                naive.append(meter.time(lambda: _naive(made, one, 10 * seed + at, Path(folder))).cpu)  # noqa: B023
            bundle = drawn(made, 200 + seed, 1)[0]
            gcc.append(pipeline(made, bundle, meter, done).cpu / len(bundle.signatures))
            passed, took = whole(quick, 300 + seed, quick_meter)
            embedded.append(took.cpu / passed.signatures)
    alone = median(naive)
    by_gcc, by_tcc = alone / median(gcc), alone / median(embedded)
    note = f"One cffi module a signature of the same text takes {1e3 * alone:.0f} ms."
    return [
        Figure("gcc -O2, against one cffi module a signature", "6 times", f"{by_gcc:.1f} times", by_gcc >= 6, (note,)),
        Figure("embedded, against the same", "300 times", f"{by_tcc:,.0f} times", by_tcc >= 300),
    ]
