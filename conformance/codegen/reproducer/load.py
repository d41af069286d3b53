"""The reproducer of a side that does not find what it needs in the version of the runtime that it meets."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.codegen.reproducer.recipe import Files, named, version_of
from conformance.codegen.reproducer.spelling import make_words
from conformance.codegen.stubs import environment
from conformance.model.case import Case
from conformance.model.kinds import NONE
from conformance.subjects.manifest import BuiltSubject


def render_load(
    case: Case, subject: BuiltSubject, versions: Mapping[str, Files], command: tuple[str, ...]
) -> dict[str, str]:
    """A program that uses all of the binding header, and a Makefile that links it with the runtime of each version."""
    side = case.caller if case.mismatch.declared.endswith("caller") else case.callee
    built = version_of(side)
    values = {
        "key": case.key,
        "binding": subject.binding.name,
        "names": _functions(subject),
        "built": built,
        "runtime": case.runtime,
        "of_built": named(built),
        "of_runtime": named(case.runtime),
        "cc": make_words(command),
        "cxx": subject.is_cxx,
        "subjects": {named(version): files.words() for version, files in versions.items()},
    }
    texts = {"load.c": "load.c.j2", "Makefile": "load.mk.j2"}
    return {name: environment().get_template(f"reproducer/{text}").render(values) for name, text in texts.items()}


def _functions(subject: BuiltSubject) -> list[str]:
    if not subject.packed:
        return ["abi_call_unpacked"]
    verbs = ("check", "unpack", "pack", "return", "take")
    of_kinds = [f"abi_{verb}_{kind}" for kind in subject.kinds for verb in verbs]
    return ["abi_call", "abi_check_count", "abi_last_error", *of_kinds, f"abi_return_{NONE}", f"abi_take_{NONE}"]
