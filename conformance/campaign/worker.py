"""Runs one unit on a worker: a run in a process group of its own, whose result is stored once it is known to be one."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import Any

from attrs import evolve

from conformance import __version__, itself
from conformance.campaign.outcome import UnitOutcome, of_result, unfit
from conformance.campaign.store import ResultStore, StoreError, StoreFull
from conformance.campaign.units import CampaignUnit
from conformance.gate.waivers import DEFAULT_FILE
from conformance.model.errors import CONFORMING, NONCONFORMING

_FIXED = ("--config", "none", "--quiet")


def run_unit(unit: CampaignUnit, url: str, version: str) -> UnitOutcome:
    """What a unit comes to; one that is stored already is not run again.

    `url` is that of the store, `version` the one of the command that asks.
    """
    if version != __version__:
        return UnitOutcome(unit.name, "failed", f"a worker has abi-conformance {__version__}, the campaign {version}")
    store = ResultStore(url)
    try:
        if store.has(unit.name):
            return stored(unit, store)
        answer = _kept(unit)
        found = _read(unit, answer, store)
        if not found.is_stored:
            return found
        return found if store.put(unit.name, answer["result"].encode()) else stored(unit, store)
    except StoreFull as full:
        return UnitOutcome(unit.name, "not-stored", str(full))
    except StoreError as error:
        return UnitOutcome(unit.name, "failed", str(error))


def stored(unit: CampaignUnit, store: ResultStore) -> UnitOutcome:
    """What a unit came to when it was stored. Raises StoreError."""
    ((_, result),) = store.results([unit.name])
    return of_stored(unit, result, store)


def of_stored(unit: CampaignUnit, result: Any, store: ResultStore) -> UnitOutcome:
    """What a unit came to by what lies under its name, which is none of its results where somebody else put it."""
    wrong = unfit(unit, result)
    place = store.place(unit.name)
    if wrong:
        return UnitOutcome(unit.name, "failed", f"{place} is not what a campaign stores: {wrong}; remove it")
    return of_result(unit, result, place if store.is_local else "")


def _kept(unit: CampaignUnit) -> dict[str, Any]:
    """How the run of a unit ended, as its keeper tells; the keeper is told of this process's end by its input."""
    argv = itself.command("run", *unit.options, *_FIXED, *(("--waivers", "none") if unit.waivers is None else ()))
    files = {str(DEFAULT_FILE): unit.waivers} if unit.waivers else {}
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "conformance.campaign.keeper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=itself.environment(),
        start_new_session=True,
    )
    assert keeper.stdin is not None and keeper.stdout is not None and keeper.stderr is not None
    with keeper:
        with contextlib.suppress(BrokenPipeError):
            keeper.stdin.write(json.dumps({"argv": argv, "limit": unit.limit, "files": files}).encode() + b"\n")
            keeper.stdin.flush()
        told = keeper.stdout.read()
        said = keeper.stderr.read().decode("utf-8", "replace").strip()
    try:
        return dict(json.loads(told))
    except ValueError:
        return {"code": keeper.returncode, "output": said, "timed_out": False, "seconds": 0.0, "result": None}


def _read(unit: CampaignUnit, answer: dict[str, Any], store: ResultStore) -> UnitOutcome:
    times = {"seconds": answer["seconds"], "processor": answer.get("processor")}
    if answer["timed_out"]:
        return UnitOutcome(unit.name, "hung", f"it did not come to an end within {unit.limit:.0f} s", **times)
    if answer["code"] not in (CONFORMING, NONCONFORMING):
        return UnitOutcome(unit.name, "failed", _how(answer), **times)
    try:
        result = json.loads(answer["result"] or "")
    except ValueError:
        return UnitOutcome(unit.name, "failed", f"it ended with {answer['code']} and left no result", **times)
    wrong = unfit(unit, result)
    if wrong:
        return UnitOutcome(unit.name, "failed", wrong, **times)
    return evolve(of_result(unit, result, store.place(unit.name) if store.is_local else ""), **times)


def _how(answer: dict[str, Any]) -> str:
    """How a run ended that has no result, with the last that it said, or the sentence by which it told a mistake."""
    said = [line.strip() for line in str(answer["output"]).splitlines() if line.strip()]
    last = next((line for line in said if line.startswith("ERROR: ")), said[-1] if said else "")
    code = answer["code"]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    return f"its run {how}{f': {last}' if last else ''}"
