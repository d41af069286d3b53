"""Waivers: findings that are known and excused, each with a reason, and only with the exact verdict that it names.

    [[waiver]]
    key = "type::packed::*::f64<-i64@*"     # a glob over case keys
    verdict = "silent-wrong"
    reason = "fixed in 2.1, issue 17"
    versions = "<2.1"                       # optional: of the subject
    built = "<2.0"                          # optional: of the headers that a side is built against
    runtime = ">=2.0"                       # optional: of what runs, where sides are built against chosen versions
    expires = 2027-01-31                    # optional
    profiles = ["nightly"]                  # optional: where it is expected to be found
    witness = '{"schema": ...}'             # optional: a case, as case.json has it (gate/witness.py)

An entry is stale when its witness conforms, or, without one, when it excuses nothing although all its cases were run. A
stale or expired entry fails the run. A subject may ship a file of its own, for gaps that are known and real; it is read
beside the user's, and never written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.checks import CHECKS
from conformance.gate import witness as witnesses
from conformance.gate.baseline import marks_of
from conformance.gate.files import GateError
from conformance.gate.witness import Tried
from conformance.model.case import CLASSES, Case
from conformance.model.documents import parse_toml, read_text
from conformance.model.groups import general, group_of
from conformance.model.options import ON_REQUEST
from conformance.model.schema import problem

DEFAULT_FILE = Path("abi-waivers.toml")
"""Read when it is there and no other is named."""

NONE = Path("none")
"""Named in place of a file: none is read, not even the one that ships with the subject."""

SHIPPED_HINT = "tell the subject's maintainers, and run with --waivers none until it is removed"
"""The hint for a stale entry that is not the user's."""

OLD_TAIL = "match"
"""The tail of a matched call's key: of one that conforms, and in older releases of every other, too."""

_PLACES = ("@call", "(*)@*", "@arrays", "@handle", "@state")

_ANY_INDEX = re.compile(r"@[0-9*?]+(\+[0-9*?]+)?(?=$|\+[a-z])")
"""What stands for indices in a key or a glob; what it stands for in the group of a key does not matter."""

_PLACE = re.compile(r"@[a-z]+(\+[a-z-]+)*")
"""The end of a key that names no argument by its index: `@ret`, `@call`, `@handle+nested`."""


def covers(pattern: str, key: str) -> bool:
    """Whether an entry's glob is about a key. `)@*` at its end stands for any index, and for no return."""
    if not fnmatchcase(key, pattern):
        return False
    place = key.rfind("@")
    return not (pattern.endswith(")@*") and place >= 0 and _PLACE.fullmatch(key[place:]))


@dataclass(frozen=True)
class Waiver:
    """One entry; `place` counts from 1."""

    place: int
    key: str
    verdict: str
    reason: str
    versions: str = ""
    built: str = ""
    runtime: str = ""
    expires: date | None = None
    profiles: tuple[str, ...] = ()
    witness: Case | None = None

    def covers_version(self, version: str, built: Sequence[str] = ()) -> bool:
        """Whether the entry is about this version of the subject, and those of headers that sides are built against.

        Where several meet, `versions` holds for any of them: what is known of one may show wherever it takes part.
        """
        headers = built or (version,)
        return (
            _holds_for(self.versions, (version, *built))
            and _holds_for(self.built, headers)
            and _holds_for(self.runtime, (version,))
        )

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today

    @property
    def limits(self) -> str:
        """The versions that it is about, in words, "" for all."""
        named = {"versions": self.versions, "built": self.built, "runtime": self.runtime}
        return ", ".join(f"{name} {text}" for name, text in named.items() if text)

    def holds(self, version: str, today: date, built: Sequence[str] = ()) -> bool:
        """Whether it excuses anything of these versions today."""
        return self.covers_version(version, built) and not self.is_expired(today)

    def matches(self, key: str, verdict: str) -> bool:
        """Whether this is about a case: its key, and exactly its verdict."""
        return self.verdict == verdict and covers(self.key, key)

    def makes_needless(self, other: Waiver) -> bool:
        """Whether this excuses all that another entry does, at all times."""
        limits = self.limits, self.expires
        return (
            self.verdict == other.verdict
            and (self.key == other.key or covers(self.key, other.key))
            and (limits == (other.limits, other.expires) or limits == ("", None))
        )

    def may_be_about(self, case: Case) -> bool:
        """Whether a case could be one of this; of a matched call only the result tells where it goes wrong."""
        cls = self.key.partition("::")[0]
        return fnmatchcase(case.mismatch.cls, cls) if case.mismatch.cls == "match" else covers(self.key, case.key)

    def was_judged(self, result: Mapping[str, Any]) -> bool:
        """Whether the run made all cases that this could be about.

        Its pair is in the run, every check fed by its class ran to its end, and cases of its kind were drawn.
        """
        cls, _, rest = self.key.partition("::")
        pair = rest.split("::")[1] if rest.count("::") >= 2 else "*"
        pairs = [">".join(both) for both in result["pairs"]]
        if pairs and not any(fnmatchcase(name, pair) for name in pairs):
            return False
        if not result.get("complete", True) or (self.profiles and result["profile"] not in self.profiles):
            return False
        on_request = rest.startswith("direct::")
        fed = {
            check.id
            for check in CHECKS.values()
            if any(fnmatchcase(name, cls) for name in check.classes) and (check.id in ON_REQUEST) == on_request
        }
        rows = [row for row in result["checks"] if row["id"] in fed and row["status"] != "not-applicable"]
        return bool(rows) and all(map(_ran_to_its_end, rows)) and self._was_drawn(result, fed)

    def _was_drawn(self, result: Mapping[str, Any], checks: Container[str]) -> bool:
        """Whether the checks judged cases of its kind, as far as the result tells kinds of theirs."""
        groups = {general(group["group"]) for group in result.get("groups", ()) if group["check"] in checks}
        if not groups or self.key.count("::") < 3:
            return True
        kind = group_of(_ANY_INDEX.sub("@0", self.key))
        return any(fnmatchcase(group, kind) or fnmatchcase(f"{group}::", kind) for group in groups)


def _ran_to_its_end(check: Mapping[str, Any]) -> bool:
    return check["status"] != "not-run" and not (check.get("cut_off") or check["by_verdict"].get("inconclusive"))


def load(path: Path, *, with_old_keys: bool = False) -> tuple[Waiver, ...]:
    """The entries of a waiver file. Raises GateError naming file, entry, key and hint.

    Keys that stood for every way in which a matched call can go wrong are refused but `with_old_keys`.
    """
    return parse(read_text(path, GateError, "name a text file that is there"), path, with_old_keys=with_old_keys)


def parse(text: str, path: Path, *, with_old_keys: bool = False) -> tuple[Waiver, ...]:
    """The entries of the text of a waiver file, as `load` reads them. Raises GateError."""
    raw = parse_toml(text, str(path), GateError)
    strange = [name for name in raw if name != "waiver"]
    if strange:
        raise GateError(f"{path}: this has no key {strange[0]!r}; a waiver file holds [[waiver]] entries only")
    entries = raw.get("waiver", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise GateError(f"{path}: 'waiver' is no list of tables; write [[waiver]] above each entry")
    waivers = tuple(_entry(path, place, entry) for place, entry in enumerate(entries, 1))
    for waiver in waivers:
        meant = meant_keys(waiver.key)
        if meant and not with_old_keys:
            raise GateError(
                f"{path}, waiver {waiver.place}: key {waiver.key!r} does not say where a matched call goes wrong; give "
                f"the ones that are meant of {', '.join(map(repr, meant))} (behind them * for every mode), or have "
                "'abi-conformance waivers update' rewrite it after a run with --waivers none"
            )
    return waivers


def _entry(path: Path, place: int, raw: dict[str, Any]) -> Waiver:
    where = f"{path}, waiver {place}"
    wrong = problem(raw, "waiver")
    if wrong:
        raise GateError(f"{where}: {wrong}")
    cls = raw["key"].partition("::")[0]
    if not any(fnmatchcase(name, cls) for name in CLASSES):
        raise GateError(f"{where}: key {raw['key']!r} begins with no mismatch class; {_suggest(cls)}")
    expires = raw.get("expires")
    if isinstance(expires, datetime) or not isinstance(expires, date | None):
        raise GateError(f"{where}: expires must be a date; write it like expires = 2027-01-31")
    for key in ("versions", "built", "runtime"):
        _check_versions(where, key, raw.get(key, ""))
    profiles = tuple(raw.get("profiles", ()))
    witness = witnesses.read(raw["witness"], path, place) if "witness" in raw else None
    waiver = Waiver(place, **{**raw, "reason": raw["reason"].strip(), "profiles": profiles, "witness": witness})
    if witness is not None and not waiver.may_be_about(witness):
        raise GateError(
            f"{where}: witness is a case of {witness.key}, which key does not cover; give one that it covers"
        )
    return waiver


def built_of(key: str) -> tuple[str, ...]:
    """The versions of the headers that the sides of a case key are built against, none where it names none."""
    pair = key.split("::", 3)[2] if key.count("::") >= 3 else ""
    return tuple(side.rpartition("@")[2] for side in pair.split(">") if "@" in side)


def _holds_for(versions: str, meeting: Sequence[str]) -> bool:
    """Whether a range has any of some versions; one that is no version is in no range."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion

    if not versions:
        return True
    some = SpecifierSet(versions)
    for version in meeting:
        try:
            if some.contains(version, prereleases=True):
                return True
        except InvalidVersion:
            continue
    return False


def _check_versions(where: str, key: str, versions: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(versions)
    except InvalidSpecifier:
        raise GateError(
            f"{where}: {key} must be a range of versions, not {versions!r}; write it like {key} = '>=1.2,<2'"
        ) from None


def _suggest(cls: str) -> str:
    near = difflib.get_close_matches(cls, CLASSES, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(CLASSES)}"


def excuse(
    waivers: Sequence[Waiver], key: str, verdict: str, version: str, today: date
) -> tuple[Waiver | None, Waiver | None]:
    """The entry that excuses a case, or None; and the first that would, were it not for its versions or date."""
    matching = [waiver for waiver in waivers if waiver.matches(key, verdict)]
    good = [waiver for waiver in matching if waiver.holds(version, today, built_of(key))]
    return (good[0] if good else None), (matching[0] if matching and not good else None)


def problems(
    waivers: Sequence[Waiver],
    result: Mapping[str, Any],
    today: date,
    path: str = str(DEFAULT_FILE),
    hint: str = "remove it (abi-conformance waivers prune)",
    tried: Sequence[Tried] = (),
) -> list[str]:
    """What is wrong with the entries themselves, a sentence each; any of these fails the run.

    `hint` is what to do about an entry that has nothing to excuse; `tried` are the witnesses that were made again.
    """
    by_id = {known.id: known for known in tried}
    return [
        f"{path}, waiver {waiver.place} ({waiver.verdict} of {waiver.key}): {problem}"
        for waiver in waivers
        if (problem := _problem(waiver, result, today, hint, by_id))
    ]


def _problem(waiver: Waiver, result: Mapping[str, Any], today: date, hint: str, tried: Mapping[str, Tried]) -> str:
    if waiver.is_expired(today):
        return f"expired on {waiver.expires}; mend the subject or renew the entry"
    if any("built" in side for side in result["compilers"]):
        return ""  # what is known of one version need not show where several meet
    if not waiver.covers_version(str(result["subject"]["version"])):
        return ""
    if waiver.witness is not None:
        return _of_witness(waiver, tried.get(waiver.witness.id), hint)
    if not waiver.was_judged(result):
        return ""
    near = [(key, verdict) for key, verdict in cases_of(result) if covers(waiver.key, key)]
    if any(waiver.matches(key, verdict) for key, verdict in near):
        return ""
    if near:
        return f"the verdict is {near[0][1]} now; correct or remove the entry"
    return f"there is nothing to excuse, the cases conform now; {hint}"


def _of_witness(waiver: Waiver, tried: Tried | None, hint: str) -> str:
    """What the witness says against its entry: nothing where it was not made."""
    if tried is None or (not tried.conforms and waiver.matches(tried.key, tried.verdict)):
        return ""
    if tried.conforms:
        return f"there is nothing to excuse, its witness {tried.id} conforms now; {hint}"
    return f"its witness {tried.id} is {tried.verdict} of {tried.key} now; correct or remove the entry"


def lint(waivers: Sequence[Waiver], today: date) -> list[str]:
    """What is wrong with entries whatever a run finds: they have expired, or excuse nothing that no other does."""
    told = []
    for waiver in waivers:
        if waiver.is_expired(today):
            told.append(f"waiver {waiver.place}: expired on {waiver.expires}; mend the subject or renew the entry")
        wider = next((other for other in waivers if other.place < waiver.place and other.makes_needless(waiver)), None)
        if wider is not None:
            told.append(f"waiver {waiver.place}: waiver {wider.place} excuses all that it does; remove one of them")
    return told


def cases_of(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and verdict of every example of every mark that a result tells of."""
    return [(key, mark.verdict) for finding in result["findings"] for key, mark in marks_of(finding)]


def meant_keys(key: str) -> tuple[str, ...]:
    """The keys that an entry for matched calls meant before these told where they go wrong; none for other entries."""
    head, _, tail = key.rpartition("::")
    is_old = fnmatchcase(OLD_TAIL, tail) and not any(fnmatchcase(f"{OLD_TAIL}{place}", tail) for place in _PLACES)
    if not is_old or not fnmatchcase("match", key.partition("::")[0]):
        return ()
    return tuple(f"{head or 'match::*'}::{OLD_TAIL}{place}" for place in _PLACES)


def is_stale(waiver: Waiver, result: Mapping[str, Any], today: date) -> bool:
    """Whether `prune` drops an entry: the run says that it is stale or expired."""
    return bool(problems([waiver], result, today, tried=witnesses.of_result(result)))
