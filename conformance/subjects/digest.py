"""A digest of what a subject is, by which the shards of a run are told to be about the same one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from conformance.rules.load import Rules
from conformance.subjects.declared import source
from conformance.subjects.manifest import load_subject
from conformance.subjects.registry import find
from conformance.toolchain.includes import FileReader


def digest(spec: str, rules: Rules) -> str:
    """Changes with the rules, and with manifest, sources and headers, or the adapter's module, wherever they lie.

    `spec` is what the subject was asked for by. Raises SubjectError.
    """
    found, files = find(spec), []
    if found.manifest:
        subject = load_subject(found.manifest)
        lines = FileReader().reached((), (subject.binding, *subject.sources), subject.include)
        files = [line.rpartition("\t")[2] for line in lines]
        files += [subject.digest, *map(_of_file, subject.libraries)]
    elif (module := source(found.target.partition(":")[0])) is not None:
        files = [_of_file(module)]
    return hashlib.sha256("\n".join([repr(rules), *sorted(files)]).encode()).hexdigest()[:16]


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
