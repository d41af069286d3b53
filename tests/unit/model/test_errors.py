from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil

import pytest

import conformance
from conformance.cli import main
from conformance.findings import replay
from conformance.model.errors import UserError
from conformance.model.option import OptionError
from conformance.toolchain.errors import CompileError

FAULTS = {
    "HarnessError", "NotBuilt", "Nonconforming", "ProcessError", "DeclareError", "WorkerError", "CannotGoOn",
    "CompileRefused", "WrongAnswer", "NoReproducerError", "Undeclarable", "Unspeakable", "CallError", "NoCounters",
    "Interrupted", "SchemaError", "NotEmitted", "RunFailed",
}  # fmt: skip
"""Exceptions that never leave the package but as the suite's own fault: whoever calls has an answer to them."""


def raised() -> dict[str, type[BaseException]]:
    """The exceptions that the package has, those of its own use in one module apart."""
    found = {}
    for info in pkgutil.walk_packages(conformance.__path__, "conformance."):
        if info.name.startswith(("conformance.suite", "conformance.__main__")):
            continue
        for name, cls in vars(importlib.import_module(info.name)).items():
            is_error = inspect.isclass(cls) and issubclass(cls, BaseException) and not issubclass(cls, Warning)
            if is_error and cls.__module__.startswith("conformance.") and not name.startswith("_"):
                found[name] = cls
    return found


def test_whatever_a_user_can_mend_has_one_base_class() -> None:
    others = {name for name, cls in raised().items() if not issubclass(cls, UserError)}
    assert others == FAULTS
    assert {"OptionError", "SubjectError", "RulesError", "GateError", "ReportError"} <= set(raised()) - others


@pytest.mark.parametrize("code", [4, 5])
def test_every_command_tells_it_in_one_sentence_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    class FreshError(UserError):
        exit_code = code

    def refuse(*_: object) -> None:
        raise FreshError("the moon is full; wait a day")

    monkeypatch.setattr(replay, "replay", refuse)
    assert main(["replay", "c7f3a1"]) == code
    assert capsys.readouterr() == ("", "ERROR: the moon is full; wait a day\n")


def test_any_other_exception_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no sentence for a user")

    monkeypatch.setattr(replay, "replay", fail)
    assert main(["replay", "c7f3a1"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_error_survives_the_way_out_of_a_process() -> None:
    error = pickle.loads(pickle.dumps(CompileError("gcc", "no such file", "hung")))
    assert str(error) == "gcc did not end in time: no such file"
    assert str(pickle.loads(pickle.dumps(OptionError("--seed x: no")))) == "--seed x: no"
