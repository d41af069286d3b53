"""Answers the claims about safety and time from what was measured: C1, C8, C9 and C10."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.cost.messages import per_cent, size_text
from conformance.cost.report.claims import CLAIMS, Answer, Measured, State, unmeasured
from conformance.cost.timing import NOTHING, CallCost

MUCH = 2.0
"""Times as long: where "not much larger" ends."""

NEGLIGIBLE = 0.01
"""Of the whole: below this a call is negligible."""

X0, X1 = "x0_checked", "x1_copied"
"""The routes that C8 compares: both put the values on the stack."""


def safety(measured: Measured) -> Answer:
    """C1: what X0 and X1 made of the same mismatches, and of an integer under a declared float."""
    suite, matrix = measured.suite, measured.matrix
    if suite is None or matrix is None:
        return unmeasured(
            "C1", measured, *(["suite"] if suite is None else []), *(["matrix"] if matrix is None else [])
        )
    counts = suite["counts"]["by_convention"]
    x0, x1 = counts.get("packed", {}), counts.get("unpacked", {})
    lucky = x1.get("silent-equal", 0) + x1.get("intact", 0)
    total, found, noticed = sum(x0.values()), x0.get("detected", 0), x1.get("detected", 0)
    cells = [cell for cell in matrix if cell["declared"] in ("f32", "f64") and cell["code_name"] == "int"]
    rejected = [cell["declared"] for cell in cells if cell["observed"] == "reject"]
    lines = (
        f"mismatches detected: X0 {found:,} of {total:,}; X1 {noticed:,} of the same {sum(x1.values()):,}",
        f"X1: {x1.get('silent-wrong', 0):,} silently wrong, {x1.get('overrun', 0):,} overran, {lucky:,} equal by luck",
        f"int under a declared {' and '.join(cell['declared'] for cell in cells)}: "
        + ("rejected" if len(rejected) == len(cells) else f"rejected for {', '.join(rejected) or 'none'}"),
    )
    if found == total and len(rejected) == len(cells) and not noticed:
        return _answer(
            "C1", "holds", lines, f"X0 detected all {total:,} mismatches, X1 none of the same {sum(x1.values()):,}."
        )
    state: State = "in part" if found > noticed else "does not hold"
    return _answer("C1", state, lines, f"X0 detected {found:,} of {total:,} mismatches, X1 {noticed:,}.")


def languages(measured: Measured) -> Answer:
    """C10: the verdicts where Python is a side, and where both sides are C."""
    if measured.suite is None:
        return unmeasured("C10", measured, "suite")
    check = next(one for one in measured.suite["checks"] if one["id"] == "DYNAMIC")
    if check["status"] not in ("pass", "fail", "waived"):
        return _answer("C10", "not measured", (), f"Not measured: DYNAMIC was {check['status']}: {check['why']}.")
    verdicts = " · ".join(f"{verdict} {n:,}" for verdict, n in check["by_verdict"].items())
    sides = [" calls ".join(pair) for pair in measured.suite["pairs"] if "dynamic" in pair]
    lines = (f"DYNAMIC: {check['status']}, {check['cases']:,} cases: {verdicts}", f"sides: {', '.join(sides)}")
    if check["status"] == "pass":
        sentence = f"All {check['cases']:,} calls that Python packed or received got the verdict that C's get."
        return _answer("C10", "holds", lines, sentence)
    return _answer("C10", "does not hold", lines, f"Python's calls got other verdicts than C's: {verdicts}.")


def overhead(measured: Measured) -> Answer:
    """C8: X0 checked beside X1, above all without optimisation."""
    lines: list[str] = []
    plain: dict[str, dict[int, float]] = {}
    for cost in measured.calls:
        quotients = {
            n: x0.ns.median / x1.ns.median
            for n in dict.fromkeys(one.n for one in cost.calls)
            if (x0 := cost.of(X0, n)) and (x1 := cost.of(X1, n))
        }
        if not quotients:
            continue
        lines.append(
            f"{cost.compiler}: X0 checked takes {_range(quotients.values())} times as long as X1 "
            f"(n = {min(quotients)} to {max(quotients)}); {_slopes(cost)}"
        )
        if cost.compiler.endswith("-O0"):
            plain[cost.compiler] = quotients
    if not plain:
        return unmeasured("C8", measured, "calls")
    every = sorted((of, n, compiler) for compiler, by_n in plain.items() for n, of in by_n.items())
    most, at, where = every[-1]
    three = [by_n[3] for by_n in plain.values() if 3 in by_n]
    sentence = f"Without optimisation X0 checked takes at most {most:.2f} times as long as X1 ({where}, n = {at})" + (
        f", and {_range(three)} times with three arguments." if three else "."
    )
    state: State = "holds" if most < MUCH else "in part" if every[0][0] < MUCH else "does not hold"
    return _answer("C8", state, lines, sentence)


def share(measured: Measured) -> Answer:
    """C9: from which size on the call is negligible, for each operator, by the checked convention."""
    lines: list[str] = []
    first: dict[str, list[int | None]] = {}
    largest: dict[str, list[float]] = {}
    for cost in measured.calls:
        parts = []
        for operator in dict.fromkeys(one.operator for one in cost.operators if one.operator != NOTHING):
            curve = {
                one.size: one.share
                for one in cost.operators
                if (one.operator, one.route) == (operator, X0) and one.share is not None
            }
            if not curve:
                continue
            small = next((size for size in sorted(curve) if curve[size] < NEGLIGIBLE), None)
            first.setdefault(operator, []).append(small)
            largest.setdefault(operator, []).append(curve[min(curve)])
            told = ", ".join(f"{per_cent(curve[at])} at {size_text(at)}" for at in _ends(curve))
            parts.append(f"{operator} {told}")
        if parts:
            lines.append(f"{cost.compiler}, X0 checked: {'; '.join(parts)}")
    if not first:
        return unmeasured("C9", measured, "calls")
    from_where = [
        f"for {operator} from {size_text(max(size for size in sizes if size is not None))} on"
        for operator, sizes in first.items()
        if None not in sizes
    ]
    never = [operator for operator, sizes in first.items() if None in sizes]
    most = max(share for shares in largest.values() for share in shares)
    sentence = (
        f"The call takes less than 1 % of the whole {', '.join(from_where)}" if from_where else "No size gives 1 %"
    )
    sentence += f", at no measured size for {' and '.join(never)}" if never else ""
    sentence += f"; in front of the smallest tensors it takes up to {per_cent(most)}."
    return _answer("C9", "in part" if most >= NEGLIGIBLE else "holds", lines, sentence)


def _ends(curve: dict[int, float]) -> list[int]:
    sizes = sorted(curve)
    return list(dict.fromkeys((sizes[0], sizes[len(sizes) // 2], sizes[-1])))


def _slopes(cost: CallCost) -> str:
    x0, x1 = cost.slope(X0), cost.slope(X1)
    return "" if x0 is None or x1 is None else f"a further argument costs {x0:.2f} ns in X0, {x1:.2f} ns in X1"


def _range(values: Iterable[float]) -> str:
    numbers = sorted(values)
    low, high = f"{numbers[0]:.2f}", f"{numbers[-1]:.2f}"
    return low if low == high else f"{low} to {high}"


def _answer(claim: str, state: State, lines: Iterable[str], sentence: str) -> Answer:
    return Answer(CLAIMS[claim], state, tuple(lines), sentence)
