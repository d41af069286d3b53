"""The stand-alone reproducers of a subject that is built: which files, compilers and versions each needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.codegen.reproducer.files import files
from conformance.direct import reproducer as direct
from conformance.direct.sides import Sides as DirectSides
from conformance.engine.libraries import Libraries, Pair
from conformance.model.case import Case
from conformance.model.outcome import Finding
from conformance.toolchain import sanitizers
from conformance.toolchain.commands import headers
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.launch import launcher


def reproducer(
    finding: Finding, pair: Pair, pairs: Sequence[Pair], libraries: Libraries, missing: Sequence[Sequence[str]]
) -> dict[str, str | bytes]:
    """The files of the C program of a finding on a pair, the subject's own C among them.

    `pairs` are those of the run. `missing` are the symbols that each side lacks of the runtime, where versions meet.
    Raises OSError where a file of the subject cannot be read.
    """
    case = Case.from_json(finding.case)
    commands = {
        name: (compiler.command, (*headers(compiler), *compiler.flags, *sanitizers.stopping(compiler)))
        for name, compiler in _compilers(pair, pairs).items()
    }
    aligned = {other.ids for other in pairs if other.is_aligned}
    keeps = aligned.issuperset({(case.caller, case.callee), *((case.against,) if case.against else ())})
    return files(
        case,
        libraries.subject,
        finding.required,
        finding.observed,
        commands,
        aligned=keeps,
        target=pair.target,
        launcher=launcher(pair.target),
        versions={version: libraries.at(version) for version in pair.versions or ()},
        missing=tuple(dict.fromkeys(name for names in missing for name in names)),
    )


def direct_reproducer(
    finding: Finding, pair: Pair, pairs: Sequence[Pair], sides: DirectSides
) -> dict[str, str | bytes]:
    """The files of the program of a plain C call, which the subject has no part in."""
    by_id, target = _compilers(pair, pairs), pair.target
    program = sides.program(target)[1]
    return direct.files(finding, Case.from_json(finding.case), by_id, program, target, launcher(target))


def _compilers(pair: Pair, pairs: Sequence[Pair]) -> Mapping[str, Compiler]:
    """The compilers of a run by the ids of their sides, and of the sides that this pair's are held against."""
    alone = [replace(pair, versions=pair.versions.diagonal)] if pair.versions else []
    found: dict[str, Compiler] = {}
    for other in (*pairs, *alone):
        found |= {other.ids[0]: other.caller, other.ids[1]: other.callee}
    return found
