"""A way to call a callee wrongly: what is passed instead, and what is changed on the wire."""

from __future__ import annotations

from attrs import frozen

from conformance.model.case import NO_MUTATIONS, Mismatch, Mutations
from conformance.model.signature import Signature


@frozen
class Mistake:
    """One way to call `declared` wrongly.

    The caller believes `passed`; `wire` says what is changed of its call after packing. `codes` are the type codes
    that travel, one an argument of `passed`, and `count` is how many arguments the call claims. `mismatch` says what
    class of mistake it is, at which argument.
    """

    declared: Signature
    passed: Signature
    mismatch: Mismatch
    codes: tuple[int, ...]
    count: int
    wire: Mutations = NO_MUTATIONS
