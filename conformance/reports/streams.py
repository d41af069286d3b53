"""Makes one outcome a check and pair of those of its streams, and one finding of those with one cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.model.distinct import kept
from conformance.model.groups import merged, size
from conformance.model.mark import MOST_ALIKE, Mark, alike
from conformance.model.outcome import NOT_DRAWN, ByBundle, Finding, Outcome

_SUMMED = ("generated", "executed", "judged", "inconclusive", "not_run", "cut_off", "compiled", "examples", "seconds")


def joined(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes with those of the streams of a check and pair made one, in whatever order they came."""
    streams: dict[tuple[str, tuple[str, ...]], list[Outcome]] = {}
    for outcome in outcomes:
        streams.setdefault((outcome.check, outcome.pair), []).append(outcome)
    return [_joined(sorted(of, key=lambda o: o.stream)) if len(of) > 1 else of[0] for of in streams.values()]


def _joined(streams: Sequence[Outcome]) -> Outcome:
    status = _status(streams)
    said = (o.why for o in streams if o.why and (o.status == status or o.not_run or o.inconclusive))
    return streams[0].changed(
        status=status,
        why="; ".join(dict.fromkeys(said)),
        **{name: sum(getattr(outcome, name) for outcome in streams) for name in _SUMMED},
        by_verdict=summed(outcome.by_verdict for outcome in streams),
        by_bundle=_by_bundle(streams),
        release=summed(outcome.release for outcome in streams),
        blind_spots=summed(outcome.blind_spots for outcome in streams),
        signatures=kept(name for outcome in streams for name in outcome.signatures),
        kinds=tuple(sorted({kind for outcome in streams for kind in outcome.kinds})),
        findings=tuple(_findings([finding for outcome in streams for finding in outcome.findings])),
        notes=tuple(dict.fromkeys(note for outcome in streams for note in outcome.notes)),
        groups=merged(group for outcome in streams for group in outcome.groups),
        adapter=any(outcome.adapter for outcome in streams),
        out_of_time=any(outcome.out_of_time for outcome in streams),
    )


def summed(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Counts added up."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total


def _status(streams: Sequence[Outcome]) -> str:
    """Where nothing of the check was drawn, or could be built, the other streams decide; not where one was not run."""
    statuses = {outcome.status for outcome in streams}
    unended = any(o.status == "not-run" and not (o.inconclusive or o.why == NOT_DRAWN) for o in streams)
    ordered = ("fail", "error", *(["not-run"] if unended else []), "pass", "not-run")
    return next((status for status in ordered if status in statuses), streams[0].status)


def _by_bundle(streams: Iterable[Outcome]) -> ByBundle:
    """A bundle may be drawn twice."""
    found: ByBundle = {}
    for outcome in streams:
        for bundle, conventions in outcome.by_bundle.items():
            for convention, classes in conventions.items():
                into = found.setdefault(bundle, {}).setdefault(convention, {})
                for cls, counts in classes.items():
                    into[cls] = summed((into.get(cls, {}), counts))
    return found


def _findings(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A finding a cause, as the search tells causes apart: those that share a mark, or too many that are alike.

    What is excused and what is not are never one.
    """
    groups: dict[tuple[str, Mark | str], list[Finding]] = {}
    for finding in findings:
        marks = _marks(finding)
        groups.setdefault((finding.excused_by, alike(marks[0]) if marks else finding.id), []).append(finding)
    for group in groups.values():
        many = len({mark for finding in group for mark in _marks(finding)}) > MOST_ALIKE
        yield from map(_told_by_simplest, [group] if many else _sharing_marks(group))


def _sharing_marks(findings: Iterable[Finding]) -> list[list[Finding]]:
    causes: list[list[Finding]] = []
    for finding in findings:
        near = [cause for cause in causes if any(set(_marks(finding)) & set(_marks(other)) for other in cause)]
        causes = [cause for cause in causes if cause not in near]
        causes.append([*(other for cause in near for other in cause), finding])
    return causes


def _told_by_simplest(cause: Sequence[Finding]) -> Finding:
    """The simplest confirmed finding of a cause, with the marks of all."""
    first = min(cause, key=lambda finding: (not finding.shrink.get("compiles"), size({"case": finding.case})))
    marks = dict(zip(_marks(first), first.marks, strict=True))
    for finding in sorted(cause, key=lambda finding: finding.id):
        for mark, raw in zip(_marks(finding), finding.marks, strict=True):
            marks.setdefault(mark, raw)
    return first.changed(marks=tuple(marks.values()))


def _marks(finding: Finding) -> list[Mark]:
    return [Mark.from_json(raw) for raw in finding.marks]
