"""Builds the drawn calls with each detector, makes every call in a process of its own, and takes down how it ended."""

from __future__ import annotations

import re
import resource
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.detectors.catalogue import DETECTORS, ENVIRONMENT, EXIT, Detector
from conformance.detectors.mistakes import draw
from conformance.detectors.program import COLUMNS, call_lines, render
from conformance.detectors.result import DetectorComparison, End, MeasuredDetector, UnmeasuredDetector
from conformance.model.case import Case
from conformance.subjects.manifest import BuiltSubject, load_subject
from conformance.toolchain import Compiler, ToolchainError, process, resolve
from conformance.toolchain.errors import CompileError
from conformance.toolchain.fixtures import root

SUBJECT = "reference"

_TIMEOUT = 600.0
_REJECTED = 3
_TURNS = 3
_SECONDS = 0.03
"""Processor time of the program without a detector, from which the rounds of a timing are worked out."""

_WARNING = re.compile(r"^callers\.c:(\d+):\d+: warning: ", re.MULTILINE)
_DECLARATION = re.compile(r"^callers\.c:\d+:\d+: warning: type of '(direct|x1|x0)_(\d+)'", re.MULTILINE)
_MOST_OUTPUT = 8 << 20

Tell = Callable[[str], None]


class _DrawnCalls:
    """The drawn calls as C, in a folder of their own."""

    def __init__(self, cases: Sequence[Case], subject: BuiltSubject, folder: Path) -> None:
        self.cases = cases
        self.folder = folder
        self.texts = render(cases)
        templates = root() / "templates" / "detectors"
        for name, text in self.texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        for name in ("program.c", "program.h"):
            shutil.copyfile(templates / name, folder / name)
        self._sources = (*("callers.c", "callees.c", "program.c"), *map(str, subject.sources))
        self._include = subject.binding.parent
        self.lines = call_lines(self.texts["callers.c"])

    def build(self, compiler: Compiler, defines: Sequence[str], name: str) -> tuple[str, float]:
        """Compiles and links to `folder/name`; what was said, and the processor seconds. Raises CompileError."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = _run(
            compiler,
            [*compiler.command, "-std=gnu99", "-g", "-I.", f"-I{self._include}", *(f"-D{word}" for word in defines),
             *self._sources, "-o", name, *compiler.flags, "-pthread", "-lm"],
            self.folder,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if ended.code != 0:
            raise CompileError(compiler.id, ended.output or f"error: exit code {ended.code}")
        return ended.output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(seed: int, per_class: int, names: Sequence[str], tell: Tell) -> DetectorComparison:
    """Asks the detectors of these names, or all, about the calls that `seed` draws.

    Raises ToolchainError for a detector that was named and is not to be had, and where there is no compiler at all.
    """
    subject = load_subject(SUBJECT)
    cases = draw(subject, seed, per_class)
    calls = dict(Counter(case.mismatch.cls for case in cases))
    measured, missing = [], []
    with tempfile.TemporaryDirectory(prefix="abi-detectors-") as folder:
        drawn = _DrawnCalls(cases, subject, Path(folder))
        plain = _without(drawn)
        for detector in DETECTORS:
            if names and detector.name not in names:
                continue
            tell(detector.name)
            try:
                measured.append(_measure(drawn, detector))
            except ToolchainError as error:
                if names:
                    raise
                missing.append(UnmeasuredDetector(detector, str(error)))
    return DetectorComparison(seed, calls, plain, tuple(measured), tuple(missing))


def _without(drawn: _DrawnCalls) -> MeasuredDetector:
    detector = Detector("none", "the program as it is", "run", ("gcc", "clang"))
    compiler = _compiler(detector)
    drawn.build(compiler, ("PLAIN",), "plain")
    return MeasuredDetector(detector, compiler.spec, compiler.version, Counter(_ends(drawn, detector, "plain")))


def _measure(drawn: _DrawnCalls, detector: Detector) -> MeasuredDetector:
    """One detector. Raises ToolchainError where it is not to be had."""
    compiler = _compiler(detector)
    if detector.launcher and shutil.which(detector.launcher[0]) is None:
        raise CompileError(
            compiler.id, f"{detector.launcher[0]} is not installed; run apt install {detector.launcher[0]}"
        )
    said, seconds = drawn.build(compiler, detector.defines, "program")
    without = resolve(f"{compiler.spec.partition(':')[0]}:{detector.level}")
    _, before = drawn.build(without, ("PLAIN",), "without")
    build = seconds / before if detector.flags and before else 0.0
    if detector.when == "run":
        ends = _ends(drawn, detector, "program")
        slowdown = {} if detector.by_codes else _slowdown(drawn, detector)
    else:
        ends, slowdown = _warned(drawn, detector, said), {}
    return MeasuredDetector(detector, compiler.spec, compiler.version, Counter(ends), slowdown, build)


def _compiler(detector: Detector) -> Compiler:
    """The first of a detector's compilers that is installed and takes its flags. Raises ToolchainError."""
    missing: ToolchainError | None = None
    for name in detector.compilers:
        try:
            return resolve(f"{name}:{' '.join((detector.level, *detector.flags))}")
        except ToolchainError as error:
            missing = missing or error
    assert missing is not None
    raise missing


def _run(compiler: Compiler, argv: Sequence[str], folder: Path) -> process.Finished:
    try:
        ended = process.run(
            argv, timeout=_TIMEOUT, cwd=folder, env=process.environment({**ENVIRONMENT, "TMPDIR": str(folder)}),
            keep=_MOST_OUTPUT,
        )  # fmt: skip
    except OSError as error:
        raise CompileError(compiler.id, f"error: {argv[0]} cannot be started: {error.strerror}") from error
    if ended.timed_out:
        raise CompileError(compiler.id, f"error: no end after {_TIMEOUT:g} s", "hung")
    return ended


def _program(detector: Detector, folder: Path, *argv: str) -> process.Finished:
    launcher = [word.replace("{folder}", str(folder)) for word in detector.launcher]
    argv = (*launcher, *argv)
    return process.run(argv, timeout=_TIMEOUT, cwd=folder, env=process.environment(ENVIRONMENT), keep=_MOST_OUTPUT)


def _ends(drawn: _DrawnCalls, detector: Detector, name: str) -> Iterator[tuple[str, str, End]]:
    """How every call ended. Raises CompileError where the program does not run."""
    reports = drawn.folder / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    ended = _program(detector, reports, str(drawn.folder / name), str(reports))
    told: dict[tuple[int, int], tuple[int, int]] = {}
    for line in ended.output.splitlines():
        words = line.split()
        if len(words) == 4 and all(word.lstrip("-").isdecimal() for word in words):
            number, column, child, status = map(int, words)
            told[number, column] = child, status
    if ended.code not in (0, EXIT) or len(told) != len(drawn.cases) * len(COLUMNS):
        raise CompileError(detector.name, f"the program does not run: {ended.output[:300] or ended.code}")
    for (number, column), (child, status) in sorted(told.items()):
        report = _text(reports / f"{number}-{column}") + _text(reports / f"valgrind.{child}")
        yield COLUMNS[column], drawn.cases[number].mismatch.cls, _end(detector, status, report)


def _end(detector: Detector, status: int, report: str) -> End:
    """How a call ended whose process ended with `status` (negative: by that signal) and left a report."""
    spoke = bool(detector.report) and re.search(detector.report, report) is not None
    if status == EXIT and spoke:
        return "caught"
    if status < 0 and -status in detector.signals and (spoke or not detector.report):
        return "caught"
    if status == _REJECTED:
        return "rejected"
    return "silent" if status == 0 else "crashed"


def _warned(drawn: _DrawnCalls, detector: Detector, said: str) -> Iterator[tuple[str, str, End]]:
    """Which calls a compiler or a linker warned of."""
    if detector.when == "compile":
        lines = [int(line) for line in _WARNING.findall(said)]
        warned = {drawn.lines[line] for line in lines if line in drawn.lines}
    else:
        names = {"x0": "X0", "x1": "X1", "direct": "direct"}
        warned = {(int(number), names[column]) for column, number in _DECLARATION.findall(said)}
    for number, case in enumerate(drawn.cases):
        for column in COLUMNS:
            yield column, case.mismatch.cls, "caught" if (number, column) in warned else "silent"


def _slowdown(drawn: _DrawnCalls, detector: Detector) -> dict[str, float]:
    """The processor time of matched calls by column, as a multiple of the program's without the detector.

    Both are timed in turns; of each the fastest turn counts.
    """
    plain = Detector("none", "", "run", ())
    out = {}
    for column, name in enumerate(COLUMNS):
        rounds = max(1, int(100 * _SECONDS / max(_seconds(drawn, plain, "without", column, 100), 1e-6)))
        if detector.launcher:
            rounds = max(1, rounds // 20)
        turns = [
            (_seconds(drawn, detector, "program", column, rounds), _seconds(drawn, plain, "without", column, rounds))
            for _ in range(_TURNS)
        ]
        slow, fast = (min(times) for times in zip(*turns, strict=True))
        if fast > 0 and slow > 0:
            out[name] = slow / fast
    return out


def _seconds(drawn: _DrawnCalls, detector: Detector, name: str, column: int, rounds: int) -> float:
    """Processor seconds of the program's own clock; 0 where a matched call did not come through."""
    ended = _program(detector, drawn.folder, str(drawn.folder / name), "--time", str(column), str(rounds))
    found = re.search(r"^\d+\.\d+$", ended.output, re.MULTILINE)
    return float(found[0]) if ended.code == 0 and found else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
