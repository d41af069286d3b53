"""Python as caller and as callee through cffi's API mode: an extension module in place of libffi."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.checks import CHECKS
from conformance.engine import sides as settling
from conformance.engine.carrier import UsageProblem
from conformance.engine.libraries import API_MODE, ApiMode, Libraries, Pair, python_headers
from conformance.engine.session import prepare
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.subjects.manifest import load_subject
from conformance.suite.requirement import requirements
from conformance.toolchain import fixtures
from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import resolve
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.client import Worker, WorkerError
from conformance.transport.compiled.dynamic import Dynamic

from .test_dynamic import SIGNATURES, built, plain, run, same_as_native, same_in_threads  # noqa: F401
from .tiny import op

BROKEN = fixtures.root() / "broken"
PAIRS = [("api", "callees"), ("callers", "api"), ("api", "api"), ("api", "python")]


def libraries(worker: Worker, folder: Path) -> Libraries:
    toolchain = Toolchain(Cache(folder), worker)
    return Libraries(load_subject("reference"), toolchain, resolve("tcc"), ApiMode(resolve("gcc"), worker.module_text))


@pytest.fixture(scope="module")
def sides(worker: Worker, built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:  # noqa: F811
    made = libraries(worker, tmp_path_factory.mktemp("cache"))
    return {**built, "api": made.module((built["runtime"],), len(SIGNATURES))}


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("who", PAIRS, ids="-".join)
@pytest.mark.parametrize("signature", [0, 1, 2, 3, 5])
def test_it_sees_and_says_what_compiled_stubs_do(
    worker: Worker, sides: dict[str, Path], who: tuple[str, str], signature: int
) -> None:
    same_as_native(worker, sides, who, signature)


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("who", PAIRS[:2], ids="-".join)
def test_a_matched_and_a_mismatched_call(worker: Worker, sides: dict[str, Path], who: tuple[str, str]) -> None:
    # (i64, f64) is called as it is declared, then with the codes and values of (str, bytes, ...).
    ran = run(worker, sides, who, 5, [op(result=5), op(caller=4, result=5), op(codes={1: 0}, result=5)])
    assert [case.outcome for case in ran.cases] == [m.ACCEPTED, m.REJECTED, m.REJECTED]
    assert [value for value, _ in ran[0].args] == [(10).to_bytes(8, "little"), bytes.fromhex("000000000000e03f")]
    assert ran[2].index == 1


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("who", PAIRS[:2], ids="-".join)
def test_threads(worker: Worker, sides: dict[str, Path], who: tuple[str, str]) -> None:
    same_in_threads(worker, sides, who)


@pytest.mark.compiler("gcc")
def test_an_exception_is_seen(worker: Worker, sides: dict[str, Path]) -> None:
    ran = run(worker, sides, ("callers", "api"), 1, [op(caller=0, convention=1, result=1)])
    assert ran[0].outcome == m.DIED


@pytest.mark.compiler("gcc")
def test_one_module_serves_other_signatures_and_comes_back(worker: Worker, sides: dict[str, Path]) -> None:
    before = run(worker, sides, ("api", "callees"), 5, [op(result=5)])
    other = Dynamic(sides["api"], (plain(SIGNATURES[2]),), True, api=True)
    assert worker.layout(other) == ()
    assert run(worker, sides, ("api", "callees"), 5, [op(result=5)]).cases == before.cases


def test_a_module_that_is_none(worker: Worker, built: dict[str, Path]) -> None:  # noqa: F811
    with pytest.raises(WorkerError, match="cannot load the module"):
        run(worker, {**built, "api": built["runtime"]}, ("api", "callees"), 3, [op()])


@pytest.mark.compiler("gcc")
def test_a_module_is_compiled_once_and_found_afterwards(worker: Worker, tmp_path: Path) -> None:
    tcc = resolve("tcc")
    pair = Pair(resolve(API_MODE), tcc)
    first = libraries(worker, tmp_path)
    first.sides(pair, SIGNATURES)
    starts = first.toolchain.starts
    first.sides(Pair(tcc, pair.caller), SIGNATURES[:3])
    assert first.toolchain.starts == starts + 1  # the callers; the module is the same for fewer signatures
    second = libraries(worker, tmp_path)
    assert second.sides(pair, SIGNATURES) == first.sides(pair, SIGNATURES)
    assert second.toolchain.starts == 0


def test_a_module_is_written_without_setuptools() -> None:
    program = (
        "import sys; sys.modules['setuptools'] = sys.modules['distutils'] = None\n"
        "from pathlib import Path\n"
        "from conformance.transport.compiled.api import module_text\n"
        "print(module_text(Path(sys.argv[1]), ('i8', 'str', 'tensor', 'device'), True, 1))\n"
    )
    root = fixtures.root()
    done = subprocess.run([sys.executable, "-c", program, root], capture_output=True, text=True, check=True)
    assert "PyInit_abi_dynamic" in done.stdout and "shim_unpack_tensor" in done.stdout
    assert str(root) not in done.stdout and "shim_pack_f64" not in done.stdout


def outcomes(subject: str) -> list[Outcome]:
    """What the check comes to on the two pairs with API mode."""
    session = prepare(RunOptions(subject=subject, compilers=("tcc",), checks=("DYNAMIC",), seed=0))
    found: list[Outcome] = []
    try:
        for requirement in requirements(session, list(CHECKS))[2:]:
            assert API_MODE in requirement.id
            try:
                requirement.hold(session, found.append)
            except AssertionError:
                assert found[-1].status == "fail"
    finally:
        session.close()
    assert len(found) == 2
    return found


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("subject", ["reference", "reference-unpacked"])
def test_the_reference_conforms(subject: str) -> None:
    for outcome in outcomes(subject):
        assert outcome.status == "pass" and outcome.judged == outcome.generated > 0, outcome.why


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(
    ("name", "verdict", "declared"),
    [("dynamic-caller", "false-alarm", "(i64) -> none"), ("dynamic-callee", "silent-wrong", "(f64) -> none")],
)
def test_what_is_broken_only_for_python_turns_red(name: str, verdict: str, declared: str) -> None:
    both = outcomes(str(BROKEN / name))
    assert sorted(outcome.status for outcome in both) == ["fail", "pass"]
    findings = [finding for outcome in both for finding in outcome.findings]
    assert (verdict, declared) in [(finding.verdict, finding.signature["declared"]) for finding in findings]
    assert all(finding.shrink["compiles"] <= 20 for finding in findings)


def test_where_no_module_can_be_compiled_there_are_no_such_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "python_headers", lambda: ())
    session = prepare(RunOptions(compilers=("tcc",), checks=("DYNAMIC",)))
    try:
        assert [pairs[0] for pairs in session.transport.groups_of_pairs("DYNAMIC")] == [
            ("dynamic", "tcc"),
            ("tcc", "dynamic"),
        ]
    finally:
        session.close()
    with pytest.raises(UsageProblem, match="apt install gcc python3-dev"):
        prepare(RunOptions(compilers=("tcc", API_MODE)))


def test_headers_that_are_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    assert python_headers() == ()
    (tmp_path / "Python.h").touch()
    assert python_headers() == (tmp_path,)
