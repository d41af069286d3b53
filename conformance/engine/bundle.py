"""A bundle: the signatures of one pair of translation units, the payloads of their callers and their mismatches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

from conformance.codegen.stubs import is_declarable
from conformance.engine.arena import Arena, slot_of
from conformance.generation import payloads
from conformance.model.case import Mismatch
from conformance.model.kinds import NONE
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import Value
from conformance.oracle import classify
from conformance.oracle.predict import Arg
from conformance.rules.load import Rules

GRAFFITI, OTHER, GUARDED = 0, 1, 2
"""The rows of payload that every caller has: graffiti, other graffiti, and pointers into no-access pages."""

ROWS_PER_CALLER = 3


class Bundle:
    """`signatures` are both the callers and, where they can be declared, the callees.

    `packed` says whether the subject has the packed convention, besides the unpacked one that every bundle has.
    """

    def __init__(
        self, signatures: Sequence[Signature], salt: int, rules: Rules, arena: Arena, packed: bool = True
    ) -> None:
        self.signatures = tuple(signatures)
        self.salt = salt
        self.rules = rules
        self.arena = arena
        self.packed = packed
        self._rows: dict[int, tuple[list[Arg], ...]] = {}
        self._payloads: dict[int, tuple[tuple[Value, ...], ...]] = {}

    @cached_property
    def id(self) -> str:
        """A hash of the signatures and the salt."""
        text = "\n".join([str(self.salt), *map(str, self.signatures)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def callees(self) -> tuple[int, ...]:
        """The signatures that can be declared."""
        return tuple(i for i, signature in enumerate(self.signatures) if is_declarable(signature))

    @cached_property
    def max_args(self) -> int:
        """The longest signature."""
        return max((len(signature) for signature in self.signatures), default=0)

    @cached_property
    def poison(self) -> tuple[bytes, ...]:
        """The 16 bytes under every slot, the result's last."""
        return tuple(payloads.poison(place) for place in (*range(MAX_ARGS), payloads.RESULT_PLACE))

    def payload(self, caller: int, values: Sequence[Value], second: Sequence[Value]) -> None:
        """Gives a caller this payload instead of graffiti (to run a recorded case)."""
        guarded = payloads.guarded(self.signatures[caller], self.salt)
        self._payloads[caller] = (tuple(values), tuple(second) or tuple(values), guarded)

    def rows(self, caller: int) -> tuple[list[Arg], ...]:
        """The caller's rows of payload as they lie in memory."""
        found = self._rows.get(caller)
        if found is None:
            signature = self.signatures[caller]
            rows = self._payloads.get(caller) or (
                payloads.payload(signature, self.salt),
                payloads.payload(signature, (self.salt + 7) % payloads.SALTS),
                payloads.guarded(signature, self.salt),
            )
            found = tuple([self.arena.arg(value, place) for place, value in enumerate(row)] for row in rows)
            self._rows[caller] = found
        return found

    def codes(self, caller: int) -> list[int]:
        """The codes that a caller packs."""
        return [self.rules.code(param.kind) for param in self.signatures[caller].params]

    def result_value(self, callee: int) -> Value:
        """What the body of a callee returns unless a call says otherwise."""
        return payloads.result(self.signatures[callee].ret, self.salt)

    def result(self, callee: int) -> Arg:
        """The same as it lies in memory."""
        return self.arena.arg(self.result_value(callee))

    def result_slot(self, callee: int) -> int:
        """The same as an index into the pool."""
        return self.arena.slot(self.result_value(callee)) if self.signatures[callee].ret != NONE else 0

    @cached_property
    def row_bytes(self) -> bytes:
        """The payload rows of all callers, one after the other, `max_args` slots each."""
        parts: list[bytes] = []
        for caller, signature in enumerate(self.signatures):
            rest = b"\0" * 16 * (self.max_args - len(signature))
            parts.extend(b"".join([slot_of(arg) for arg in row]) + rest for row in self.rows(caller))
        return b"".join(parts)

    @cached_property
    def mismatches(self) -> list[list[Mismatch]]:
        """The mismatch of every pair: `mismatches[callee][caller]`; empty lists for what cannot be declared."""
        rules, signatures = self.rules, self.signatures
        numbers: dict[object, int] = {}
        passed = [[numbers.setdefault(param, len(numbers)) for param in s.params] for s in signatures]
        params = list(numbers)
        counts: dict[tuple[int, int], Mismatch] = {}
        slow: dict[tuple[object, object], Mismatch] = {}
        table: list[list[Mismatch]] = []
        memo = self.arena.memo
        for callee, declared in enumerate(signatures):
            if callee not in self._declarable:
                table.append([])
                continue
            n = len(declared)
            # One table a position: argument number -> the mismatch of a rejected code, None where it is accepted.
            rejects: list[dict[int, Mismatch | None]] = []
            for at, want in enumerate(declared.params):
                row: dict[int, Mismatch | None] = {}
                for number, param in enumerate(params):
                    key = ("type", at, want.kind, param.kind)  # type: ignore[attr-defined]
                    if key not in memo:
                        rejected = rules.decide(want.kind, rules.code(key[3])) == "reject"
                        memo[key] = Mismatch("type", at, want.kind, key[3]) if rejected else None
                    row[number] = memo[key]
                rejects.append(row)
            out: list[Mismatch] = []
            for caller, arguments in enumerate(passed):
                if len(arguments) != n:
                    lengths = (n, len(arguments))
                    if lengths not in counts:
                        cls = "few" if len(arguments) < n else "many"
                        counts[lengths] = Mismatch(cls, None, str(n), str(len(arguments)))
                    out.append(counts[lengths])
                    continue
                found = None
                for row, number in zip(rejects, arguments, strict=True):
                    found = row[number]
                    if found is not None:
                        break
                if found is None:
                    both = (signatures[caller], declared)
                    if both not in slow:
                        slow[both] = classify.pair(signatures[caller], declared, rules)
                    found = slow[both]
                out.append(found)
            table.append(out)
        return table

    @cached_property
    def _declarable(self) -> frozenset[int]:
        return frozenset(self.callees)
