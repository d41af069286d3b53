"""Which calls each check makes of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks import CHECKS
from conformance.engine import blocks
from conformance.engine.blocks import Block, matched
from conformance.engine.bundle import GUARDED, OTHER, Bundle
from conformance.engine.shots import Shot
from conformance.generation import payloads
from conformance.model.case import BLIND_SPOTS, Mismatch
from conformance.model.kinds import KINDS
from conformance.rules.load import Rules

INT_MIN, INT_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True)
class Plan:
    """The calls of one check of one bundle. `release` says that the callees' checks are compiled out."""

    bundle: Bundle
    blocks: tuple[Block, ...]
    release: bool = False
    texts: bool = False

    @property
    def count(self) -> int:
        """How many cases there are."""
        return sum(block.count for block in self.blocks)


def plan(check: str, bundle: Bundle) -> Plan:
    """The calls of `check`; each callee contributes its own."""
    make = _MAKERS[check]
    found = [block for callee in bundle.callees for block in make(bundle, callee) if block.count]
    return Plan(bundle, tuple(found), release=check == "X0-RELEASE", texts=check == "X0-ERROR")


def of_shots(bundle: Bundle, shots: Sequence[Shot]) -> Plan:
    """A plan of calls one by one; those of one callee must stand together."""
    return Plan(bundle, tuple(blocks.of_shots(bundle, shots)), texts=True)


def part(whole: Plan, places: Sequence[int]) -> Plan:
    """The calls at some places of a plan, in that order."""
    shots = [_shot(whole, at) for at in places]
    return Plan(whole.bundle, tuple(blocks.of_shots(whole.bundle, shots)), whole.release, texts=True)


def _shot(whole: Plan, at: int) -> Shot:
    for block in whole.blocks:
        if at < block.count:
            return block.shot(at)
        at -= block.count
    raise IndexError(at)


def direct(bundle: Bundle) -> Plan:
    """The matched direct calls by which stubs, harness and oracle are checked against each other."""
    shots = [matched(callee, "direct") for callee in bundle.callees]
    return Plan(bundle, tuple(blocks.of_shots(bundle, shots)))


def rejected_codes(rules: Rules, kind: str) -> tuple[int, ...]:
    """The codes of the table that a callee declaring `kind` must reject; first those that a kind here packs as."""
    rejected = [code for code in rules.codes.values() if rules.decide(kind, code) == "reject"]
    return tuple(sorted(rejected, key=lambda code: code in rules.codes_without_kind))


def _kinds(bundle: Bundle, callee: int) -> list[str]:
    return [param.kind for param in bundle.signatures[callee].params]


def _wrong(bundle: Bundle, callee: int, at: int, turn: int = 0) -> tuple[Mismatch, tuple[int, int]]:
    """A code that argument `at` must reject, another each `turn`, as the mismatch that it is and for the wire."""
    kind = _kinds(bundle, callee)[at]
    codes = rejected_codes(bundle.rules, kind)
    code = codes[turn % len(codes)]
    return Mismatch("type", at, kind, f"code({code})"), (at, code)


def _wrong_scalar(bundle: Bundle, callee: int, at: int) -> tuple[Mismatch, tuple[int, int]]:
    """The same with a code of the table that promises no pointer, so that only true pointers can be followed."""
    kind = _kinds(bundle, callee)[at]
    scalars = [bundle.rules.codes.get(name) for name in ("float", "int", "uint")]
    codes = [code for code in scalars if code is not None and bundle.rules.decide(kind, code) == "reject"]
    if not codes:
        return _wrong(bundle, callee, at)
    return Mismatch("type", at, kind, f"code({codes[0]})"), (at, codes[0])


def _match(bundle: Bundle, callee: int) -> Iterator[Block]:
    own = matched(callee)._replace(fenv=True)
    shots = [own, own._replace(row=OTHER), own._replace(follow=True)]
    ret = bundle.signatures[callee].ret
    if ret != "none":
        shots += [own._replace(result=value) for value in payloads.boundaries(ret) if not value.is_null]
    for at, kind in enumerate(_kinds(bundle, callee)):
        if KINDS[kind].is_pointer:
            shots += [
                own._replace(codes=((at, code),), mismatch=Mismatch("match", at, kind, f"code({code})"))
                for name, code in bundle.rules.codes.items()
                if name != "null" and bundle.rules.accept[kind].get(name) == "exact" and code != bundle.rules.code(kind)
            ]
    yield from blocks.of_shots(bundle, shots)
    yield from _boundaries(bundle, callee, "packed")


def _boundaries(bundle: Bundle, callee: int, convention: str) -> Iterator[Block]:
    for at, kind in enumerate(_kinds(bundle, callee)):
        values = payloads.boundaries(kind)
        if values:
            yield blocks.boundaries_at(bundle, callee, at, values, convention, KINDS[kind].is_pointer)


def _type(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.grid(bundle, callee, ("type",))
    codes = [rejected_codes(bundle.rules, kind) for kind in _kinds(bundle, callee)]
    yield blocks.wrong_codes(bundle, callee, codes, "type")


def _blind(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.grid(bundle, callee, set(BLIND_SPOTS) - {"width", "sign"})


def _coerce(bundle: Bundle, callee: int) -> Iterator[Block]:
    shots = []
    for caller, mismatch in bundle.accepted(callee):
        if mismatch.cls != "coerce" or mismatch.index is None:
            continue
        shots.append(Shot(caller, callee, "packed", mismatch))
        shot = Shot(caller, callee, "packed", mismatch, follow=KINDS[_kinds(bundle, callee)[mismatch.index]].is_pointer)
        passed = bundle.signatures[caller].params[mismatch.index].kind
        shots += [shot._replace(value_at=mismatch.index, value=value) for value in payloads.boundaries(passed)]
    yield from blocks.of_shots(bundle, shots)


def wrong_counts(n: int) -> tuple[int, ...]:
    """Counts that a callee of `n` arguments must reject."""
    counts = (n - 1, n + 1, n - 2, n + 2, n + 7, 0, -1, -n, INT_MIN, INT_MAX)
    folded = (n + 2**8, n - 2**8, n + 2**16, n - 2**16, n + INT_MIN, INT_MAX - 255 + n)
    return tuple(dict.fromkeys(c for c in (*counts, *folded) if c != n and INT_MIN <= c <= INT_MAX))


def _count_shots(bundle: Bundle, callee: int) -> list[Shot]:
    n = len(bundle.signatures[callee])
    return [
        matched(callee)._replace(
            told=count, mismatch=Mismatch("few" if count < n else "many", None, str(n), str(count))
        )
        for count in wrong_counts(n)
    ]


def _count(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.grid(bundle, callee, ("few", "many"))
    yield from blocks.of_shots(bundle, _count_shots(bundle, callee))


def _null_shots(bundle: Bundle, callee: int) -> list[Shot]:
    own, some = matched(callee), len(bundle.signatures[callee]) > 0
    shots = []
    for nulls in (("args",), ("codes",), ("args", "codes")):
        mismatch = Mismatch(f"null-{nulls[0]}") if some else Mismatch("match")
        shots.append(own._replace(nulls=nulls, mismatch=mismatch))
    shots.append(own._replace(nulls=("ret",), mismatch=Mismatch("null-ret")))
    return shots


def _null(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.of_shots(bundle, _null_shots(bundle, callee))


def _unknown(bundle: Bundle, callee: int) -> Iterator[Block]:
    codes = [bundle.rules.unknown_codes] * len(bundle.signatures[callee])
    yield blocks.wrong_codes(bundle, callee, codes, "unknown-code")


def _order(bundle: Bundle, callee: int) -> Iterator[Block]:
    own, n, shots = matched(callee)._replace(row=GUARDED), len(bundle.signatures[callee]), []
    for at in range(n):
        mismatch, code = _wrong_scalar(bundle, callee, at)
        shots.append(own._replace(codes=(code,), mismatch=mismatch))
        others = sorted({at + 1, n - 1}) if at + 1 < n else []
        second = [_wrong_scalar(bundle, callee, other)[1] for other in others]
        shots += [own._replace(codes=(code, also), mismatch=mismatch) for also in second]
    yield from blocks.of_shots(bundle, shots)


def _return(bundle: Bundle, callee: int) -> Iterator[Block]:
    shots = [matched(callee)]
    for at in range(len(bundle.signatures[callee])):
        mismatch, code = _wrong(bundle, callee, at, at + 1)
        shots.append(matched(callee)._replace(codes=(code,), mismatch=mismatch))
    yield from blocks.of_shots(bundle, shots)
    yield from blocks.grid(bundle, callee, ("ret-type", "ret-none"))
    as_null = [
        Shot(caller, callee, "packed", mismatch)
        for caller, mismatch in bundle.accepted(callee)
        if mismatch.cls == "coerce" and mismatch.index is None
    ]
    yield from blocks.of_shots(bundle, as_null)


def _error(bundle: Bundle, callee: int) -> Iterator[Block]:
    own, n, shots = matched(callee), len(bundle.signatures[callee]), []
    for at in range(n):
        mismatch, code = _wrong(bundle, callee, at, at + 2)
        shots.append(own._replace(codes=(code,), mismatch=mismatch))
        shots.append(own._replace(codes=(code,), mismatch=mismatch, mode="after"))
    for count in (n - 1, n + 1):
        mismatch = Mismatch("few" if count < n else "many", None, str(n), str(count))
        shots.append(own._replace(told=count, mismatch=mismatch, mode="after"))
    if n:
        mismatch, code = _wrong(bundle, callee, n - 1)
        shots.append(own._replace(nulls=("args",), mismatch=Mismatch("null-args")))
        shots.append(own._replace(codes=(code,), mismatch=mismatch, mode="own-error"))
    yield from blocks.of_shots(bundle, shots)


def _range(bundle: Bundle, callee: int) -> Iterator[Block]:
    shots = []
    for caller, mismatch in bundle.accepted(callee):
        if mismatch.cls not in ("width", "sign"):
            continue
        shots.append(Shot(caller, callee, "packed", mismatch))
        if mismatch.index is not None:
            passed = bundle.signatures[caller].params[mismatch.index].kind
            shots += [shots[-1]._replace(value_at=mismatch.index, value=value) for value in payloads.boundaries(passed)]
    yield from blocks.of_shots(bundle, shots)


def _tensor(bundle: Bundle, callee: int) -> Iterator[Block]:
    classes = [cls for cls in CHECKS["X0-TENSOR"].classes if cls != "match"]
    yield from blocks.grid(bundle, callee, classes)
    own, shots = matched(callee), []
    for at, param in enumerate(bundle.signatures[callee].params):
        if param.tensor is None:
            continue
        for cls, value in payloads.tensor_variants(param.tensor):
            passed = f"{value.tensor}" + (" without data" if value.no_data else "")
            mismatch = Mismatch(cls, at, str(param.tensor), passed)
            shots.append(own._replace(value_at=at, value=value, mismatch=mismatch))
        shots += [own._replace(value_at=at, value=v, follow=True) for v in payloads.equal_tensors(param.tensor)]
    yield from blocks.of_shots(bundle, shots)


def _nested(bundle: Bundle, callee: int) -> Iterator[Block]:
    own, n = matched(callee), len(bundle.signatures[callee])
    shots = [own._replace(mode="nested", second_row=OTHER), own._replace(mode="concurrent", second_row=OTHER)]
    if n:
        mismatch, code = _wrong(bundle, callee, 0)
        shots.append(own._replace(mode="nested", second_row=OTHER, codes=(code,), mismatch=mismatch))
    yield from blocks.of_shots(bundle, shots)


def _repeat(bundle: Bundle, callee: int) -> Iterator[Block]:
    own, n = matched(callee), len(bundle.signatures[callee])
    shots = [own, own]
    for at in sorted({0, n // 2, n - 1} if n else ()):
        mismatch, code = _wrong(bundle, callee, at, at)
        wrong = own._replace(codes=(code,), mismatch=mismatch)
        shots += [wrong, own, wrong, wrong, wrong, own, wrong, wrong, wrong, wrong, wrong, own]
    yield from blocks.of_shots(bundle, shots)


def _sample(bundle: Bundle, callee: int) -> list[Shot]:
    """A little of everything, for the checks that compare two ways of making the same call."""
    own, shots = matched(callee), [matched(callee), matched(callee)._replace(row=OTHER)]
    for at, kind in enumerate(_kinds(bundle, callee)):
        mismatch, code = _wrong(bundle, callee, at, at)
        shots.append(own._replace(codes=(code,), mismatch=mismatch))
        unknown = bundle.rules.unknown_codes[at % len(bundle.rules.unknown_codes)]
        named = Mismatch("unknown-code", at, kind, f"code({unknown})")
        shots.append(own._replace(codes=((at, unknown),), mismatch=named))
    return shots + [shot for shot in _count_shots(bundle, callee) if shot.told is not None and abs(shot.told) < 99]


def _release(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.of_shots(bundle, _sample(bundle, callee))


def _pair(bundle: Bundle, callee: int) -> Iterator[Block]:
    if bundle.packed:
        yield from blocks.of_shots(bundle, _sample(bundle, callee) + _null_shots(bundle, callee))
    yield from blocks.of_shots(bundle, [matched(callee, "unpacked")])
    yield from blocks.grid(bundle, callee, ("type",), "unpacked")


def _dynamic(bundle: Bundle, callee: int) -> Iterator[Block]:
    if bundle.packed:
        yield from blocks.of_shots(bundle, _sample(bundle, callee))
    yield from blocks.of_shots(bundle, [matched(callee, "unpacked"), matched(callee, "unpacked")._replace(row=OTHER)])


def _unpacked_match(bundle: Bundle, callee: int) -> Iterator[Block]:
    own = matched(callee, "unpacked")
    shots = [own._replace(fenv=True), own._replace(row=OTHER), own._replace(follow=True)]
    ret = bundle.signatures[callee].ret
    if ret != "none":
        shots += [own._replace(result=value) for value in payloads.boundaries(ret)]
    yield from blocks.of_shots(bundle, shots)
    yield from _boundaries(bundle, callee, "unpacked")


def _silent(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.grid(bundle, callee, CHECKS["X1-SILENT"].classes, "unpacked")


def _write(bundle: Bundle, callee: int) -> Iterator[Block]:
    yield from blocks.grid(bundle, callee, CHECKS["X1-WRITE"].classes, "unpacked")


_MAKERS: dict[str, Callable[[Bundle, int], Iterator[Block]]] = {
    "X0-MATCH": _match,
    "X0-TYPE": _type,
    "X0-COERCE": _coerce,
    "X0-COUNT": _count,
    "X0-NULL": _null,
    "X0-UNKNOWN": _unknown,
    "X0-ORDER": _order,
    "X0-RETURN": _return,
    "X0-ERROR": _error,
    "X0-RANGE": _range,
    "X0-TENSOR": _tensor,
    "X0-NESTED": _nested,
    "X0-REPEAT": _repeat,
    "X0-RELEASE": _release,
    "X1-MATCH": _unpacked_match,
    "X1-SILENT": _silent,
    "X1-WRITE": _write,
    "PAIR": _pair,
    "DYNAMIC": _dynamic,
    "blind spots": _blind,
}
"""Every check but X0-LAYOUT, which calls nothing, and X0-REFS, and the blind spots, counted beside X0-TYPE."""
