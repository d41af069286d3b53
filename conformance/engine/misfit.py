"""Why a recorded case cannot be made with a subject, whoever carries its calls.

A transport would leave out of a call what it has no means for, and the call would conform, whatever the case has shown.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from conformance.model.case import RESULT, Case


@dataclass(frozen=True)
class Means:
    """What calls can be made of a subject.

    `kinds` are those of arguments and returns, `none` among them; `conventions` and `modes` those in which calls can be
    made. `parts` are the parts of a packed call that can be made to lie (MUTABLE_PARTS of model/subject.py). `callees`
    says whether there are any, `takes` whether there are callers that take a return, `packs` whether a front end packs;
    `under_codes` whether a return can be laid under another code before its caller takes it.
    """

    name: str
    kinds: Collection[str]
    conventions: Collection[str]
    modes: Collection[str]
    parts: Collection[str]
    callees: bool = True
    takes: bool = False
    packs: bool = False
    under_codes: bool = False


def misfit(case: Case, means: Means) -> str:
    """Why a case, or a call of its history, cannot be made with these means; "" where all can. Layouts make no call."""
    if case.mismatch.cls == "layout":
        return ""
    return next((why for one in (*case.history, case) if (why := _of_one(one, means))), "")


def _of_one(case: Case, means: Means) -> str:
    kinds = [kind for side in (case.declared, case.passed) for kind in (*(p.kind for p in side.params), side.ret)]
    if unknown := next((kind for kind in kinds if kind not in means.kinds), None):
        return f"the subject's rules have no kind '{unknown}'"
    if case.convention not in means.conventions:
        return f"it is a call of the {case.convention} convention, which {means.name} does not have"
    if case.mode not in means.modes:
        return f"it is made in the mode {case.mode}, in which {means.name} cannot be called"
    if case.wire.handed is not None:
        return "" if means.takes else "it is about what a caller takes, and this subject has no caller"
    if case.wire.by_packer:
        return "" if means.packs else "it is about what a packer sends, and this subject packs nothing"
    if RESULT in dict(case.wire.codes) and not means.under_codes:
        return "it lays a return under another code, and this subject's calls are made by itself"
    if case.wire.padding and "padding" not in means.parts:
        return f"it lays words into bytes of slots that mean nothing, of which {means.name} has none"
    return "" if means.callees else "it is about a callee, and this subject is a packer and has none"
