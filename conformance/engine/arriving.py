"""Which reading each cell of the witness is: what the callers take, and what the callees see of each argument."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.checks.columns import FOLLOW, KIND_NAMES, KIND_NUMBERS, NULL_RET, OF_RETURN, PACKED, UNPACKED, Rows
from conformance.engine.bundle import ROWS_PER_CALLER, Bundle
from conformance.engine.readings import NOTHING, Readings

Integers = NDArray[Any]

_NONE = KIND_NUMBERS["none"]
_MODES = 6  # two for each convention: with pointees followed and without


def arriving(bundle: Bundle, rows: Rows, length: Integers) -> Integers:
    """The readings of calls whose counts and codes are accepted: of each the result's, then the arguments'.

    `length` is how many each has.
    """
    known = Readings.of(bundle.arena, bundle.rules)
    starts = np.cumsum(length) - length
    readings = _payloads(bundle, known, rows, length)
    _replace(bundle, known, rows, starts, readings)
    no_result = (rows["convention"] == PACKED) & ((rows["flags"] & NULL_RET) != 0)
    readings[starts] = np.where(no_result, known.no_result, _results(bundle, known, rows))
    return readings


def _payloads(bundle: Bundle, known: Readings, rows: Rows, length: Integers) -> Integers:
    """The readings of each call's payload as it lies there; the results' places hold anything.

    Most calls differ from others in a value only, so that their payloads are read once.
    """
    mode = 2 * rows["convention"].astype(np.int64) + ((rows["flags"] & FOLLOW) != 0)
    count = len(bundle.signatures)
    key = ((mode * ROWS_PER_CALLER + rows["row"]) * count + rows["caller"]) * count + rows["callee"]
    first, payload = _distinct(key, _MODES * ROWS_PER_CALLER * count * count)
    if 2 * len(first) > len(rows):
        return _arguments(bundle, known, rows, mode, length)
    lengths = length[first]
    readings = _arguments(bundle, known, rows.take(first), mode[first], lengths)
    return readings.take(_cells((np.cumsum(lengths) - lengths)[payload], length))


def _cells(starts: Integers, length: Integers) -> Integers:
    """For each call its cells: `length` numbers that count up from where it starts."""
    behind = np.cumsum(length)
    found: Integers = np.arange(int(behind[-1]))
    found += np.repeat(starts - (behind - length), length)
    return found


def _arguments(bundle: Bundle, known: Readings, rows: Rows, mode: Integers, length: Integers) -> Integers:
    """The readings of each call's arguments as they lie in the payload, behind one cell that holds anything."""
    params, slots, width = len(bundle.distinct_params), len(bundle.slot_args), bundle.max_args
    if not width:
        return np.zeros(int(length.sum()), dtype=np.int64)
    payload = rows["caller"].astype(np.int64) * ROWS_PER_CALLER + rows["row"]
    key = bundle.params.reshape(-1).take(_cells(rows["callee"].astype(np.int64) * width - 1, length))
    key += np.repeat(mode * params, length)
    key *= slots
    key += bundle.slots.reshape(-1).take(_cells(payload * width - 1, length))
    table = bundle.reading_table
    readings = table.take(key, mode="clip")
    new = readings < 0
    new[np.cumsum(length) - length] = False
    if new.any():
        wanted = np.zeros(len(table), bool)
        wanted[key[new]] = True
        keys = np.flatnonzero(wanted)  # in far fewer steps than sorting takes
        rest, number = np.divmod(keys, slots)
        modes, declared = np.divmod(rest, params)
        args, unpacked = bundle.slot_args[number], modes >= 2 * UNPACKED
        over = unpacked & _sees_poison(bundle, declared, args)
        places, declared = np.where(over, bundle.slot_places[number], 0), _numbers(bundle, declared, unpacked)
        asked = known.argument_keys(modes // 2, modes % 2, places, np.full(len(keys), NOTHING), declared, args)
        table[keys] = known.look_up(asked, known.arguments)
        readings = table.take(key, mode="clip")
    return readings


def _sees_poison(bundle: Bundle, params: Integers, args: Integers) -> Integers:
    """Where a reader is wider than what was passed, and so sees the poison around it, which differs by place."""
    widths = np.array([*bundle.arena.arg_widths, 0])
    found: Integers = bundle.widths[params] > widths[args]
    return found


def _numbers(bundle: Bundle, params: Integers, unpacked: Integers) -> Integers:
    """The arena's numbers of what is declared; metadata do not matter to an unpacked reader."""
    return np.where(unpacked, bundle.plain_param_numbers[params], bundle.param_numbers[params])


def _replace(bundle: Bundle, known: Readings, rows: Rows, starts: Integers, readings: Integers) -> None:
    """Puts in the readings of the values and codes that are replaced."""
    pool = np.array(bundle.arena.pool_args, dtype=np.int64)
    changes: list[tuple[Integers, Integers | None]] = [(rows["value_at"], None)]
    if (rows["code_at"] >= 0).any():
        changes += [(rows["code_at"][:, change], rows["code"][:, change]) for change in (0, 1)]
    for column, codes in changes:
        some = np.flatnonzero(column >= 0)
        if not len(some):
            continue
        chosen, at = rows.take(some), column[some].astype(np.int64)
        arg = bundle.slot_args[bundle.slots[chosen["caller"], chosen["row"], at]]
        valued = chosen["value_at"] == at
        arg = np.where(valued, pool[np.where(valued, chosen["value"], 0)] if len(pool) else arg, arg)
        convention, param = chosen["convention"].astype(np.int64), bundle.params[chosen["callee"], at]
        over = (convention != PACKED) & _sees_poison(bundle, param, arg)
        numbers = _numbers(bundle, param, convention != PACKED)
        follow = ((chosen["flags"] & FOLLOW) != 0).astype(np.int64)
        code = np.full(len(some), NOTHING) if codes is None else codes[some]
        asked = known.argument_keys(convention, follow, np.where(over, at, 0), code, numbers, arg)
        readings[starts[some] + 1 + at] = _ask(known, asked, known.arguments)


def _results(bundle: Bundle, known: Readings, rows: Rows) -> Integers:
    """The readings of what the callers take."""
    returned = bundle.returns[rows["callee"]]
    place = np.where(rows["result"] >= 0, rows["result"], bundle.result_places[returned])
    pool = np.array(bundle.arena.pool_args, dtype=np.int64)
    arg = np.where(returned == _NONE, NOTHING, pool[place] if len(pool) else NOTHING)
    convention, taken = rows["convention"].astype(np.int64), bundle.returns[rows["caller"]]
    found = _ask(known, known.result_keys(convention, returned, taken, arg), known.results)
    for at in np.flatnonzero(rows["code_at"][:, 0] == OF_RETURN).tolist():
        refused = bundle.rules.decide_return(KIND_NAMES[taken[at]], int(rows["code"][at, 0])) == "reject"
        if refused or taken[at] != _NONE:
            found[at] = known.not_taken if refused else known.taken_anyhow
    return found


def _ask(known: Readings, keys: Integers, make: Any) -> Integers:
    """The readings of keys of which many are equal: each different one is looked up once."""
    distinct, which = np.unique(keys, return_inverse=True)
    return known.look_up(distinct, make)[which]


def _distinct(keys: Integers, limit: int) -> tuple[Integers, Integers]:
    """Where each different key stands, and which of them every key is; keys are numbers below the limit."""
    at = np.full(limit, -1, dtype=np.int64)
    at[keys] = np.arange(len(keys))
    distinct = np.flatnonzero(at >= 0)
    places = at[distinct]
    at[distinct] = np.arange(len(distinct))
    return places, at.take(keys)
