"""The units of a campaign: one `run` each, named by a hash of its options and of the versions that it is about."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from itertools import product
from pathlib import Path

from attrs import frozen
from packaging.version import InvalidVersion, Version

from conformance import __version__
from conformance.campaign.plan import CampaignPlan, PlanError, PlannedRuns
from conformance.model.errors import UserError
from conformance.model.options import pair
from conformance.model.target import HERE, TARGETS, Target
from conformance.subjects import digest
from conformance.subjects.manifest import load_subject
from conformance.subjects.registry import entries, find, split
from conformance.subjects.table import locate
from conformance.toolchain import spec as specs

_TRIPLES = {target.triple: target for target in TARGETS.values() if target.emulator}


@frozen
class CampaignUnit:
    """One `run` of a campaign.

    `name` is a hash of all that decides what comes of it; `run` is its table in the plan. `options` are those of `run`
    as they are typed; `version` is that of the subject. `needs` names the compilers and targets that a machine must
    have for it. `waivers` is the text of a waiver file, "" for those that ship, None for none. It may take `limit`
    seconds.
    """

    name: str
    run: str
    subject: str
    version: str
    options: tuple[str, ...]
    seed: int
    needs: tuple[str, ...]
    waivers: str | None
    limit: float

    @property
    def command(self) -> str:
        """What to type to make the unit's run by hand."""
        return shlex.join(("abi-conformance", "run", *self.options))

    def __str__(self) -> str:
        """The table, and what tells it from the table's other units: `nightly: reference gcc-12 seed 3`."""
        named = dict(zip(self.options[::2], self.options[1::2], strict=True))
        told = [named.get(word, "") for word in ("--compiler", "--pair")]
        built = f"built {named['--built']}" if "--built" in named else ""
        return f"{self.run}: {' '.join(filter(None, (self.subject, *told, built, f'seed {self.seed}')))}"


def units(plan: CampaignPlan) -> tuple[CampaignUnit, ...]:
    """The units of a plan, each once, in its order but seed by seed. Raises PlanError."""
    every = {unit.name: unit for runs in plan.runs for unit in _units(plan, runs)}
    return tuple(every.values())


def _units(plan: CampaignPlan, runs: PlannedRuns) -> Iterator[CampaignUnit]:
    where = f"{plan.path}: [runs.{runs.name}]"
    subjects = [
        _subject(where, name if version is None else f"{name}=={version}", plan.path.parent)
        for name, version in product(runs.subjects, runs.versions or (None,))
    ]
    sides = list(_sides(where, runs))
    seeds = range(runs.first_seed, runs.first_seed + runs.seeds)
    for seed, (subject, version, content), built, (side, needs) in product(
        seeds, subjects, runs.built or (None,), sides
    ):
        options = ("--subject", subject, *side, *(("--built", built) if built else ()))
        options += tuple(word for check in runs.checks for word in ("--check", check))
        options += ("--profile", runs.profile, "--seed", str(seed))
        options += () if runs.max_examples is None else ("--max-examples", str(runs.max_examples))
        key = json.dumps([__version__, version, content, options, runs.waivers])
        name = hashlib.sha256(key.encode()).hexdigest()[:20]
        yield CampaignUnit(name, runs.name, subject, version, options, seed, needs, runs.waivers, plan.unit_time)


def _subject(where: str, spec: str, beside: Path) -> tuple[str, str, str]:
    """What a subject is asked for by wherever a run is made, its version, and a digest of its sources if it has some.

    Nothing is installed for that. Raises PlanError.
    """
    try:
        return _known_subject(spec, beside)
    except UserError as error:
        raise PlanError(f"{where} subjects: {error}") from None


@cache
def _known_subject(spec: str, beside: Path) -> tuple[str, str, str]:
    name, mark, version = split(spec)
    entry = entries()[0].get(name)
    if entry is not None and entry.manifest is None:
        if mark == "==":
            try:
                return spec, str(Version(version)), ""
            except InvalidVersion:
                raise PlanError(f"{spec!r} names no version; write one such as '{name}==1.2'") from None
        if mark:
            raise PlanError(f"{spec!r} is a path of this machine; name a version, as in '{name}==VERSION'")
        try:
            return spec, metadata.version(entry.runtime.distributions[0]), ""
        except metadata.PackageNotFoundError:
            distribution = entry.runtime.distributions[0]
            raise PlanError(
                f"{distribution} is not installed here, so the version is not known; name it, as in '{name}==VERSION'"
            ) from None
    if entry is None:
        whole = spec if locate(beside / Path(spec).expanduser()) else spec.rpartition("==")[0]
        path = locate(beside / Path(whole).expanduser()) if whole else None
        spec = f"{path.absolute()}{spec[len(whole) :]}" if path else spec
    found = find(spec)
    subject = load_subject(found.manifest)
    return spec, subject.version, digest.digest(spec, subject.rules)


def _sides(where: str, runs: PlannedRuns) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The options that name the compilers of a unit, and what a machine needs for them."""
    targets: list[Target | None] = [TARGETS[name] for name in runs.targets] or [None]
    for target in targets:
        for text in runs.compilers:
            made = _on(where, text, target)
            yield ("--compiler", made), _needs(where, made)
        for text in runs.pairs:
            sides = [_on(where, side, target) for side in pair(text)]
            mark = ">" if any("/" in side for side in sides) else "/"
            yield ("--pair", mark.join(sides)), tuple(dict.fromkeys(n for side in sides for n in _needs(where, side)))
    if not runs.compilers and not runs.pairs:
        yield (), ()


def _on(where: str, text: str, target: Target | None) -> str:
    """The spec of a compiler that makes code for a target. Raises PlanError."""
    parsed = _parsed(where, text)
    flags = shlex.join(parsed.flags or ())
    family = parsed.name.partition("-")[0]
    if target is None or target == HERE:
        return text
    if family in ("gcc", "g++") and target.emulator:
        return f"{target.triple}-{parsed.name}" + (f":{flags}" if flags else "")
    if family in ("gcc", "g++", "clang", "clang++"):
        extra = f"--target={target.triple}" if target.emulator else "-m32"
        return f"{parsed.name}:{flags or shlex.join(specs.DEFAULT_FLAGS)} {extra}"
    raise PlanError(f"{where} targets: {text} makes no code for {target.name}; name gcc or clang there")


def _needs(where: str, text: str) -> tuple[str, ...]:
    """The program of a spec, and the target whose code an emulator runs."""
    parsed = _parsed(where, text)
    crossed = next((target for triple, target in _TRIPLES.items() if parsed.name.startswith(f"{triple}-")), None)
    asked = next((flag.removeprefix("--target=") for flag in parsed.flags or () if flag.startswith("--target=")), "")
    target = crossed or _TRIPLES.get(asked)
    return (parsed.name, *([target.name] if target else []))


def _parsed(where: str, text: str) -> specs.Spec:
    try:
        return specs.parse(text)
    except UserError as error:
        raise PlanError(f"{where} compilers: {error}") from None
