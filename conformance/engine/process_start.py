"""Starts the process of a subject in Python, once for each compiler that makes it, and tries one call."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from conformance.engine.carrier import UsageProblem
from conformance.engine.first_call import first_call
from conformance.engine.process import ProcessTransport, Variant
from conformance.model.options import RunOptions
from conformance.subjects.called import called_subject, is_wrong
from conformance.subjects.registry import Found
from conformance.toolchain import compilers as discovery
from conformance.toolchain.errors import MissingCompiler
from conformance.transport.process.client import AdapterError, ProcessError, ProtocolError, SubjectProcess


def prepare_process(found: Found, options: RunOptions) -> ProcessTransport:
    """Starts the subject's process and asks what it is. Raises UserError."""
    first = _variant(found, options.subject, "")
    usual = first.subject.about.compilers
    stubs = options.stubs != RunOptions().stubs
    if options.pairs or stubs or (options.compilers and not usual):
        first.process.close()
        left_out = "--stubs" if stubs else "--compiler and --pair"
        raise UsageProblem(f"{found.name} is called, not compiled against; leave out {left_out}")
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


def _tried(found: Found, transport: ProcessTransport) -> ProcessTransport:
    """The transport, once the adapter has come through one matched call. Raises UsageProblem, and closes it."""
    try:
        first_call(transport.variants[0].process, transport.subject, transport.hang_ms)
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


def _variant(found: Found, asked: str, spec: str) -> Variant:
    if spec:
        discovery.resolve(spec)  # what is wrong with it is said before anything is started
    try:
        process = SubjectProcess(found.target, tuple(map(str, found.folders)), spec)
    except (AdapterError, ProtocolError) as error:
        raise UsageProblem(_fault(found, error)) from None
    except ProcessError as error:
        raise UsageProblem(f"the subject '{found.name}' does not start: {error}") from None
    try:
        return Variant(process, called_subject(asked, process.about, process.has_callees), spec)
    except BaseException:
        process.close()
        raise
