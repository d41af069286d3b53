"""What a sanitizer says of a call, in a few words, and what is judged of it."""

from __future__ import annotations

import pytest

from conformance.model.observation import Ended, Observation
from conformance.oracle.fault import fault
from conformance.oracle.reported import told
from tests.unit.oracle.test_judge import judged

ASAN = """ERROR: AddressSanitizer: use-after-poison on address 0x7f29524feff0
READ of size 8 at 0x7f29524feff0 thread T0
#0 unpacked_35 in callees.so"""


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (ASAN, "AddressSanitizer: use-after-poison, READ of size 8"),
        (
            "ERROR: AddressSanitizer: attempting double-free on 0x60 in thread T0:",
            "AddressSanitizer: attempting double-free",
        ),
        (
            "ERROR: AddressSanitizer: memcpy-param-overlap: memory ranges [0x1,0x2)",
            "AddressSanitizer: memcpy-param-overlap",
        ),
        ("WARNING: MemorySanitizer: use-of-uninitialized-value", "MemorySanitizer: use-of-uninitialized-value"),
        (
            "callees.c:33:12: runtime error: load of value 2, which is not a valid value for type '_Bool'",
            "UndefinedBehaviorSanitizer: load of value 2, which is not a valid value for type '_Bool'",
        ),
        (
            "a.c:1:2: runtime error: load of misaligned address 0x7ffc1 for type 'int', which needs 4 bytes",
            "UndefinedBehaviorSanitizer: load of misaligned address for type 'int', which needs 4 bytes",
        ),
        ("", "a sanitizer"),
    ],
)
def test_a_report_is_told_without_addresses(report: str, words: str) -> None:
    assert told(report) == words


@pytest.mark.parametrize(("region", "verdict"), [("access", "overrun"), ("", "crashed")])
def test_memory_that_is_nobodys_is_an_overrun_and_the_rest_a_crash(region: str, verdict: str) -> None:
    judgement = judged("match", Observation(-1, ended=Ended("reported", region=region, message=ASAN)))
    assert (judgement.verdict, judgement.conforms, judgement.place) == (verdict, False, "@call")
    assert judgement.observed == "stopped by AddressSanitizer: use-after-poison, READ of size 8"
    assert judgement.evidence == tuple(ASAN.splitlines())


def test_without_a_sanitizer_there_is_no_evidence() -> None:
    assert judged("match", Observation(-1, ended=Ended("died", 6, message="words"))).evidence == ()


def test_two_reports_of_one_sanitizer_are_the_same_way_to_go_wrong() -> None:
    one = judged("match", Observation(-1, ended=Ended("reported", region="access", message=ASAN)))
    other = judged("match", Observation(-1, ended=Ended("reported", region="access", message=ASAN.replace("7f", "6e"))))
    assert fault(one) == fault(other) is not None
