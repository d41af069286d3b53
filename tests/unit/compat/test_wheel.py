from __future__ import annotations

from pathlib import Path

import pytest

from conformance.compat.wheel import RuntimeOutcome, WheelJudgement, judge_wheel
from conformance.compat.wheel_evidence import BuiltAgainst, Evidence
from conformance.compat.wheel_metadata import WheelError
from tests.unit.subjects.made import wheel

RELEASES = ("0.1.5", "0.1.6", "0.1.7", "0.1.8", "0.1.8.post1", "0.1.9", "0.1.10", "0.2.0")
BREAKS = RuntimeOutcome("breaks", ("an error is read past its end",))
WORKS = {version: BREAKS if version in ("0.1.5", "0.1.6", "0.2.0") else RuntimeOutcome("works") for version in RELEASES}


def judged(
    folder: Path,
    *needs: str,
    works: dict[str, RuntimeOutcome] | None = None,
    built: str = "0.1.9",
    yanked: tuple[str, ...] = (),
    shown: BuiltAgainst | None = None,
) -> WheelJudgement:
    path = wheel(folder, "x", "1.0", needs=needs)
    return judge_wheel(path, built, {**WORKS, **(works or {})}, distribution="acme-ffi", yanked=yanked, shown=shown)


def test_a_range_that_is_too_wide_is_refused_in_one_sentence(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi>=0.1.5,<0.2")
    assert judgement.sentence == (
        "x-1.0-py3-none-any.whl declares acme-ffi>=0.1.5,<0.2, but code built against 0.1.9 breaks on 0.1.5 and 0.1.6 "
        "(an error is read past its end); declare >=0.1.7,<=0.1.10"
    )
    assert (judgement.exit_code, judgement.bad) == (1, ("0.1.5", "0.1.6"))
    again = judged(tmp_path, f"acme-ffi{judgement.suggestion}")
    assert again.exit_code == 0
    assert again.sentence == (
        "x-1.0-py3-none-any.whl declares acme-ffi>=0.1.7,<=0.1.10, and code built against 0.1.9 works on "
        "0.1.7 to 0.1.10"
    )


def test_what_is_open_above_is_said_and_fails_only_for_what_is_known(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi>=0.1.7", works={"0.2.0": RuntimeOutcome("works with news")})
    assert judgement.exit_code == 0
    assert judgement.sentence.endswith(
        "works on 0.1.7 to 0.2.0; releases after 0.2.0, which it allows too, cannot be known"
    )
    assert judged(tmp_path, "acme-ffi>=0.1.7").bad == ("0.2.0",)


def test_what_was_not_run_is_said_and_is_not_green(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi>=0.1.7,<0.1.10", works={"0.1.8": RuntimeOutcome("not run")})
    assert (judgement.exit_code, judgement.not_run) == (1, ("0.1.8",))
    assert "but code built against 0.1.9 was not run on 0.1.8; declare >=0.1.8.post1,<=0.1.10" in judgement.sentence


def test_what_cannot_be_loaded_is_told_apart(tmp_path: Path) -> None:
    works = {"0.1.7": RuntimeOutcome("unloadable", ("AcmeOpen is missing",))}
    judgement = judged(tmp_path, "acme-ffi<0.1.8", works=works)
    assert (
        "breaks on 0.1.5 and 0.1.6 (an error is read past its end), and cannot be loaded on 0.1.7 (AcmeOpen is missing)"
        in (judgement.sentence)
    )


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        ((), "declares no requirement of acme-ffi, so any version may be beside it, but"),
        (("numpy>=1",), "declares no requirement of acme-ffi"),
        (("acme-ffi",), "declares acme-ffi without a range, so any version may be beside it, but"),
    ],
)
def test_no_range_is_every_version(tmp_path: Path, needs: tuple[str, ...], told: str) -> None:
    judgement = judged(tmp_path, *needs)
    assert told in judgement.sentence
    assert "; declare acme-ffi>=0.1.7,<=0.1.10" in judgement.sentence
    assert judgement.bad == ("0.1.5", "0.1.6", "0.2.0")


def test_names_are_read_as_an_index_reads_them_and_parts_bind_together(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "Acme_FFI>=0.1.7", "acme.ffi (<0.2)")
    assert (judgement.exit_code, judgement.range) == (0, "Acme_FFI>=0.1.7,<0.2")


def test_markers_decide_what_is_judged(tmp_path: Path) -> None:
    judgement = judged(
        tmp_path, "acme-ffi>=0.1.7,<0.2; python_version >= '3'", "acme-ffi>=0.1; sys_platform == 'nowhere'"
    )
    assert judgement.exit_code == 0
    assert "; 'acme-ffi>=0.1; sys_platform == 'nowhere'' holds elsewhere and is not judged" in judgement.sentence


def test_an_extra_counts_where_nothing_else_asks(tmp_path: Path) -> None:
    assert judged(tmp_path, "acme-ffi>=0.1.7,<0.2", 'acme-ffi<0.1.7; extra == "old"').exit_code == 0
    judgement = judged(tmp_path, 'acme-ffi<0.1.7; extra == "old"', 'acme-ffi==0.1.9; extra == "new"')
    assert judgement.range == "acme-ffi<0.1.7 or acme-ffi==0.1.9"
    assert judgement.bad == ("0.1.5", "0.1.6")


def test_a_yanked_release_counts_only_where_it_is_pinned(tmp_path: Path) -> None:
    works, yanked = {"0.1.8": BREAKS}, ("0.1.8",)
    judgement = judged(tmp_path, "acme-ffi>=0.1.7,<0.2", works=works, yanked=yanked)
    assert judgement.exit_code == 0
    assert "works on 0.1.7 to 0.1.10" in judgement.sentence
    assert judged(tmp_path, "acme-ffi>=0.1.7,<0.2", works=works).suggestion == ">=0.1.8.post1,<=0.1.10"
    assert judged(tmp_path, "acme-ffi==0.1.8", works=works, yanked=yanked).bad == ("0.1.8",)
    assert judged(tmp_path, "acme-ffi==0.1.*,>0.1.6", works=works, yanked=yanked).bad == ()


def test_a_range_without_a_release_fails(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi>=3")
    assert judgement.exit_code == 1
    assert "and no release is in that range; there are 0.1.5 to 0.2.0" in judgement.sentence


def test_what_does_not_work_with_itself_has_no_range(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi==0.1.9", works={"0.1.9": BREAKS})
    assert judgement.sentence.endswith("it was not seen to work on 0.1.9 itself, so no range can be named")
    assert judgement.suggestion == ""


def test_a_version_pinned_alone_is_suggested_alone(tmp_path: Path) -> None:
    judgement = judged(tmp_path, "acme-ffi", works={"0.1.10": BREAKS, "0.1.8.post1": BREAKS})
    assert judgement.suggestion == "==0.1.9"


class TestShown:
    """What the wheel's own code shows is held against what was said of it."""

    def test_code_that_was_built_against_another_version_fails(self, tmp_path: Path) -> None:
        shown = BuiltAgainst(("0.1.7", "0.1.8"), (), {}, "")
        judgement = judged(tmp_path, "acme-ffi==0.1.9", shown=shown)
        assert judgement.exit_code == 1
        assert judgement.sentence.endswith(
            "declares acme-ffi==0.1.9, but its code was not built against 0.1.9: it fits 0.1.7 or 0.1.8"
        )
        assert judged(tmp_path, "acme-ffi==0.1.7", built="0.1.7", shown=shown).exit_code == 0

    def test_code_that_fits_no_release_was_built_against_none(self, tmp_path: Path) -> None:
        evidence = (Evidence("lines", "1 of 1 line", "a.so", (), "no release"),)
        judgement = judged(tmp_path, "acme-ffi==0.1.9", shown=BuiltAgainst((), evidence, {}, ""))
        assert judgement.exit_code == 1
        assert judgement.sentence.endswith("it fits no one release")
        assert judged(tmp_path, "acme-ffi==0.1.9", shown=BuiltAgainst((), (), {}, "")).exit_code == 0

    def test_a_version_that_lacks_a_symbol_cannot_be_loaded(self, tmp_path: Path) -> None:
        shown = BuiltAgainst(("0.1.9",), (), {"0.1.7": ("it has no AcmeOpen, which a.so asks for",)}, "")
        judgement = judged(tmp_path, "acme-ffi>=0.1.7,<0.2", shown=shown)
        assert "cannot be loaded on 0.1.7 (it has no AcmeOpen, which a.so asks for); declare >=0.1.8,<=0.1.10" in (
            judgement.sentence
        )
        assert judged(tmp_path, "acme-ffi>=0.1.8,<0.2", shown=shown).exit_code == 0


@pytest.mark.parametrize(
    ("needs", "built", "message"),
    [
        (("acme-ffi>=0.1",), "9.9", "9.9 is no release of acme-ffi that is known; name one of 0.1.5, 0.1.6"),
        (("acme-ffi >= banana",), "0.1.9", "requires 'acme-ffi >= banana', which is no requirement"),
        (("acme-ffi @ https://x.org/a.whl",), "0.1.9", "requires acme-ffi by an address; declare a range"),
    ],
)
def test_what_cannot_be_judged_is_said(tmp_path: Path, needs: tuple[str, ...], built: str, message: str) -> None:
    with pytest.raises(WheelError, match=message.replace(".", r"\.")):
        judged(tmp_path, *needs, built=built)
