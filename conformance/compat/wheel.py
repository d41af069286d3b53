"""Whether the range of versions that a wheel declares is one that its code works with, told in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.version import Version

from conformance.compat.wheel_evidence import BuiltAgainst, span
from conformance.compat.wheel_metadata import DeclaredRange, WheelError, declared, read_wheel
from conformance.model.errors import CONFORMING, NONCONFORMING

RuntimeVerdict = Literal["works", "works with news", "breaks", "unloadable", "not run"]
"""What code that was built against one version does on another."""

_WORKS = ("works", "works with news")
_CAUSES = 3
_SPAN = 3
"""From so many neighbours on, versions are told by the first and the last."""


@dataclass(frozen=True)
class RuntimeOutcome:
    """How code built against one version did on another one, and why, in a few words each."""

    verdict: RuntimeVerdict
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WheelJudgement:
    """Whether a wheel's range is within what works, in a sentence.

    `bad` and `not_run` are the versions of the range that keep it from that, `suggestion` the range around the version
    that it was built against in which every release works, "" where that one does not work with itself.
    """

    ok: bool
    sentence: str
    range: str
    suggestion: str
    bad: tuple[str, ...]
    not_run: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 where every version of the range works, 1 otherwise, also where one was not run."""
        return CONFORMING if self.ok else NONCONFORMING


def judge_wheel(
    path: Path,
    built: str,
    works: Mapping[str, RuntimeOutcome],
    *,
    distribution: str,
    yanked: Collection[str] = (),
    shown: BuiltAgainst | None = None,
) -> WheelJudgement:
    """Judge the range of a wheel that was built against the version `built` of a runtime. Raises WheelError.

    `works` has an entry for every release of `distribution` but candidates, whether it was run or not; `yanked` are
    those that pip installs only where exactly one is asked for. `shown` is what the wheel's own code shows
    (`wheel_evidence.built_against`): a wheel fails that was not built against `built`, and one that asks for what a
    version of its range has not.
    """
    wheel = read_wheel(path)
    if built not in works:
        known = _listed(sorted(works, key=Version)) if works else "one that was run"
        raise WheelError(f"{built} is no release of {distribution} that is known; name one of {known}")
    asked = declared(wheel, distribution)
    outcomes = {version: _with_symbols(outcome, version, shown) for version, outcome in works.items()}
    releases = sorted(outcomes, key=Version)
    inside = [v for v in releases if asked.holds(v) and (v not in yanked or asked.pins(v))]
    bad = tuple(v for v in inside if outcomes[v].verdict in ("breaks", "unloadable"))
    not_run = tuple(v for v in inside if outcomes[v].verdict == "not run")
    # What pip does not install beside the wheel parts no range from the next.
    neighbours = [v for v in releases if v not in yanked or v in inside or v == built]
    suggestion = _suggestion(neighbours, built, outcomes)
    is_another = shown is not None and bool(shown.evidence or shown.versions) and built not in shown.versions
    if shown is not None and is_another:
        told = f", but its code was not built against {built}: it fits {span(shown.versions) or 'no one release'}"
    elif not inside:
        told = f", and no release is in that range; there are {_versions(neighbours, neighbours)}"
    elif bad or not_run:
        told = f", but code built against {built} {_fails(bad, not_run, outcomes, neighbours)}; "
        told += _mend(asked, suggestion, built)
    else:
        told = f", and code built against {built} works on {_versions(inside, neighbours)}"
    sentence = "".join([path.name, _declares(asked), told, _future(asked, releases), *_elsewhere(asked)])
    is_ok = bool(inside) and not bad and not not_run and not is_another
    return WheelJudgement(is_ok, sentence, asked.text, suggestion, bad, not_run)


def _with_symbols(outcome: RuntimeOutcome, version: str, shown: BuiltAgainst | None) -> RuntimeOutcome:
    """What a version does for this wheel: it cannot be loaded where the version lacks what the wheel asks for."""
    lacks = shown.lacks.get(version, ()) if shown is not None else ()
    return RuntimeOutcome("unloadable", lacks) if lacks else outcome


def _declares(asked: DeclaredRange) -> str:
    if not asked.is_named:
        return f" declares no requirement of {asked.distribution}, so any version may be beside it"
    if asked.text == asked.distribution:
        return f" declares {asked.text} without a range, so any version may be beside it"
    return f" declares {asked.text}"


def _fails(
    bad: Sequence[str], not_run: Sequence[str], outcomes: Mapping[str, RuntimeOutcome], releases: Sequence[str]
) -> str:
    parts = []
    for verdict, told in (("breaks", "breaks on"), ("unloadable", "cannot be loaded on")):
        versions = [version for version in bad if outcomes[version].verdict == verdict]
        if versions:
            causes = _some(dict.fromkeys(cause for version in versions for cause in outcomes[version].causes))
            parts.append(f"{told} {_versions(versions, releases)}{f' ({causes})' if causes else ''}")
    if not_run:
        parts.append(f"was not run on {_versions(not_run, releases)}")
    return ", and ".join(parts)


def _some(causes: Collection[str]) -> str:
    """The first causes, and how many more there are; the matrix has them all."""
    told, more = list(causes)[:_CAUSES], len(causes) - _CAUSES
    return "; ".join([*told, *([f"{more} more"] if more > 0 else [])])


def _mend(asked: DeclaredRange, suggestion: str, built: str) -> str:
    if not suggestion:
        return f"it was not seen to work on {built} itself, so no range can be named"
    return f"declare {suggestion if asked.text != asked.distribution else asked.distribution + suggestion}"


def _future(asked: DeclaredRange, releases: Sequence[str]) -> str:
    """What is said of releases that are yet to come, where the range lets the next one in."""
    newest = Version(releases[-1])
    following = f"{newest.major}.{newest.minor}.{newest.micro + 1}"
    return f"; releases after {newest}, which it allows too, cannot be known" if asked.holds(following) else ""


def _elsewhere(asked: DeclaredRange) -> list[str]:
    return [f"; '{text}' holds elsewhere and is not judged" for text in asked.elsewhere]


def _suggestion(releases: Sequence[str], built: str, outcomes: Mapping[str, RuntimeOutcome]) -> str:
    """The widest range around `built` in which every release works; "" where `built` itself does not."""
    good = [outcomes[version].verdict in _WORKS for version in releases]
    first = last = releases.index(built)
    if not good[first]:
        return ""
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(releases) and good[last + 1]:
        last += 1
    return f"=={built}" if first == last else f">={releases[first]},<={releases[last]}"


def _versions(versions: Collection[str], releases: Sequence[str]) -> str:
    """Versions as they are told: `0.1.5 and 0.1.6`, and `0.1.5 to 0.1.8` where they are neighbours of each other."""
    spans: list[list[str]] = []
    for at, version in enumerate(releases):
        if version not in versions:
            continue
        if at and spans and spans[-1][-1] == releases[at - 1]:
            spans[-1].append(version)
        else:
            spans.append([version])
    return _listed([word for span in spans for word in ([f"{span[0]} to {span[-1]}"] if len(span) >= _SPAN else span)])


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
