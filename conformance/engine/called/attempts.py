"""Which calls each check makes of a bundle of a called subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.checks.base import TENSOR_CLASSES
from conformance.checks.columns import wrong_counts
from conformance.engine.called.attempt import Attempt, by_turns
from conformance.engine.called.bundle import MOST_SAMPLES, CalledBundle, is_pointer, is_tensor, passable, samples, value
from conformance.engine.called.taken import handed_over
from conformance.generation import payloads
from conformance.model.case import MATCH, Mismatch
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.oracle.expect import takes_all
from conformance.oracle.mismatch import argument, pair, tensor


def attempts(check: str, bundle: CalledBundle) -> list[Attempt]:
    """The calls of a check, callee by callee; in one process they are made in this order."""
    make = _MAKERS[check]
    made = [one for place, declared in enumerate(bundle.declared) for one in make(bundle, place, declared)]
    if check == "X0-UNKNOWN":
        made = by_turns((one.mismatch.declared, _wrong_code(one), one) for one in made)
    return [*made, *handed_over(bundle)] if check == "X0-RETURN" else made


def _wrong_code(one: Attempt) -> int:
    assert one.mismatch.index is not None
    return one.call.slots[one.mismatch.index].code


def _own(bundle: CalledBundle, place: int, declared: Signature, row: int = 0) -> Attempt:
    return Attempt(place, declared, bundle.call(bundle.values(declared, row), declared.ret), MATCH)


def _with(one: Attempt, at: int, slot: Slot, mismatch: Mismatch | None = None) -> Attempt:
    slots = (*one.call.slots[:at], slot, *one.call.slots[at + 1 :])
    return one._replace(call=one.call._replace(slots=slots), mismatch=mismatch or one.mismatch)


def _passing(bundle: CalledBundle, one: Attempt, at: int, new: Value, cls: str, declared: Signature) -> Attempt:
    """The attempt with another value, of whatever kind, in one place."""
    param = Param(new.kind, new.tensor if new.kind == "tensor" else None)
    passed = Signature((*one.passed.params[:at], param, *one.passed.params[at + 1 :]), one.passed.ret)
    mismatch = MATCH if cls == "match" else Mismatch(cls, at, declared.params[at].kind, new.kind)
    changed = _with(one, at, Slot(bundle.rules.code(new.kind), new), mismatch)
    return changed._replace(passed=passed, paired=cls == "type")


def _others(bundle: CalledBundle, declared: Signature, at: int) -> Iterator[tuple[str, str]]:
    """Every kind that can be passed in a place and is not the declared one, with its class ("match": none)."""
    for kind in passable(bundle.rules):
        spec = (declared.params[at].tensor or TensorSpec()) if kind == "tensor" else None
        if kind != declared.params[at].kind:
            yield kind, argument(Param(kind, spec), declared.params[at], bundle.rules) or "match"


def _kind_value(bundle: CalledBundle, declared: Signature, at: int, kind: str) -> Value:
    spec = (declared.params[at].tensor or TensorSpec()) if is_tensor(bundle.rules, kind) else None
    return value(bundle.rules, Param(kind, spec), at, bundle.salt)


def _match(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    yield own
    yield _own(bundle, place, declared, row=1)
    for at, param in enumerate(declared.params):
        for one in samples(bundle.rules, param.kind)[:MOST_SAMPLES]:
            yield _with(own, at, Slot(bundle.rules.code(param.kind), one))
        for kind, cls in _others(bundle, declared, at):
            if cls == "match":
                new = _kind_value(bundle, declared, at, kind)
                named = Mismatch("match", at, param.kind, kind)
                yield _passing(bundle, own, at, new, "match", declared)._replace(mismatch=named)


def _every_kind(*classes: str) -> Callable[[CalledBundle, int, Signature], Iterator[Attempt]]:
    def make(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
        own = _own(bundle, place, declared)
        for at in range(len(declared)):
            for kind, cls in _others(bundle, declared, at):
                if cls in classes:
                    yield _passing(bundle, own, at, _kind_value(bundle, declared, at, kind), cls, declared)
                    if cls != "type":
                        for one in samples(bundle.rules, kind)[:MOST_SAMPLES]:
                            yield _passing(bundle, own, at, one, cls, declared)

    return make


def _grid(bundle: CalledBundle, place: int, declared: Signature, *classes: str) -> Iterator[Attempt]:
    for params in dict.fromkeys(one.params for one in bundle.signatures):
        passed = Signature(params, declared.ret)
        mismatch = pair(passed, declared, bundle.rules)
        if mismatch.cls in classes:
            yield Attempt(place, passed, bundle.call(bundle.values(passed), declared.ret), mismatch, None, True)


def _type(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    yield from _every_kind("type")(bundle, place, declared)
    yield from _grid(bundle, place, declared, "type")
    own, rules = _own(bundle, place, declared), bundle.rules
    for at, param in enumerate(declared.params):
        for code in rules.codes_without_kind if bundle.codes_lie else ():
            if rules.decide(param.kind, code) == "reject":
                mismatch = Mismatch("type", at, param.kind, f"code({code})")
                yield _with(own, at, own.call.slots[at]._replace(code=code), mismatch)


def single(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    """The only argument of a signature under every code of the table, and under one that is in none."""
    own, rules, kind = _own(bundle, place, declared), bundle.rules, declared.params[0].kind
    yield own
    seen = {rules.code(kind)}
    for other, cls in _others(bundle, declared, 0):
        if rules.code(other) not in seen:
            seen.add(rules.code(other))
            one = _passing(bundle, own, 0, _kind_value(bundle, declared, 0, other), cls, declared)
            yield one._replace(mismatch=Mismatch(cls, 0, kind, other))
    unknown = () if takes_all(rules, kind) else rules.unknown_codes[:1]
    for code in (*rules.codes.values(), *unknown) if bundle.codes_lie else ():
        if code not in seen and rules.decide(kind, code) == "reject":
            cls = "type" if code in rules.codes.values() else "unknown-code"
            yield _with(own, 0, own.call.slots[0]._replace(code=code), Mismatch(cls, 0, kind, f"code({code})"))


def _count(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    yield from _grid(bundle, place, declared, "few", "many")
    own, n = _own(bundle, place, declared), len(declared)
    for told in wrong_counts(n) if "count" in bundle.mutable_parts else ():
        mismatch = Mismatch("few" if told < n else "many", None, str(n), str(told))
        yield own._replace(call=own.call._replace(claimed_count=told), mismatch=mismatch)


def _unknown(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    for at, param in enumerate(declared.params) if bundle.codes_lie else ():
        if not takes_all(bundle.rules, param.kind):
            for code in bundle.rules.unknown_codes:
                mismatch = Mismatch("unknown-code", at, param.kind, f"code({code})")
                yield _with(own, at, own.call.slots[at]._replace(code=code), mismatch)


def _null(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    for which in [part for part in ("args", "codes", "ret") if part in bundle.mutable_parts]:
        cls = f"null-{which}"
        mismatch = Mismatch(cls) if which == "ret" or len(declared) else MATCH
        yield own._replace(call=own.call._replace(nulls=(which,)), mismatch=mismatch)
    rules = bundle.rules
    for at, param in enumerate(declared.params):
        if param.kind in rules.rejects_null:
            mismatch = Mismatch("type", at, param.kind, "null")
            yield _with(own, at, Slot(rules.code(param.kind), Value(param.kind)), mismatch)
            for kind in (one.name for one in rules.own.values() if one.like == param.kind):
                mismatch = Mismatch("type", at, param.kind, f"{kind}(null)")
                yield _with(own, at, Slot(rules.code(kind), Value(kind)), mismatch)


def _order(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    rules, own = bundle.rules, _own(bundle, place, declared)
    guarded = tuple(
        slot._replace(value=Value(param.kind, guarded=True)) if is_pointer(rules, param.kind) else slot
        for slot, param in zip(own.call.slots, declared.params, strict=True)
    )
    own = own._replace(call=own.call._replace(slots=guarded))
    scalars = [name for name in ("f64", "i64", "bool") if name in rules.passable]
    for at, param in enumerate(declared.params):
        kinds = [kind for kind in scalars if rules.decide(param.kind, rules.code(kind)) == "reject"]
        for kind in kinds[:1]:
            yield _passing(bundle, own, at, value(rules, Param(kind), at, bundle.salt), "type", declared)


def _wrong(bundle: CalledBundle, place: int, declared: Signature, turn: int = 0) -> list[Attempt]:
    """One rejected call for each argument that can be wrong, and one with an argument too few or too many."""
    own, found = _own(bundle, place, declared), []
    for at in range(len(declared)):
        kinds = [kind for kind, cls in _others(bundle, declared, at) if cls == "type"]
        if kinds:
            new = _kind_value(bundle, declared, at, kinds[(turn + at) % len(kinds)])
            found.append(_passing(bundle, own, at, new, "type", declared))
    n = len(declared)
    if n:
        mismatch = Mismatch("few", None, str(n), str(n - 1))
        slots = own.call.slots[:-1]
        passed = Signature(declared.params[:-1], declared.ret)
        found.append(own._replace(call=own.call._replace(slots=slots), mismatch=mismatch, passed=passed))
    return found


def _error(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    wrong = _wrong(bundle, place, declared, 1)
    for one in wrong:
        yield one
        yield _own(bundle, place, declared)  # a success finds no error of the call before it
    if wrong:
        first, other = wrong[0], wrong[len(wrong) // 2]
        yield first._replace(beside=other.call)
        yield first._replace(beside=_own(bundle, place, declared).call)


def _repeat(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    yield from (own, own)
    for one in _wrong(bundle, place, declared)[:3]:
        yield from (one, own, one, one, one, own, one, one, own)


def _nested(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    yield own._replace(beside=_own(bundle, place, declared, row=1).call)


def _tensor(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    yield from _grid(bundle, place, declared, *TENSOR_CLASSES)
    for at, param in enumerate(declared.params):
        if param.tensor is None:
            continue
        rules, spec = bundle.rules, param.tensor
        values = [*payloads.near_tensors(spec), *payloads.far_tensors(spec), *payloads.odd_tensors(spec)]
        for new in values:
            cls, passed = tensor(new, spec, rules) or "match", f"{new.tensor}{new.oddities}"
            told = new.tensor is not None and new.tensor.told_ndim is not None
            # Whoever does not look at the number of dimensions, or at a null shape, would follow them anywhere.
            needed = "tensor-null" if new.no_shape else "tensor-ndim" if told else ""
            if not needed or needed in bundle.claims:
                yield _with(own, at, Slot(rules.code("tensor"), new), Mismatch(cls, at, str(spec), passed))


def _return(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    own = _own(bundle, place, declared)
    yield own
    if declared.ret != "none":
        for one in samples(bundle.rules, declared.ret)[:MOST_SAMPLES]:
            # A value that cannot be returned must be told from all that can: its key has it.
            named = Mismatch("match", None, declared.ret, hex(one.bits)) if one.bits else MATCH
            yield own._replace(call=own.call._replace(result=one), mismatch=named)
    yield from _wrong(bundle, place, declared, 2)


def _references(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    yield _own(bundle, place, declared)
    yield from _wrong(bundle, place, declared, 3)


def _release(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    yield _own(bundle, place, declared)
    yield from _wrong(bundle, place, declared)
    for one in _unknown(bundle, place, declared):
        yield one
        break


def _blind(bundle: CalledBundle, place: int, declared: Signature) -> Iterator[Attempt]:
    """What a convention with codes cannot see: counted, never failed."""
    for code in PRESETS if "preset" in bundle.mutable_parts else ():
        call = bundle.call(bundle.values(declared), declared.ret)._replace(preset=code)
        yield Attempt(place, declared, call, Mismatch("padding", None, "result", f"preset({code})"))
    yield from _every_kind("pointee")(bundle, place, declared)
    yield from _grid(bundle, place, declared, "pointee", "swap")
    own = _own(bundle, place, declared)
    for at, param in enumerate(declared.params):
        slot = own.call.slots[at]
        if is_pointer(bundle.rules, param.kind) and param.kind not in bundle.rules.rejects_null:
            yield _with(own, at, slot._replace(value=Value(param.kind)), Mismatch("pointee", at, param.kind, "null"))
        for word in (1, 9, 0xFFFF_FFFF) if "padding" in bundle.mutable_parts else ():
            yield _with(own, at, slot._replace(padding=word), Mismatch("padding", at, param.kind, f"padding({word})"))


PRESETS = (1, 4, 11, 64, 65, 127, -1)
"""Codes that a result slot may hold before a call: of values, of objects, and of nothing that there is."""

_MAKERS: dict[str, Callable[[CalledBundle, int, Signature], Iterator[Attempt]]] = {
    "X0-MATCH": _match,
    "X0-TYPE": _type,
    "X0-COERCE": _every_kind("coerce"),
    "X0-COUNT": _count,
    "X0-NULL": _null,
    "X0-UNKNOWN": _unknown,
    "X0-ORDER": _order,
    "X0-RETURN": _return,
    "X0-ERROR": _error,
    "X0-RANGE": _every_kind("width", "sign"),
    "X0-TENSOR": _tensor,
    "X0-NESTED": _nested,
    "X0-REPEAT": _repeat,
    "X0-REFS": _references,
    "X0-RELEASE": _release,
    "blind spots": _blind,
}

CHECKS = tuple(check for check in _MAKERS if check.startswith("X0-"))
"""The checks that a called subject can be held to."""
