"""The files of a stand-alone reproducer of a plain C call: both sides, what compares, and what builds it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.codegen.reproducer.spelling import in_comment, make_words
from conformance.codegen.stubs import environment
from conformance.direct import render
from conformance.direct.judge import is_strange
from conformance.direct.kinds import ATOMS, atoms, bare
from conformance.direct.values import coming_out, going_in, numbers_of, value_of
from conformance.model.case import MATCH, Case
from conformance.model.kinds import NONE
from conformance.model.outcome import Finding
from conformance.model.target import Target
from conformance.model.value import Value
from conformance.toolchain.commands import headers
from conformance.toolchain.compilers import Compiler


def files(
    finding: Finding,
    case: Case,
    by_id: Mapping[str, Compiler],
    builder: Compiler,
    target: Target,
    launcher: Sequence[str],
) -> dict[str, str | bytes]:
    """The files by their names. `builder` compiles what is neither side, `launcher` runs code for the target here."""
    told = {
        "key": in_comment(finding.key),
        "check": finding.check,
        "declared": in_comment(finding.signature["declared"]),
        "passed": in_comment(finding.signature["passed"]),
        "required": in_comment(finding.required),
        "observed": in_comment(finding.observed),
    }
    compared = case.mismatch != MATCH
    pairs = [*([case.against] if case.against is not None else []), (case.caller, case.callee)]
    names = ("first", "second") if compared else ("reproducer",)
    programs = [
        {"name": name, "suffix": suffix, "caller": _side(by_id[caller]), "callee": _side(by_id[callee])}
        for name, suffix, (caller, callee) in zip(names, ("", "_2"), pairs, strict=False)
    ]
    sides = [by_id[one] for pair in pairs for one in pair]
    values: dict[str, Any] = {
        "finding": told,
        "compared": compared,
        "strange": compared and is_strange(case),
        "programs": programs,
        "main": make_words((*builder.command, *headers(builder), *_of_target(builder))),
        "target": target.name,
        "launcher": make_words(launcher),
        "stand_in": _embedded() if any(side.is_embedded for side in sides) and _embedded() != "tcc" else "",
        **_values(case, target),
    }
    return {
        "kinds.h": render.header(),
        "caller.c": render.callers([case.passed]),
        "callee.c": render.callees([case.declared]),
        **{
            name.removesuffix(".j2"): _text(name, values) for name in ("main.c.j2", "Makefile.j2", "README.txt.j2")
        },
    }  # fmt: skip


def _text(name: str, values: Mapping[str, Any]) -> str:
    text = environment().get_template(f"direct/reproducer/{name}").render(values)
    return re.sub(r"\n{3,}", "\n\n", text)


def _side(compiler: Compiler) -> dict[str, str]:
    command = compiler.command or (_embedded(),)
    return {"command": make_words(command), "flags": make_words((*headers(compiler), *compiler.flags))}


def _embedded() -> str:
    """The program that is the embedded compiler's own, or stands in for it."""
    return "tcc" if shutil.which("tcc") else "cc"


def _of_target(builder: Compiler) -> tuple[str, ...]:
    """The flags by which a compiler makes code for a target; no level."""
    return tuple(flag for flag in builder.flags if flag.startswith(("-m", "--target")))


def _values(case: Case, target: Target) -> dict[str, Any]:
    words_in = [_word(word) for value in case.payload for word in going_in(value)]
    words_result = [_word(word) for word in going_in(case.result)]
    first, arguments = 0, []
    for at, (value, param) in enumerate(zip(case.payload, case.declared.params, strict=True)):
        arguments.append(_shown(f"argument {at}", value, param.kind, first, target, "callers"))
        first += len(atoms(param.kind))
    result = case.result
    returned = [] if result.kind == NONE else [_shown("the return", result, case.passed.ret, 0, target, "callees")]
    counts = [one["count"] for one in (*arguments, *returned)]
    return {
        "words_in": words_in or ["0"],
        "words_result": words_result or ["0"],
        "arguments": arguments,
        "returned": returned,
        "most": max(counts, default=1),
        "room": 1 + max(first, len(atoms(result.kind)), 1),
    }


def _shown(what: str, value: Value, reads: str, first: int, target: Target, side: str) -> dict[str, Any]:
    """A value as main.c has it; where a narrow kind is on one side only, the words of the number alone."""
    before = _word(next(going_in(value)))
    if value.kind != reads:
        narrow = min(value.kind, reads, key=lambda kind: ATOMS[kind].width)
        value = value_of(narrow, numbers_of(value))
    sent = [
        f"as_char({side}_char_is_signed(), {_word(number)})" if atom.sort == "char" else _word(word)
        for atom, number, word in zip(
            atoms(value.kind), numbers_of(value), coming_out(value, target.data, True), strict=True
        )
    ]
    return {"what": f"{what} ({bare(value.kind)})", "first": first, "count": len(sent), "sent": sent, "before": before}


def _word(word: int) -> str:
    return f"{word:#x}ull"
