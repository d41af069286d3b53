"""What one unpacked slot is read as, against the prediction of the whole call."""

from __future__ import annotations

import pytest

from conformance.generation import payloads
from conformance.model.kinds import DECLARABLE, KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.transport.compiled import encode
from conformance.transport.compiled.encode import Arg

POISON = [payloads.poison(0), payloads.poison(payloads.RESULT_PLACE)]


@pytest.mark.parametrize("declared", DECLARABLE)
@pytest.mark.parametrize("follow", [False, True])
def test_a_slot_is_read_as_the_whole_call_predicts(declared: str, follow: bool) -> None:
    signature = Signature((Param(declared),), NONE)
    for passed in KINDS:
        values = [payloads.graffiti(Param(passed), 0, 3), *payloads.boundaries(passed), Value(passed)]
        for address, value in enumerate(values, 0x5A00_0000_1000):
            bits = address if value.data is not None or value.tensor is not None else value.bits
            arg = Arg(passed, bits, value, 77)
            whole = encode.unpacked(signature, [arg], POISON, None, NONE, "match", follow)
            slot = encode.slot_bytes(arg, POISON[0])
            assert (encode.see_unpacked(signature.params[0], arg, slot, follow),) == whole.seen, (passed, value)


@pytest.mark.parametrize("declared", DECLARABLE)
def test_a_slot_behind_the_last_argument_is_read_as_the_whole_call_predicts(declared: str) -> None:
    signature = Signature((Param(declared),), NONE)
    whole = encode.unpacked(signature, [], POISON, None, NONE, "few")
    assert (encode.see_unpacked(signature.params[0], None, POISON[0][:8]),) == whole.seen
