"""The controls: what the same mistakes come to without checks, and without codes."""

from __future__ import annotations

from conformance.checks.base import SILENT, TENSOR_CLASSES, Check

RELEASE = Check(
    "X0-RELEASE",
    requirement=(
        "with checks compiled out, matched calls stay intact and type, few, many and unknown-code are no "
        "longer detected (control)"
    ),
    why="The control: without its checks the same mismatches go unseen, so it is the checks that see them.",
    group="controls",
    classes=("match", "type", "few", "many", "unknown-code"),
    passes=SILENT,
)

UNPACKED_MATCH = Check(
    "X1-MATCH",
    requirement="a matched call is accepted and intact",
    why="The control's own ground: without codes, correct calls still work.",
    group="controls",
    classes=("match",),
    passes=("intact",),
    conventions=("packed", "unpacked"),
)

SILENT_MISMATCH = Check(
    "X1-SILENT",
    requirement="no mismatch is rejected; where nothing traps, the callee sees exactly the predicted bytes (control)",
    why="The control: without codes no mismatch can be rejected, and what a wrong reader sees is predictable.",
    group="controls",
    classes=("type", "coerce", "width", "sign", "few", "many", "swap", "pointee", *TENSOR_CLASSES),
    passes=SILENT,
    conventions=("packed", "unpacked"),
)

WRONG_RETURN = Check(
    "X1-WRITE",
    requirement="a return of another width writes exactly the predicted bytes, and the overrun is seen and counted",
    why="A return that is wider than its slot overwrites what lies beside it; here it is made visible.",
    group="controls",
    classes=("ret-type", "ret-none"),
    passes=SILENT,
    conventions=("packed", "unpacked"),
)
