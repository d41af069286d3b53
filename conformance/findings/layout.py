"""Compares the sizes, alignments and offsets of both sides with each other and with what DLPack and TVM say."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.libraries import Pair
from conformance.model.signature import Signature
from conformance.oracle.judge import Judgement
from conformance.session import Session

NOTHING = Signature((), "none")


def compare_layout(session: Session, pair: Pair) -> Iterator[tuple[str, Judgement]]:
    """What is compared, by name, with its judgement: "silent-wrong" where the sides differ or are not as due."""
    names = session.libraries.layout_names()
    sides = session.libraries.sides(pair, [NOTHING])
    callers, callees = (session.worker.layout(path)[: len(names)] for path in sides)
    for (name, _, due), left, right in zip(names, callers, callees, strict=True):
        same = left == right == due
        yield (
            name.replace(" ", "-"),
            Judgement(
                "intact" if same else "silent-wrong",
                same,
                f"have a {name} of {due} on both sides",
                f"{pair.ids[0]} has {left} and {pair.ids[1]} has {right}",
            ),
        )
