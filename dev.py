#!/usr/bin/env python3
"""One command for everything in this checkout, such as `python3 dev.py run` and `python3 dev.py test`.

Makes `.venv` with the locked requirements when it is not there or the lock has changed, then runs the command in it.
Needs nothing but Python 3.11 or newer with the venv module. What follows the command is passed through.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "abi-conformance.stamp"
LOCK = ROOT / "requirements.lock"
LOCK_HEAD = "# Every package of the development environment, for Python 3.11 and newer, with hashes: make lock\n"

COMMANDS = {
    "run": "the main job: the suite against the reference, or what --subject names",
    "test": "all tests, on all cores (arguments go to pytest)",
    "seeds": "the tests of the broken subjects with seeds 1 to 10",
    "mutants": "the reference broken in many ways, and how many of the breaks a run finds (--seed, --count)",
    "lint": "ruff, its formatter, mypy, import directions, clang-format",
    "coverage": "how much of the rooms with rules and data their unit tests reach; fails below the floor",
    "pair": "two compilers, named as in gcc12-clang16, each calling the other",
    "sanitize": "the runner and the reference under ASan and UBSan, and clang-tidy",
    "release": "whether a release would work: what is built is installed and tried, on every Python that is found",
    "docs": "write the pages of docs/ again that are made from the code",
    "docs-site": "build the documentation as a site, in build/docs; a warning fails it",
    "setup": "only make the environment",
    "lock": "write requirements.lock again from pyproject.toml",
}

PAGES = {
    "checks": "checks.page",
    "options": "cli.options_page",
    "result": "cli.result_page",
    "words": "cli.words_page",
}
"""The pages of docs/ that are made from the code, and the modules that print them."""


def stop(message: str) -> int:
    """One sentence on standard error, and the exit code of bad usage."""
    print(f"ERROR: {message}", file=sys.stderr)
    return 4


def wanted_stamp() -> str:
    """What the environment depends on: the lock, the project file, this interpreter, and where the checkout lies."""
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), os.fsencode(ROOT)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def set_up() -> None:
    """Make `.venv` unless it is as it should be; the stamp goes first and comes last, so an interruption is mended."""
    with Path(__file__).open() as me:
        fcntl.flock(me, fcntl.LOCK_EX)  # two of these at once: the second waits, and finds it done
        stamp = wanted_stamp()
        if STAMP.is_file() and STAMP.read_text() == stamp and PYTHON.exists():
            return
        print("setting up .venv (once) …", file=sys.stderr, flush=True)
        STAMP.unlink(missing_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]  # -qq: errors only
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
        STAMP.write_text(stamp)


def call(*argv: str, **environment: str) -> int:
    """Run a module of the environment from the checkout; its exit code.

    Bytecode is kept whatever the environment says: tests start many processes, which would all compile the package.
    """
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
    clean = {name: value for name, value in os.environ.items() if name not in unwanted}
    try:
        return subprocess.call([str(PYTHON), "-m", *argv], cwd=ROOT, env={**clean, **environment})
    except KeyboardInterrupt:
        return 2


def program(name: str, *argv: str) -> int:
    """Run a program of the environment from the checkout; its exit code."""
    return subprocess.call([str(PYTHON.parent / name), *argv], cwd=ROOT)


def c_files() -> list[Path]:
    """The C and C++ that is written by hand and compiled as it is: the runner, the references, the stubs' interface."""
    folders = [ROOT / "c_fixtures" / name for name in ("harness", "reference", "include/abi")]
    suffixes = (".c", ".h", ".cc", ".hpp")
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes)


def sanitize(*pytest_args: str) -> int:
    """Run the tests of the runner, and the checks of packed and unpacked calls of the reference, under ASan and UBSan.

    Of the tests: faults are provoked on purpose, so signals stay with the runner's own handlers; a child has no
    standard error, so reports go to files, and each counts as a failure. Left out is the one in which a stub frees
    twice: ASan ends it. The run has a runner of its own, and a report is a finding.
    """
    compiler = next((name for name in ("gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        return stop("sanitizers need gcc or clang; install one (apt-get install gcc libc6-dev)")
    flags = "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
    with tempfile.TemporaryDirectory() as folder:
        runner, reports = Path(folder) / "runner", Path(folder) / "reports"
        reports.mkdir()
        main = [str(path) for path in c_files() if path.parent.name == "harness" and path.suffix == ".c"]
        warnings = ("-std=gnu99", "-Wall", "-Wextra", "-Werror")
        built = subprocess.call([compiler, *warnings, *flags.split(), "-o", str(runner), *main, "-pthread", "-ldl"])
        if built:
            return built
        signals = ":".join(f"handle_{name}=0" for name in ("segv", "sigbus", "sigill", "sigfpe", "abort"))
        environment = {
            "ABI_CONFORMANCE_RUNNER": str(runner),
            "ASAN_OPTIONS": f"log_path={reports}/asan:{signals}:use_sigaltstack=0:detect_leaks=0:"
            "detect_stack_use_after_return=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": f"log_path={reports}/ubsan:print_stacktrace=1",
        }
        tests = [f"tests/unit/transport/compiled/test_{name}.py" for name in ("calls", "faults", "modes", "worker")]
        codes = [
            call("pytest", "-q", "-n", "2", *tests, "-k", "not double_free", *pytest_args, **environment),
            call(
                "conformance", "run", "--compiler", f"{compiler}:-O1 -fsanitize=address,undefined", "--check", "X?-*",
                "--max-examples", "2", "--report-dir", str(Path(folder) / "run"), "--waivers", "none", "--quiet",
            ),
        ]  # fmt: skip
        for report in sorted(reports.iterdir()):
            print(report.read_text(errors="replace"), file=sys.stderr)
            codes.append(1)
    return max(*codes, tidy())


def pair(names: str = "", *rest: str) -> int:
    """Run the suite, as this Python has it, on two compilers that call each other.

    `gcc12` is gcc-12, as a factor of tox has to write it.
    """
    specs = [re.sub(r"^(gcc|clang)([0-9]+)$", r"\1-\2", name) for name in names.split("-")]
    if len(specs) != 2:
        return stop(f"{names!r} does not name two compilers; write them as in gcc12-clang16")
    caller, callee = specs
    pairs = "--pair", f"{caller}/{callee}", "--pair", f"{callee}/{caller}"
    return subprocess.call([sys.executable, "-m", "conformance", "run", *pairs, *rest], cwd=ROOT)


def tidy() -> int:
    """Run clang-tidy, where it is installed, over all C files that are compiled as they are."""
    found = shutil.which("clang-tidy")
    if found is None:
        print("clang-tidy: left out, it is not installed (apt-get install clang-tidy)", file=sys.stderr)
        return 0
    sources = [str(path) for path in c_files() if path.suffix == ".c"]
    flags = ("-std=gnu99", f"-I{ROOT / 'c_fixtures' / 'include'}")
    ended = subprocess.run([found, "--quiet", *sources, "--", *flags], cwd=ROOT, capture_output=True, text=True)
    print(ended.stdout, end="")
    return ended.returncode


def main(argv: list[str]) -> int:
    """Do one command."""
    if sys.version_info < (3, 11):
        return stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}; try python3.11 dev.py …")
    if not argv or argv[0] in ("-h", "--help"):
        print(__doc__)
        print("\n".join(f"  {name:<8} {what}" for name, what in COMMANDS.items()))
        return 0
    command, rest = argv[0], argv[1:]
    if command not in COMMANDS:
        return stop(f"no command {command!r}; there are {', '.join(COMMANDS)}")
    if command == "pair":  # in an environment of tox, which has what it needs
        return pair(*rest)
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        return stop(
            f"setting up .venv failed at: {' '.join(error.cmd)}; mend what it said above and repeat "
            "(a missing venv module: apt-get install python3-venv)"
        )
    # Few tests a time for each process: the long ones come first, and would all be one process's.
    parallel = [] if any(arg.startswith("-n") for arg in rest) else ["-n", "auto", "--maxschedchunk", "4"]
    if command == "run":
        return call("conformance", "run", *rest)
    if command == "test":
        return call("pytest", *parallel, *rest)
    if command == "release":
        return call("pytest", "tests/release", *rest, ABI_TEST_RELEASE="1")
    if command == "seeds":
        return call("pytest", *parallel, "tests/broken", "tests/called", *rest, ABI_TEST_SEEDS="10")
    if command == "lint":
        formatted = [
            str(path) for path in c_files() if path.name != "packed.c"
        ]  # whose macros are told apart by layout
        return max(
            call("ruff", "check", "."),
            call("ruff", "format", "--check", "."),
            call("mypy"),
            program("lint-imports", "--no-logo"),
            program("clang-format", "--dry-run", "-Werror", *formatted),
        )
    if command == "mutants":
        pip = ("pip", "--disable-pip-version-check", "-qq", "install", "--no-deps", "--require-hashes")
        return call(*pip, "-r", "benchmarks/mutants/requirements.txt") or call("benchmarks.mutants", *rest)
    if command == "coverage":
        rooms = ("checks", "gate", "generation", "model", "oracle", "reports", "rules")
        code = call("coverage", "run", "-m", "pytest", "-q", *(f"tests/unit/{room}" for room in rooms), *rest)
        return code or call("coverage", "report")
    if command == "sanitize":
        return sanitize(*rest)
    if command == "docs":
        for name, module in PAGES.items():
            with (ROOT / "docs" / f"{name}.md").open("w") as page:
                subprocess.run([str(PYTHON), "-m", f"conformance.{module}"], cwd=ROOT, stdout=page, check=True)
    if command == "docs-site":
        return call("sphinx", "-W", "--keep-going", "-q", "docs", "build/docs", *rest)
    if command == "lock":
        return lock()
    return 0


def lock() -> int:
    """Resolve pyproject.toml for every Python from 3.11 on, with hashes (uv's resolver, from PyPI)."""
    flags = (
        "--universal --python-version 3.11 --generate-hashes --upgrade --extra dev --quiet --no-header --no-annotate"
    )
    code = call(
        "uv", "pip", "compile", *flags.split(), "--no-emit-index-url", "--no-emit-find-links",
        "pyproject.toml", "-o", str(LOCK),
    )  # fmt: skip
    if code == 0:
        LOCK.write_text(LOCK_HEAD + LOCK.read_text())
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(2)
