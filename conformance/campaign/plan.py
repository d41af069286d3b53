"""The plan of a campaign: a TOML file as plain data, with one sentence for whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen

from conformance.gate import waivers
from conformance.model.documents import read_text, read_toml
from conformance.model.errors import UserError
from conformance.model.options import RunOptions, duration, pair
from conformance.model.schema import problem
from conformance.model.target import TARGETS

UNIT_TIME = 1800.0
"""Seconds that a unit may take where the plan does not say."""

WORKER_WAIT = 30.0
"""Seconds that units wait for a worker where all that could run them are gone, and the plan does not say."""

NO_WAIVERS = "none"
"""What stands for no waivers at all, not even those that ship with a subject."""


class PlanError(UserError):
    """A plan that cannot be used; the message is one sentence with the file, the key and what mends it."""


@frozen
class PlannedRuns:
    """A table `[runs.NAME]`: each of its subjects meets each of its versions, sides, targets and seeds.

    `versions` and `built` are those that run and those whose headers sides are built against; `compilers` are specs, of
    one compiler for both sides, `pairs` are CALLER/CALLEE. An empty tuple leaves the choice to `run`. `waivers` is the
    text of a waiver file, "" where those that ship with the subject hold, None where none do.
    """

    name: str
    subjects: tuple[str, ...]
    versions: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    compilers: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    profile: str = RunOptions.profile
    max_examples: int | None = None
    seeds: int = 1
    first_seed: int = 0
    waivers: str | None = ""


@frozen
class CampaignPlan:
    """A whole plan. Times are in seconds; `store` is "" where the plan names none, a folder in it is absolute."""

    path: Path
    runs: tuple[PlannedRuns, ...]
    store: str
    unit_time: float
    worker_wait: float


def read_plan(path: Path) -> CampaignPlan:
    """The plan in a file. Raises PlanError."""
    raw = read_toml(path, PlanError)
    wrong = problem(raw, "campaign")
    if wrong:
        raise PlanError(f"{path}: {wrong}")
    return CampaignPlan(
        path,
        tuple(_runs(path, name, table) for name, table in raw["runs"].items()),
        located(raw.get("store", ""), path.parent),
        _time(path, raw, "unit-time", UNIT_TIME),
        _time(path, raw, "worker-wait", WORKER_WAIT),
    )


def located(store: str, beside: Path) -> str:
    """Where results go: a URL as it is, a folder as an absolute path; "" stays so."""
    return store if not store or "://" in store else str((beside / Path(store).expanduser()).absolute())


def _time(path: Path, raw: dict[str, Any], key: str, usual: float) -> float:
    if key not in raw:
        return usual
    try:
        return duration(raw[key])
    except ValueError as error:
        raise PlanError(f"{path}: {key} = {raw[key]!r}: {error}") from None


def _runs(path: Path, name: str, table: dict[str, Any]) -> PlannedRuns:
    where = f"{path}: [runs.{name}]"
    if "compilers" in table and "pairs" in table:
        raise PlanError(f"{where} pairs: a pair names its own compilers; leave out compilers, or make another table")
    if "targets" in table and not {"compilers", "pairs"} & table.keys():
        raise PlanError(f"{where} targets: code for a target is made by a compiler; name compilers, such as gcc-12")
    for target in table.get("targets", ()):
        if target not in TARGETS:
            raise PlanError(f"{where} targets: there is no target {target!r}; there are {', '.join(TARGETS)}")
    for text in table.get("pairs", ()):
        try:
            pair(text)
        except ValueError as error:
            raise PlanError(f"{where} pairs: {text!r}: {error}") from None
    from conformance.engine.session import refuse_unknown  # which workers do without

    try:
        refuse_unknown(table.get("checks", ()))
    except UserError as error:
        raise PlanError(f"{where} checks: {str(error).removeprefix('--check ')}") from None
    fields: dict[str, Any] = {
        key.replace("-", "_"): tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    fields["waivers"] = _waivers(where, path.parent, table.get("waivers"))
    return PlannedRuns(name, **fields)


def _waivers(where: str, beside: Path, name: str | None) -> str | None:
    """The text of a waiver file that a run would take."""
    if name is None or name == NO_WAIVERS:
        return "" if name is None else None
    path = beside / name
    try:
        waivers.load(path)
        return read_text(path, PlanError, "name a waiver file")
    except UserError as error:
        raise PlanError(f"{where} waivers: {error}") from None
