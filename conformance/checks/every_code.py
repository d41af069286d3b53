"""The calls of `matrix`: the only argument of a callee under every code."""

from __future__ import annotations

import numpy as np

from conformance.checks.choices import kind_classes, kind_numbers
from conformance.checks.columns import CLASS_NAMES, Rows, join
from conformance.checks.draft import Draft

_CLASSES = {"reject": "type", "coerce": "coerce", "exact": "match"}


def every_code(draft: Draft) -> Rows:
    """Each callee of one argument under every code of the table that can be passed, and under one that is in none.

    A code is that of a value of its kind where there is one, and a lie elsewhere.
    """
    codes = (*draft.rules.codes.values(), draft.rules.unknown_codes[0])
    return join(*(_under(draft, callee, code) for callee in draft.family.callees for code in codes))


def _under(draft: Draft, callee: int, code: int) -> Rows:
    rules, family = draft.rules, draft.family
    signature = family.signatures[callee]
    if len(signature) != 1:
        return draft.nothing()
    declared, own, first = signature.params[0].kind, np.array([callee]), np.array([0])
    if code == rules.code(declared):
        return draft.matched(own)
    senders = [kind for kind in rules.all_passable if rules.code(kind) == code]
    if family.by_value and senders:
        cls = CLASS_NAMES[kind_classes(rules)[kind_numbers(rules)[declared], kind_numbers(rules)[senders[0]]]]
        return draft.sent(own, first, np.array([kind_numbers(rules)[senders[0]]]), cls)
    for caller, passed in enumerate(family.signatures):
        if len(passed) == 1 and passed.params[0].kind in senders:
            return draft.calls([caller], own, cls=family.classes[callee, caller], index=family.indices[callee, caller])
    if code not in rules.codes.values():
        return draft.unknown(own, first, np.array([code]))
    decision = rules.decide(declared, code)
    if family.by_value and decision != "reject":
        return draft.nothing()  # what a lie is taken for cannot be said
    return draft.coded(own, first, np.array([code]), _CLASSES[decision])
