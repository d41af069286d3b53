"""Makes plain C calls between two libraries, each call in a process of its own, and reads what both sides saw."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.direct.sides import Sides
from conformance.direct.values import going_in
from conformance.model.case import Case
from conformance.model.target import Target, runs_here
from conformance.toolchain import process
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import CompileError
from conformance.toolchain.launch import launcher

SECONDS = 2
"""After so long a call hangs; in an emulator three times as long."""

POISON = 0xC9C9_C9C9_C9C9_C9C9
"""The word that nobody has written."""

_OUTPUT = 32 << 20


@dataclass(frozen=True)
class Arrived:
    """What came of one call.

    `signal` is what ended it, 0 for nothing. `entered` and `returned` count how often the callee was entered and came
    back, `arguments` and `result` are the words that it and then the caller wrote down. `char_is_signed` is what the
    caller and the callee have it to be.
    """

    signal: int
    entered: int
    arguments: tuple[int, ...]
    returned: int
    result: tuple[int, ...]
    char_is_signed: tuple[bool, bool]

    @property
    def hung(self) -> bool:
        """Whether it made no progress."""
        return self.signal == signal.SIGALRM


def make(
    sides: Sides, caller: Compiler, callee: Compiler, target: Target, cases: Sequence[Case]
) -> list[Arrived | CompileError]:
    """What came of each case, called by one compiler's code in another one's; or why it cannot be built.

    Of a batch that a compiler refuses each half is tried again, but for one that keeps it busy without an end.
    """
    try:
        program = sides.program(target)[0]
    except CompileError as error:
        return [error] * len(cases)
    return _in_halves(sides, caller, callee, target, program, cases)


def _in_halves(
    sides: Sides, caller: Compiler, callee: Compiler, target: Target, program: Path, cases: Sequence[Case]
) -> list[Arrived | CompileError]:
    if not cases:
        return []
    try:
        return list(_made(sides, caller, callee, target, program, cases))
    except CompileError as error:
        if len(cases) == 1 or error.reason == "hung":
            return [error] * len(cases)
        half = len(cases) // 2
        return [
            *_in_halves(sides, caller, callee, target, program, cases[:half]),
            *_in_halves(sides, caller, callee, target, program, cases[half:]),
        ]


def _made(
    sides: Sides, caller: Compiler, callee: Compiler, target: Target, program: Path, cases: Sequence[Case]
) -> Sequence[Arrived | CompileError]:
    both = list(dict.fromkeys((case.passed, case.declared) for case in cases))
    numbers = {signatures: n for n, signatures in enumerate(both)}
    paths = sides.libraries(caller, callee, [passed for passed, _ in both], [declared for _, declared in both])
    seconds = SECONDS * (1 if runs_here(target) else 3)
    with tempfile.TemporaryDirectory(prefix="abi-direct-") as folder:
        calls = Path(folder) / "calls"
        calls.write_text("".join(_line(numbers[case.passed, case.declared], case) for case in cases))
        argv = [*launcher(target), str(program), *map(str, paths), str(calls), str(seconds)]
        ended = process.run(argv, timeout=60 + seconds * len(cases), cwd=Path(folder), keep=_OUTPUT)
    lines = ended.output.splitlines()
    if ended.code != 0 or len(lines) != len(cases) + 1:
        said = next((line for line in lines if line.startswith("direct calls: ")), f"exit code {ended.code}")
        raise CompileError(f"{caller.id}>{callee.id}", f"error: its sides cannot be loaded: {said}")
    signed = [word != "0" for word in lines[0].split()]
    return [_read(line, (signed[0], signed[1])) for line in lines[1:]]


def _line(number: int, case: Case) -> str:
    arguments = [word for value in case.payload for word in going_in(value)]
    result = list(going_in(case.result))
    numbers = [number, len(arguments), *arguments, len(result), *result]
    return " ".join(f"{one:x}" for one in numbers) + "\n"


def _read(line: str, char_is_signed: tuple[bool, bool]) -> Arrived:
    words = [int(word, 16) for word in line.split()]
    count = words[1]
    seen, out = words[2 : 2 + count], words[3 + count :]
    return Arrived(words[0], seen[0], tuple(seen[1:]), out[0], tuple(out[1:]), char_is_signed)
