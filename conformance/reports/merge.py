"""Makes one result of the shards of a run: what each unit came to is concluded again, as a run concludes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.engine.units import dealt
from conformance.gate import witness
from conformance.gate.decide import Gate
from conformance.gate.files import WRITTEN, GateError, read_result
from conformance.model.facts import RunFacts
from conformance.model.option import read
from conformance.model.options import OPTIONS, RESULT_FILE, RunOptions
from conformance.model.outcome import SHOWN, Finding, Outcome, Reproduced
from conformance.model.unit import Unit
from conformance.reports.files import ReportError
from conformance.reports.places import repository
from conformance.reports.progress import Listener
from conformance.reports.recorder import Recorder
from conformance.reports.result import Result
from conformance.reports.shard import Shard
from conformance.reports.write import prepare_folder

_ALL = "give the result.json of every shard of one run"
"""The hint for shards that do not belong together."""


@dataclass(frozen=True)
class Part:
    """The result of a shard, and the file that it was read from."""

    path: Path
    result: Mapping[str, Any]
    shard: Shard
    outcomes: tuple[Outcome, ...]


def load(paths: Sequence[Path]) -> tuple[Part, ...]:
    """The shards of one run, in order. Raises GateError where they do not belong together."""
    parts: dict[int, Part] = {}
    for part in map(_part, paths):
        first = next(iter(parts.values()), part)
        for what, value in _of_run(part).items():
            if value != _of_run(first).get(what):
                raise GateError(f"{part.path}: {what} is not as in {first.path}; {_ALL}")
        other = parts.setdefault(part.shard.number, part)
        if other is not part:
            raise GateError(f"{part.path}: is {part.shard}, as {other.path} is; give each shard once")
    return tuple(parts[number] for number in sorted(parts))


def merged(parts: Sequence[Part], reports: Mapping[str, Any]) -> Result:
    """The result of all shards, written as `reports` ask for, by the fields of RunOptions. Raises UserError."""
    first = parts[0].result
    given = {name: told for name, told in first["options"].items() if name != "shard"}
    texts = {name.replace("-", "_"): told["value"] for name, told in given.items()}
    options = RunOptions(**{**read(OPTIONS, texts), **reports, "seed": first["seed"]})
    for part in parts:
        if part.path.resolve() == (options.report_dir / RESULT_FILE).resolve():
            raise GateError(f"{part.path}: the merged result would take its place; name another --report-dir")
    gate = _gate(parts, options)
    prepare_folder(options)
    lacking = _lacking(parts)
    recorder = Recorder(
        options,
        _facts(first, parts[0].shard, lacking),
        gate,
        Listener(),
        _Folders(parts),
        given=given,
        started=min(datetime.fromisoformat(part.result["started"]) for part in parts),
        seconds=lambda: sum(part.result["seconds"] for part in parts),
        lacking="; ".join(lacking.values()),
    )
    recorder.add("shards", [*(outcome for part in parts for outcome in part.outcomes), *_not_made(parts, options)])
    errors = (error for part in parts for error in part.result["errors"])
    recorder.errors += [error for error in dict.fromkeys(errors) if error not in recorder.errors]
    result = recorder.finish()
    if recorder.short:
        raise ReportError(recorder.short)
    return result


def _part(path: Path) -> Part:
    result = read_result(path)
    if "shard" not in result:
        raise GateError(f"{path}: is the result of no shard; {_ALL}, which 'run --shard K/N' wrote")
    version = result["tool"]["version"]
    if version != __version__:
        raise GateError(f"{path}: was made by version {version}, and this is {__version__}; merge with that one")
    try:
        outcomes = tuple(map(Outcome.from_json, result["shard"]["outcomes"]))
    except (KeyError, TypeError, ValueError):
        raise GateError(f"{path}: shard.outcomes holds what no run wrote; {WRITTEN}") from None
    for finding in result["findings"]:
        if finding["reproducer"] and not (path.parent / finding["id"]).is_dir():
            raise GateError(
                f"{path}: the folder of finding {finding['id']} is not beside it; keep a shard's whole report folder"
            )
    return Part(path, result, Shard.from_json(result["shard"]), outcomes)


def _of_run(part: Part) -> dict[str, object]:
    """What all shards of a run have in common, by the words of a sentence."""
    result, shard = part.result, part.shard
    options = {name: told["value"] for name, told in result["options"].items() if name != "shard"}
    facts = {what: result[what] for what in ("profile", "seed", "compilers", "pairs", "notes", "subject")}
    files = {f"the digest of the {what}": digest for what, digest in shard.inputs.items()}
    return {"the number of shards": shard.of, "what was given as options": options, **facts, **files}


def _lacking(parts: Sequence[Part]) -> dict[int, str]:
    """Why a shard is not all there, by its number; one with errors is told by these."""
    there = {part.shard.number: part for part in parts}
    count = parts[0].shard.of
    lacking = {number: f"shard {number}/{count} is missing" for number in range(1, count + 1) if number not in there}
    for number, part in there.items():
        if not (part.result["complete"] or part.result["errors"]):
            lacking[number] = f"{part.shard} did not come to its end"
    return dict(sorted(lacking.items()))


def _not_made(parts: Sequence[Part], options: RunOptions) -> Iterator[Outcome]:
    """What did not run, of shards that are not all there: a check of which a unit is missing does not pass."""
    shards = dealt(options, parts[0].shard.of)
    outcomes = [outcome for part in parts for outcome in part.outcomes]
    made = {Unit(outcome.check, outcome.stream) for outcome in outcomes}
    absent = {outcome.check for outcome in outcomes if outcome.status == "not-applicable"}
    for number, why in _lacking(parts).items():
        for unit in shards[number - 1]:
            if unit not in made and unit.check not in absent:
                yield Outcome(unit.check, (), "not-run", why, stream=unit.stream)


def _gate(parts: Sequence[Part], options: RunOptions) -> Gate:
    """What excuses findings, once it is known to be what excused them in the search. Raises GateError."""
    today = datetime.now(UTC).date()
    gate = Gate.load(options.waivers, options.baseline, today, report_only=options.report_only, require=options.require)
    shard, given = parts[0].shard, parts[0].result["gate"]
    for what, digest in gate.digests.items():
        if digest != shard.inputs[what]:
            raise GateError(f"{given[what] or what}: is not as it was for the shards; merge where it is, unchanged")
    if shard.shipped:
        gate = gate.with_shipped_text(*shard.shipped)
    tried = {known.id: known for part in parts for known in witness.of_result(part.result)}
    return replace(gate, tried=tuple(tried.values()))


def _facts(result: Mapping[str, Any], shard: Shard, lacking: Mapping[int, str]) -> RunFacts:
    root = repository(Path.cwd())
    return RunFacts(
        result["subject"],
        tuple(result["compilers"]),
        tuple((caller, callee) for caller, callee in result["pairs"]),
        {**result["notes"], **({"incomplete": "; ".join(lacking.values())} if lacking else {})},
        root / shard.manifest if shard.manifest else None,
        root / shard.binding if shard.binding else None,
    )


class _Folders:
    """Takes the folders of findings along, with what the shards have said of their reproducers."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._places = {
            finding.id: part.path.parent for part in parts for outcome in part.outcomes for finding in outcome.findings
        }
        self._remarks = {name: said for part in parts for name, said in part.result["shard"]["remarks"].items()}

    def write(self, finding: Finding, report_dir: Path) -> Path:
        """Copy the folder; where it is then."""
        source, target = self._places[finding.id] / finding.id, report_dir / finding.id
        if source.resolve() != target.resolve():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        return target

    def tried(self, folder: Path) -> Reproduced:  # noqa: ARG002 - a shard keeps only what its reproducer shows
        """That the reproducer shows its finding, of the checks of which nothing else is told."""
        return SHOWN

    def remark(self, finding: Finding, folder: Path) -> str:  # noqa: ARG002 - it was tried where it was found
        """What is to be said of the reproducer, or nothing."""
        return str(self._remarks.get(finding.id, ""))
