"""A subject's acceptance table: which codes there are, which kind packs as which, what each declared kind accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Literal

from conformance.model.kinds import DECLARABLE, KINDS, NONE, SlotLayout
from conformance.model.target import HERE, Target
from conformance.rules.coercions import default_conversion
from conformance.rules.custom import CustomKind
from conformance.rules.policy import ERROR_INDEX, TENSOR_ORDER

Decision = Literal["exact", "coerce", "reject"]

DEFAULT_CLAIMS = (
    "type", "few", "many", "unknown-code", "null-args", "null-codes", "ret-type", "ret-none",
    *(f"tensor-{part}" for part in ("dtype", "lanes", "ndim", "shape", "strides", "offset", "device", "data")),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rules:
    """A subject's acceptance table.

    `accept` and `returns` are {declared kind: {code name: "exact" or "coerce"}}; `coerce_as` and `coerce_returns_as`
    say how a code is converted where its kinds do not say it already. `packs_as` is {kind: code name}, with `none` for
    a return of nothing; a kind that it does not hold is not in the convention. `slot_f32` is the kind as which an f32
    lies in its slot, `slot_integers` whether integers are extended to the whole slot or lie bare in its first bytes.
    `range_by_kind` overrides `range`. `rejects_null` are the declared kinds that reject a null pointer under an
    accepted code. `error_index` finds the argument's number in an error, counted from `error_base`; `tensor_order` are
    the fields of a tensor in the order in which they are compared; `empty_strides` says whether the strides of one
    without elements are "ignored" or "compared". `result` says whether a rejected call keeps the result slot as it was,
    or may have preset it; `pointers` whether texts, bytes and tensors arrive where they lie, or may be copies that are
    equal; `arrays` whether values and codes are read where they lie, or copied by the count; `contents` whether bodies
    read the elements of tensors. `target` is where the sides run. `sources` says for each row where it was read.
    """

    name: str
    codes: Mapping[str, int]
    packs_as: Mapping[str, str]
    accept: Mapping[str, Mapping[str, Decision]]
    returns: Mapping[str, Mapping[str, Decision]]
    coerce_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coerce_returns_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    slot_f32: str = "f64"
    slot_integers: str = "extended"
    range: str = "truncate"
    order: str = "first"
    after_success: str = "empty"
    error_names: tuple[str, ...] = ("index",)
    error_index: re.Pattern[str] = re.compile(ERROR_INDEX)
    error_base: int = 0
    tensor_order: tuple[str, ...] = TENSOR_ORDER
    empty_strides: str = "ignored"
    resource_handle: str = "passed"
    result: str = "kept"
    pointers: str = "same"
    arrays: str = "read"
    contents: str = "none"
    claims: tuple[str, ...] = DEFAULT_CLAIMS
    range_by_kind: Mapping[str, str] = field(default_factory=dict)
    rejects_null: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    custom_kinds: Mapping[str, CustomKind] = field(default_factory=dict)
    target: Target = HERE

    def says_as(self, other: Rules) -> bool:
        """Whether another table says the same, whatever its name and sources."""
        named = (each.name for each in fields(self) if each.name not in ("name", "sources"))
        return all(getattr(self, name) == getattr(other, name) for name in named)

    def on(self, target: Target) -> Rules:
        """The table as it holds on a target, whose memory decides what a reader finds in a slot that it misreads."""
        if target == self.target:
            return self
        if target.name not in self._elsewhere:
            self._elsewhere[target.name] = replace(self, target=target)
        return self._elsewhere[target.name]

    @cached_property
    def _elsewhere(self) -> dict[str, Rules]:
        return {}

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that a callee can declare under this table, without custom ones."""
        return tuple(kind for kind in DECLARABLE if kind in self.accept)

    @cached_property
    def passable(self) -> tuple[str, ...]:
        """The kinds that a caller can pass: the declared ones, and null where it packs as a code."""
        return self.kinds + (("null",) if "null" in self.packs_as else ())

    @cached_property
    def custom_declarable(self) -> tuple[str, ...]:
        """The custom kinds that a callee can declare."""
        return tuple(kind for kind in self.custom_kinds if kind in self.accept)

    @cached_property
    def all_passable(self) -> tuple[str, ...]:
        """The kinds that a caller can pass that makes its own values: `passable`, and the custom ones."""
        return (*self.passable, *self.custom_kinds)

    @cached_property
    def copies_pointees(self) -> bool:
        """Whether texts, bytes and tensors may be copied, so that what they hold is compared, not where it lies."""
        return self.pointers == "equal"

    @cached_property
    def reads_contents(self) -> bool:
        """Whether tensors have elements, which bodies read: where a policy says so, and where they may be copies."""
        return self.contents == "read" or self.copies_pointees

    @cached_property
    def copies_arrays(self) -> bool:
        """Whether values and codes are copied before the call, as many as the count says."""
        return self.arrays == "copied"

    @cached_property
    def slot(self) -> SlotLayout:
        """How values lie in a slot."""
        return SlotLayout(self.slot_f32, self.slot_integers)

    def code_name(self, kind: str) -> str:
        """The name of the code that a kind packs as. Raises KeyError where the convention does not have the kind."""
        return self.custom_kinds[kind].code if kind in self.custom_kinds else self.packs_as[kind]

    def code(self, kind: str) -> int:
        """The code that a kind packs as. Raises KeyError where the convention does not have the kind."""
        return self._codes_of_kinds[kind]

    @cached_property
    def _codes_of_kinds(self) -> dict[str, int]:
        # Where the table has no code for a return of nothing, it is a number that no kind accepts.
        return {NONE: self._past[0]} | {
            kind: self.codes[self.code_name(kind)] for kind in (*self.packs_as, *self.custom_kinds)
        }

    def names_of(self, code: int) -> str:
        """The name of a code, or its number where the table has none."""
        return self._names.get(code, str(code))

    @cached_property
    def _names(self) -> dict[int, str]:
        return {number: name for name, number in self.codes.items()}

    @cached_property
    def _decisions(self) -> dict[str, dict[int, Decision]]:
        return {kind: {self.codes[n]: d for n, d in row.items()} for kind, row in self.accept.items()}

    @cached_property
    def _take_decisions(self) -> dict[str, dict[int, Decision]]:
        taking: dict[str, dict[int, Decision]] = {
            kind: {self.code(kind): "exact"} for kind in (*self.kinds, *self.custom_declarable, NONE)
        }
        taking.update({kind: {self.codes[n]: d for n, d in row.items()} for kind, row in self.returns.items()})
        return taking

    def decide(self, declared: str, code: int) -> Decision:
        """What a callee that declares `declared` must do with an argument under `code`."""
        return self._decisions[declared].get(code, "reject")

    def decide_return(self, taken: str, code: int) -> Decision:
        """What a caller that takes `taken` must do with a return under `code`."""
        return self._take_decisions[taken].get(code, "reject")

    def conversion(self, declared: str, code: int) -> str:
        """How a callee that declares `declared` converts an argument under `code`; "" where it converts nothing.

        "number": as C converts between arithmetic types. "nonzero": whether it is not zero. "parse": the dtype or
        device that the text names. "format": the text of the value; a text's or bytes' is itself. "null": a null
        pointer; of a dtype, void. "unknown": it cannot be said to what. Codes that are accepted as they are, or
        rejected, convert nothing; nor do those that carry the declared kind in another form.
        """
        return self._conversions[declared].get(code, "")

    def conversion_of_return(self, taken: str, code: int) -> str:
        """How a caller that takes `taken` converts a return under `code`; in the words of `conversion`."""
        return self._take_conversions.get(taken, {}).get(code, "")

    @cached_property
    def _conversions(self) -> dict[str, dict[int, str]]:
        return self._converting(self.accept, self.coerce_as)

    @cached_property
    def _take_conversions(self) -> dict[str, dict[int, str]]:
        return self._converting(self.returns, self.coerce_returns_as)

    def _converting(
        self, rows: Mapping[str, Mapping[str, Decision]], said: Mapping[str, Mapping[str, str]]
    ) -> dict[str, dict[int, str]]:
        return {
            kind: {
                self.codes[name]: said.get(kind, {}).get(name) or self._default_conversion(kind, name)
                for name, decision in row.items()
                if decision == "coerce"
            }
            for kind, row in rows.items()
        }

    def _default_conversion(self, declared: str, name: str) -> str:
        custom = self.custom_kinds.get(declared)
        arrives = declared if custom is None else custom.sees.get(name, "")
        arrives = self.custom_kinds[arrives].like if arrives in self.custom_kinds else arrives
        return default_conversion(arrives, name == self.packs_as.get("null"), self._kinds_of_code[name])

    @cached_property
    def _kinds_of_code(self) -> dict[str, frozenset[str]]:
        # A kind of the runtime's own counts as the one that it is like, "" where it is like none.
        kinds: dict[str, set[str]] = {name: set() for name in self.codes}
        for kind, name in self.packs_as.items():
            if kind != NONE:
                kinds[name].add(kind)
        for custom in self.custom_kinds.values():
            kinds[custom.code].add(custom.like)
        return {name: frozenset(found) for name, found in kinds.items()}

    def named_argument(self, text: str) -> int | None:
        """The 0-based index of the argument that an error names, None if it names none."""
        found = self.error_index.search(text)
        try:
            index = int(found["index"]) - self.error_base if found else -1
        except (TypeError, ValueError):  # the group took no part in the match, or it is no number
            return None
        return index if index >= 0 else None

    @cached_property
    def has_default_error_index(self) -> bool:
        """Whether errors name their argument as they do by default, so that no table is needed to read them."""
        return self.error_index.pattern == ERROR_INDEX and self.error_base == 0

    def range_of(self, declared: str) -> str:
        """What happens to an integer outside the declared width: "truncate" or "reject"."""
        return self.range_by_kind.get(declared, self.range)

    @cached_property
    def codes_without_kind(self) -> tuple[int, ...]:
        """Codes of the table that no argument here packs as, in order."""
        used = {self.code(kind) for kind in self.all_passable}
        return tuple(sorted(code for code in self.codes.values() if code not in used))

    @cached_property
    def scalar_codes(self) -> tuple[int, ...]:
        """Codes under which only numbers travel, so that nobody follows a pointer under them; floats' first."""
        kinds = [kind for kind in reversed(self.kinds) if KINDS[kind].family in ("float", "int", "uint")]
        kinds.sort(key=lambda kind: KINDS[kind].family != "float")
        return tuple(dict.fromkeys(self.code(kind) for kind in kinds))

    @cached_property
    def unknown_codes(self) -> tuple[int, ...]:
        """Codes outside the table: negative, huge, just past it, and any table code modulo 2^8 and 2^16."""
        folded = [code + step for code in sorted(self.codes.values()) for step in (2**8, 2**16)]
        return self._outside([-1, -(2**31), 2**31 - 1, 2**16 - 1, *self._past, 64, 127, 255, *folded])

    @cached_property
    def mirrored_codes(self) -> tuple[int, ...]:
        """More codes outside the table: each of its codes negated, less 2^8 and less 2^31."""
        mirrored = [some for code in sorted(self.codes.values()) for some in (-code, code - 2**8, code - 2**31)]
        return tuple(code for code in self._outside(mirrored) if code not in self.unknown_codes)

    @cached_property
    def _past(self) -> tuple[int, int]:
        """Two codes outside the table: those just past it, or where there are none, the first that it leaves free."""
        past = max(self.codes.values()) + 1
        first, second, *_ = self._outside([past, past + 1, *range(len(self.codes) + 2)])
        return first, second

    def _outside(self, codes: Iterable[int]) -> tuple[int, ...]:
        """Those of the codes, each once, that an int holds and the table has not."""
        known = set(self.codes.values())
        return tuple(dict.fromkeys(code for code in codes if code not in known and -(2**31) <= code < 2**31))
