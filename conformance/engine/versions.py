"""Settles which versions of a subject's headers its sides are built against, beside the version that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from conformance.engine.carrier import UsageProblem
from conformance.engine.libraries import Pair, Versions
from conformance.model.options import RunOptions
from conformance.subjects.manifest import BuiltSubject


def asked(options: RunOptions) -> bool:
    """Whether a run names versions of headers. Raises UsageProblem where it contradicts itself."""
    apart = bool(options.built or options.caller_built or options.callee_built)
    if options.against_built and apart:
        raise UsageProblem(
            "--against-built names what both sides are built against; leave out the other --built options"
        )
    if options.both and not options.against_built:
        raise UsageProblem("--both is about a release that --against-built names; name it, or leave --both out")
    return apart or bool(options.against_built)


def combined(options: RunOptions, runtime: str) -> tuple[Versions, ...]:
    """The versions that meet, none where no versions are named. Raises UsageProblem.

    Every caller's version with every callee's, on the version that runs; with `against_built` what is built against
    that one on the version that runs, and with `both` what is built against the version that runs on that one.
    """
    if not asked(options):
        return ()
    last = options.against_built
    if last == runtime:
        raise UsageProblem(
            f"--against-built {last}: what runs says that it is {last} too, and nothing can be told of two that have "
            "one name; give what is built a version of its own, or name another"
        )
    if last:
        return (Versions(last, last, runtime), *([Versions(runtime, runtime, last)] if options.both else []))
    callers = options.caller_built or options.built or (runtime,)
    callees = options.callee_built or options.built or (runtime,)
    return tuple(Versions(caller, callee, runtime) for caller, callee in dict.fromkeys(product(callers, callees)))


def every(combinations: Sequence[Versions]) -> tuple[str, ...]:
    """All versions that meet, each once."""
    return tuple(dict.fromkeys(version for versions in combinations for version in versions))


def in_common(subject: BuiltSubject, combinations: Sequence[Versions]) -> tuple[BuiltSubject, tuple[str, ...]]:
    """The subject with the kinds that all of its versions have, and those that some of them have.

    Its rules and claims are those of the version that callees are built against: checks are compiled into them. Raises
    UserError for a version that there is not, and where versions have nothing in common, or callees several rules.
    """
    of_versions = {version: subject.at(version) for version in every(combinations)}
    strange = next((other for other in of_versions.values() if other.convention != subject.convention), None)
    if strange is not None:
        raise UsageProblem(f"{subject.manifest}: version {strange.version} has the {strange.convention} convention")
    kinds = tuple(kind for kind in subject.kinds if all(kind in other.kinds for other in of_versions.values()))
    if not kinds:
        raise UsageProblem(f"{subject.manifest}: versions {', '.join(of_versions)} have no kind in common")
    some = tuple(dict.fromkeys(kind for other in of_versions.values() for kind in other.kinds))
    callee, *others = dict.fromkeys(versions.callee for versions in combinations)
    judges = of_versions[callee]
    unlike = next((other for other in others if not judges.rules.says_as(of_versions[other].rules)), None)
    if unlike is not None:
        raise UsageProblem(
            f"{subject.manifest}: calls are judged by the rules of the version that callees are built against, and "
            f"{callee} and {unlike} have others; run them apart"
        )
    return replace(subject, kinds=kinds, rules=judges.rules, claims=judges.claims), some


def with_versions(pairs: Sequence[Pair], combinations: Sequence[Versions]) -> tuple[Pair, ...]:
    """Each pair of compilers with each combination of versions; the pairs as they are where there is none."""
    if not combinations:
        return tuple(pairs)
    return tuple(replace(pair, versions=versions) for pair in pairs for versions in combinations)
