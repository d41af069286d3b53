"""Libraries in Python that stand in for a runtime's in the audit's process: functions that do as they are told."""

from __future__ import annotations

import os
import signal
import time

from conformance.model.subject import Call, Reply, Slot
from conformance.model.value import Value
from conformance.subjects.audited import AuditedFunction, AuditError, LibraryInfo, Parameter, WrongValue

INT, FLOAT, TEXT = Slot(1, Value("i64", 1)), Slot(3, Value("f64", 0)), Slot(65, Value("str", data=b"text"))
WRONG = WrongValue("float", FLOAT), WrongValue("str", TEXT)
PARAMETER = Parameter("int", INT, True, WRONG)
STAND_IN = Parameter("acme.Thing", Slot(130, Value("stand_in", data=b"acme.Thing")), False, ())


def function(name: str, *parameters: Parameter, control: bool = False) -> AuditedFunction:
    return AuditedFunction(name, "registered", name, parameters, control=control)


class Pretend:
    """Functions of integers. The name of a function says what it does of what it should reject."""

    def __init__(self, what: str) -> None:
        if what == "gone":
            raise AuditError("there is nothing")
        functions = [function(name, PARAMETER) for name in what.split("+")]
        self.info = LibraryInfo("1.0", tuple(functions), signal.SIGBUS, INT, WRONG)
        self.callees = tuple(each.name for each in functions)

    def call(self, callee: str, call: Call) -> Reply:
        """Does as the callee's name says where the call is wrong."""
        if [slot.code for slot in call.slots] == [1]:
            return Reply(0)
        if callee == "hangs":
            time.sleep(60)
        if callee == "floats" and [slot.code for slot in call.slots] == [3]:
            return Reply(0)
        if callee == "raises":
            raise ValueError("the adapter's own")
        if callee == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        return Reply(-1, "expected 1 argument, an int", "TypeError")


class Converting(Pretend):
    """A runtime that converts floats itself: its control does, and one of another type dies of texts."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        controls = function("floats", PARAMETER, control=True), function("dies", PARAMETER, control=True)
        self.info = LibraryInfo("1.0", (*self.info.functions, *controls), signal.SIGBUS, INT, WRONG)
        self.callees = (*self.callees, "floats", "dies")
