"""Starts a subject that is built with compilers: loads it, finds the compilers, builds it once with each."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.engine import versions
from conformance.engine.compiled import CompiledTransport
from conformance.engine.execute import Executor
from conformance.engine.libraries import API_MODE, Libraries
from conformance.engine.rows import in_words, is_meeting, meeting
from conformance.engine.sides import api_mode, chosen_compilers, chosen_pairs, resolve, usable_compilers
from conformance.engine.workers import Workers
from conformance.generation.profiles import PROFILES
from conformance.model.options import RunOptions
from conformance.subjects.manifest import BuiltSubject, load_subject
from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import MissingCompiler
from conformance.transport.compiled.client import Worker


def _native(chosen: Sequence[Compiler], subject: BuiltSubject) -> Compiler:
    """What compiles for this machine itself whatever is needed beside the sides: the embedded compiler, if it is there.

    Beside sides in C++ nothing is needed. Raises UserError where there is no compiler at all.
    """
    if subject.is_cxx:
        return chosen[0]
    try:
        return resolve("tcc", subject)
    except MissingCompiler:
        found = next((c for c in chosen if not c.is_dynamic and c.target.native), None)
        if found is None:
            raise
        return found


def prepare_compiled(options: RunOptions) -> CompiledTransport:
    """Loads the subject, finds the compilers, builds the subject once. Raises UserError."""
    subject, drawn = load_subject(options.subject), tuple[str, ...]()
    combinations = versions.combined(options, subject.version)
    if combinations:
        subject, drawn = versions.in_common(subject, combinations)
    profile = PROFILES[options.profile]
    met = meeting(options, subject) if is_meeting(options) else None
    chosen, named = chosen_compilers(options, subject) if met is None else (list(met.sides.values()), set[str]())
    worker = Worker(repeatable=bool(combinations))
    workers = None
    try:
        toolchain = Toolchain(Cache(), worker)
        native = _native(chosen, subject)
        api = None if subject.is_cxx else api_mode(worker, named=API_MODE in named)
        libraries = Libraries(subject, toolchain, native, api)
        workers = Workers(worker, toolchain, chosen, repeatable=bool(combinations))
        executor = Executor(workers, profile.hang_ms)
        usable, inconclusive = usable_compilers(libraries, executor, chosen, named)
        if met is None:
            pairs, apart = chosen_pairs(options, [c for c in chosen if c.id in usable], subject)
            inconclusive, words = inconclusive | apart, ""
        else:
            pairs, inconclusive = met.pairs(usable), inconclusive | met.missing
            words = in_words(pairs)
        return CompiledTransport(
            subject,
            profile,
            options.max_examples,
            versions.with_versions(pairs, combinations),
            libraries,
            workers,
            executor,
            inconclusive,
            words,
            options.stubs,
            drawn if set(drawn) > set(subject.kinds) else (),
        )
    except BaseException:
        (workers or worker).close()
        raise
