"""What one release of TVM emits, called with the libraries of another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.model.case import Case, Mismatch
from conformance.model.signature import parse_signature
from conformance.model.subject import LOAD, Call, Headers, Reply, Slot, SubjectUnavailable
from conformance.model.value import Value
from conformance.rules.load import load
from conformance.transport.process.client import Died, Request, Response, SubjectProcess
from tests import tvm_releases
from tests.unit.subjects.expectations import with_expectation

pytestmark = [tvm_releases.needs_tvm, pytest.mark.compiler("gcc")]

RULES = load("tvm-emitted")
CLASSES = {"TvmLlvm": "", "TvmC": "gcc:-O1"}
"""The subjects, and the compiler of what has a choice."""


@contextmanager
def process(cls: str, emitted: Headers, runtime: Headers) -> Iterator[SubjectProcess]:
    target = f"conformance.subjects.tvm.compiler:{cls}"
    with SubjectProcess(target, (str(runtime.folder),), CLASSES[cls], built=(emitted, emitted)) as found:
        yield found


def called(subject: SubjectProcess, signature: str, *slots: Slot) -> Response:
    batch = subject.declare([parse_signature(signature)])
    assert batch.refused == (None,)
    return subject.run(batch, [Request(0, Call(slots, result=Value("i64", 9)))], 2000)[0]


def slot(kind: str, bits: int = 0) -> Slot:
    return Slot(RULES.code(kind), Value(kind, bits))


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Headers:
    return tvm_releases.made(tmp_path_factory.mktemp("alike"), "98.0")


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Headers:
    return tvm_releases.made(tmp_path_factory.mktemp("lacking"), "99.0", lacks=tvm_releases.NEEDED)


@pytest.mark.parametrize("cls", CLASSES)
def test_what_one_release_emits_another_that_is_alike_runs(cls: str, alike: Headers) -> None:
    emitted = tvm_releases.installed()
    with process(cls, emitted, alike) as subject:
        about = subject.about
        assert about.sides[0] == "wire" and about.sides[1].endswith(f"@{emitted.version}")
        assert (about.version, about.versions["emitted with apache-tvm"]) == ("98.0", emitted.version)
        assert subject.unloadable() == ()
        accepted = called(subject, "(i64, f32) -> i64", slot("i64", 7), slot("f32", 0x3FC00000))
        assert isinstance(accepted, Reply)
        assert accepted.saw == (Value("i64", 7), Value("f32", 0x3FC00000))
        assert (accepted.status, accepted.ret) == (0, Value("i64", 9))
        rejected = called(subject, "(i64) -> none", slot("handle", 8))
        assert isinstance(rejected, Reply) and rejected.status != 0 and "argument #0" in rejected.error


@pytest.mark.parametrize("cls", CLASSES)
def test_a_symbol_that_the_runtime_lacks_is_named_and_missed_when_it_is_called(cls: str, lacking: Headers) -> None:
    emitted = tvm_releases.installed()
    with process(cls, emitted, lacking) as subject:
        assert subject.unloadable() == (
            f"{tvm_releases.NEEDED}, asked for by the callees built against {emitted.version}",
        )
        assert called(subject, "(i64) -> none", slot("handle", 8)) == Died(0, 127)
        accepted = called(subject, "(i64) -> none", slot("i64", 7))
        assert isinstance(accepted, Reply) and accepted.saw == (Value("i64", 7),)


def test_callees_are_as_the_release_emits_them_that_is_named(tmp_path: Path) -> None:
    emitted = tvm_releases.made(tmp_path, "98.1", checks=False)
    with process("TvmC", emitted, tvm_releases.installed()) as subject:
        let_through = called(subject, "(i64) -> none", slot("handle", 8))
        assert isinstance(let_through, Reply) and let_through.saw == (Value("i64", 8),)


def test_what_a_release_cannot_declare_is_refused_and_holds_up_nothing_else(alike: Headers) -> None:
    texts = "(str) -> none", "(i64) -> none", "(tensor(f32,2,device=2:0)) -> none", "(i64) -> tensor"
    with process("TvmLlvm", tvm_releases.installed(), alike) as subject:
        refused = subject.declare([parse_signature(text) for text in texts]).refused
        assert [why is None for why in refused] == [False, True, False, False]


def test_a_release_that_does_not_load_is_one_sentence(tmp_path: Path, alike: Headers) -> None:
    (tmp_path / "tvm").mkdir()
    (tmp_path / "tvm" / "__init__.py").write_text("raise OSError('undefined symbol: Stringify')\n")
    with (
        pytest.raises(SubjectUnavailable, match=r"^apache-tvm 97.0 emits nothing here: .* \(undefined symbol"),
        process("TvmLlvm", Headers("97.0", tmp_path), alike),
    ):
        pass


def test_a_runtime_that_does_not_load_is_one_sentence(tmp_path: Path) -> None:
    runtime = tvm_releases.made(tmp_path, "97.0", lacks="TVMFFIErrorMoveFromRaised")
    with (
        pytest.raises(SubjectUnavailable, match=r"the runtime of apache-tvm 97.0 does not load \(.*undefined symbol"),
        process("TvmLlvm", tvm_releases.installed(), runtime),
    ):
        pass


def reproducer(subject: SubjectProcess, what: str, emitted: Headers, runtime: Headers) -> dict[str, str]:
    """The files of a call that is rejected, or of a side that is loaded."""
    if what == "load":
        return subject.exchange_reproducer(LOAD, 0, "local", emitted, emitted, runtime, "")
    declared, passed = parse_signature("(i64) -> none"), parse_signature("(handle) -> none")
    wrong = Mismatch("type", 0, "i64", "handle")
    call = Case("SKEW", "packed", *subject.about.sides, passed, declared, wrong, (Value("handle", 8),))
    return subject.reproducer(with_expectation(call, RULES))


@pytest.mark.parametrize("what", ["call", "load"])
@pytest.mark.parametrize("cls", CLASSES)
def test_a_reproducer_fails_on_the_pair_and_passes_on_the_diagonal(
    cls: str, what: str, lacking: Headers, alike: Headers, tmp_path: Path
) -> None:
    emitted = tvm_releases.installed()
    with process(cls, emitted, lacking) as subject:
        (text,) = reproducer(subject, what, emitted, lacking).values()
    (tmp_path / f"apache-tvm-{emitted.version}").symlink_to(emitted.folder)
    runtime = tmp_path / "apache-tvm-99.0"
    for meant, status in ((lacking, 1), (alike, 0)):
        runtime.unlink(missing_ok=True)
        runtime.symlink_to(meant.folder)
        (tmp_path / "reproduce.py").write_text(text)
        ended = subprocess.run(
            [sys.executable, "reproduce.py"], cwd=tmp_path, env={"PACKAGES": ".", "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == status, ended.stdout + ended.stderr
        diagonal, pair = ended.stdout.split("\nemitted by ")[1:]
        assert "the bug does not show" in diagonal
        assert ("exited with status 127" in pair or tvm_releases.NEEDED in pair) == bool(status)
