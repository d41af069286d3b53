"""Starts the process of a subject in Python, once for each compiler that makes it, and tries one call."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from conformance.checks import CALLED
from conformance.engine import versions
from conformance.engine.carrier import UsageProblem
from conformance.engine.first_call import first_call
from conformance.engine.libraries import Versions
from conformance.engine.process import ProcessTransport
from conformance.engine.process_carrier import Variant
from conformance.model.options import RunOptions
from conformance.model.subject import Headers
from conformance.subjects.called import CalledSubject, called_subject, is_wrong
from conformance.subjects.errors import SubjectError
from conformance.subjects.registry import Found, headers, versioned
from conformance.toolchain import compilers as discovery
from conformance.toolchain.errors import MissingCompiler
from conformance.transport.process.client import AdapterError, ProcessError, ProtocolError, SubjectProcess


def prepare_process(found: Found, options: RunOptions) -> ProcessTransport:
    """Starts the subject's process and asks what it is. Raises UserError."""
    if versions.asked(options):
        return _with_versions(found, options)
    first = _variant(found, options.subject, "")
    usual = first.subject.about.compilers
    try:
        _refuse(found, options, usual)
    except UsageProblem:
        first.process.close()
        raise
    if not usual:
        return _tried(found, ProcessTransport(options, [first]))
    first.process.close()
    variants: list[Variant] = []
    try:
        for spec in options.compilers or _found(usual):
            variants.append(_variant(found, options.subject, spec))  # noqa: PERF401 - what is open must be closed again
    except BaseException:
        for variant in variants:
            variant.process.close()
        raise
    return _tried(found, ProcessTransport(options, variants))


def _refuse(found: Found, options: RunOptions, usual: Sequence[str]) -> None:
    """Refuses options that are about stubs and compilers, of a subject that has none. Raises UsageProblem."""
    stubs = options.stubs != RunOptions().stubs
    if options.pairs or stubs or (options.compilers and not usual):
        left_out = "--stubs" if stubs else "--compiler and --pair"
        raise UsageProblem(f"{found.name} is called, not compiled against; leave out {left_out}")


def _with_versions(found: Found, options: RunOptions) -> ProcessTransport:
    """Starts a process for each combination of versions that the sides are to be built against. Raises UserError."""
    found = _with_its_version(found, options)
    releases = {found.version: headers(found)}

    def release(version: str) -> Headers:
        if version not in releases:
            releases[version] = headers(found, version)
        return releases[version]

    def running(version: str) -> Found:
        return replace(found, folders=(release(version).folder,), version=version)

    def alone(version: str, spec: str) -> Variant:
        meet, built = Versions(*[version] * 3), (release(version),) * 2
        return _variant(running(version), f"{found.name}=={version}", spec, meet, built)

    def started(each: Versions, spec: str) -> Variant:
        built = release(each.caller), release(each.callee)
        is_own = each.runtime == found.version
        runs = found if is_own else running(each.runtime)
        asked = options.subject if is_own else f"{found.name}=={each.runtime}"
        meet = Versions(built[0].version, built[1].version, runs.version)
        return _variant(runs, asked, spec, meet, built)

    combined = versions.combined(options, found.version)
    first = started(combined[0], "")
    first.process.close()
    usual = first.subject.about.compilers
    _refuse(found, options, usual)
    if not first.has_caller:
        combined = _of_callees(found, options, combined)
    specs = (options.compilers or _found(usual)) if usual else ("",)
    variants: list[Variant] = []
    try:
        for each in combined:
            for spec in specs:
                variants.append(started(each, spec))  # noqa: PERF401 - what is open must be closed again
    except BaseException:
        for variant in variants:
            variant.process.close()
        raise
    transport = ProcessTransport(options, variants, alone)
    try:
        own = transport.alone(found.version, specs[0])
    except BaseException:
        transport.close()
        raise
    return _tried(found, transport, own)  # with several versions even a first call may go wrong, which is a finding


def _of_callees(found: Found, options: RunOptions, combined: Sequence[Versions]) -> tuple[Versions, ...]:
    """The combinations that differ where callers are the wire alone. Raises UsageProblem."""
    if options.caller_built and options.caller_built != options.callee_built:
        raise UsageProblem(f"the callers of '{found.name}' are built against no headers; leave out --caller-built")
    return tuple(dict.fromkeys(Versions(each.callee, each.callee, each.runtime) for each in combined))


def _with_its_version(found: Found, options: RunOptions) -> Found:
    """What was asked for, with the version that runs, which only the subject knows where none was asked for."""
    versioned(found)
    if found.version:
        return found
    first = _variant(found, options.subject, "")
    first.process.close()
    return replace(found, version=first.subject.version)


def _tried(found: Found, transport: ProcessTransport, variant: Variant | None = None) -> ProcessTransport:
    """The transport, once the adapter has come through one matched call. Raises UsageProblem, and closes it."""
    variant = variant or transport.variants[0]
    try:
        first_call(variant.process, variant.subject, transport.hang_ms)
    except (AdapterError, ProtocolError) as error:
        transport.close()
        raise UsageProblem(_fault(found, error)) from None
    except ProcessError as error:
        transport.close()
        raise UsageProblem(f"the subject '{found.name}' makes no call: {error}") from None
    except BaseException:
        transport.close()
        raise
    return transport


def _fault(found: Found, error: ProcessError) -> str:
    """What an adapter does wrong: a sentence, or where it raised its traceback."""
    if isinstance(error, AdapterError):
        return f"the adapter of the subject '{found.name}' raised {error}"
    return is_wrong(found.name, error)


def _found(specs: Sequence[str]) -> list[str]:
    found = []
    for spec in specs:
        with contextlib.suppress(MissingCompiler):
            found.append(discovery.resolve(spec).spec)
    if not found:
        raise UsageProblem(f"none of the compilers {', '.join(specs)} is found; run: apt install gcc")
    return found


def _variant(
    found: Found,
    asked: str,
    spec: str,
    meet: Versions | None = None,
    built: tuple[Headers, Headers] | None = None,
) -> Variant:
    if spec:
        discovery.resolve(spec)  # what is wrong with it is said before anything is started
    try:
        process = SubjectProcess(found.target, tuple(map(str, found.folders)), spec, built=built)
    except (AdapterError, ProtocolError) as error:
        raise UsageProblem(_fault(found, error)) from None
    except ProcessError as error:
        raise UsageProblem(f"the subject '{found.name}' does not start: {error}") from None
    try:
        subject = called_subject(asked, process.about, process.has_callees)
        _refuse_unknown(subject)
        return Variant(process, subject, spec, meet, built)
    except BaseException:
        process.close()
        raise


def _refuse_unknown(subject: CalledSubject) -> None:
    """Raises SubjectError for a check that no subject in Python is held to: it would be left out without a word."""
    for name in subject.about.checks:
        if name not in CALLED:
            near = get_close_matches(name, CALLED, 1)
            hint = f"did you mean {near[0]}?" if near else f"the checks are {', '.join(CALLED)}"
            what = f"has '{name}' among its `checks`, which is no check of such a subject"
            raise SubjectError(f"the subject '{subject.name}' {what}; {hint}")
