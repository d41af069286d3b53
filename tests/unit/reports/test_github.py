"""What GitHub Actions reads of a run: errors, sections that fold, and the summary of a step, as far as it has room."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.gate.decide import Gate
from conformance.model.options import RunOptions
from conformance.reports import github, markdown
from conformance.reports.files import ReportError
from conformance.reports.terminal import console, show

from .made import FAILED, PASSED, failed, finding, result


def placed(made: dict[str, Any], path: str = "b.h") -> dict[str, Any]:
    return {**made, "findings": [{**row, "place": {"path": path, "line": 7}} for row in made["findings"]]}


def shown(made: dict[str, Any]) -> list[str]:
    stream = io.StringIO()
    show(made, console(stream), dress=github.dressed)
    return stream.getvalue().splitlines()


def many(count: int) -> dict[str, Any]:
    verdicts = ("misattributed", "crashed", "silent-wrong")
    unplaced = "match::packed::gcc-O2>tcc::match"
    found = [finding(id=f"{n:02}", key=unplaced, verdict=verdicts[n % 3]) for n in range(count)]
    return placed(result(failed(*found)))


def test_an_error_says_where_and_what_and_is_escaped() -> None:
    made = placed(result(failed(finding(observed="100 %\r\nmore, or: less"))), "a,b:c%.h")
    (error,) = github.errors(made)
    title = "X0-TYPE type%3A%3Apacked%3A%3Agcc-O2>tcc%3A%3Af64<-i64@1"
    assert error.startswith(f"::error file=a%2Cb%3Ac%25.h,line=7,title={title}::silent-wrong:")
    assert "observed: 100 %25%0D%0Amore, or: less" in error


def test_ten_errors_at_most_the_worst_first_and_the_last_counts_the_others() -> None:
    assert len(github.errors(many(10))) == 10
    errors = github.errors(many(12))
    assert len(errors) == 10
    assert errors[-1].endswith("::and 3 more, all in the result's JSON")
    told = [error.partition("::")[2].partition("::")[2].partition(":")[0] for error in errors[:9]]
    assert told == ["crashed"] * 4 + ["silent-wrong"] * 4 + ["misattributed"]


def test_what_has_no_place_or_is_excused_is_no_error() -> None:
    assert github.errors(result(FAILED)) == []
    waived = placed(result(FAILED))
    waived["findings"][0]["waived_by"] = "w.toml"
    assert github.errors(waived) == []


def test_a_stale_waiver_is_an_error_at_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.toml").write_text("")
    made = result(PASSED, gate=Gate(waiver_file="w.toml"))
    made["gate"]["problems"] = ["w.toml, waiver 1: it excuses nothing"]
    assert github.errors(made) == ["::error file=w.toml,line=1,title=waiver::w.toml, waiver 1: it excuses nothing"]


def test_long_sections_fold_and_the_verdict_stays() -> None:
    made = placed(result(FAILED, PASSED, not_run="not selected"))
    made["errors"] = ["the suite broke"]
    lines = shown(made)
    commands = [line for line in lines if line.startswith("::")]
    assert [command.partition(" ")[0] for command in commands] == [
        "::group::checks", "::endgroup::", "::group::findings", "::endgroup::", "::error",
    ]  # fmt: skip
    assert next(line for line in lines if "internal errors" in line).startswith("──")
    assert lines[-1].startswith("NONCONFORMING:")


def test_a_subject_gives_github_no_commands() -> None:
    made = result(PASSED)
    made["errors"] = ["::add-mask::x\n  ::error::y", "##[error]z"]
    lines = shown(made)
    assert not any(re.match(r"\s*::(?!group|endgroup)", line) or "##[" in line for line in lines)
    assert any(": :add-mask: :x" in line for line in lines)


@pytest.mark.parametrize(("value", "asked"), [("true", True), ("false", False), ("", False)])
def test_it_is_known_by_the_environment_or_the_option(monkeypatch: pytest.MonkeyPatch, value: str, asked: bool) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    assert github.is_asked(RunOptions()) is asked
    assert github.is_asked(RunOptions(github=True))
    assert github.step_summary(RunOptions()) == (Path("step.md") if asked else None)


def test_the_summary_shows_what_subjects_say_as_it_is() -> None:
    text = markdown.render(placed(result(failed(finding(observed="```\n<script>|*x*`")))))
    details = text.partition("<details>")[2]
    assert "````text\n" in details
    assert "<script>" not in text.replace(details, "")
    assert "type::packed::gcc-O2&#62;tcc::f64&#60;-i64&#64;1 | b.h:7" in text


def test_the_summary_says_what_is_wrong_first() -> None:
    made = result(PASSED)
    made["gate"]["problems"], made["errors"] = ["w.toml, waiver 1: gone"], ["the suite broke"]
    text = markdown.render(made)
    assert text.index("w.toml, waiver 1") < text.index("the suite broke") < text.index("### Checks")


def test_the_summary_is_cut_at_a_whole_block() -> None:
    whole = markdown.render(many(50))
    cut = markdown.render(many(50), 5000)
    assert len(whole.encode()) > 5000 >= len(cut.encode())
    assert cut.endswith(markdown.CUT)
    assert whole.startswith(cut.removesuffix(markdown.CUT))
    assert cut.count("<details>") == cut.count("</details>") > 0
    assert markdown.render(many(1), 10) == ""


def test_a_step_that_has_a_summary_keeps_it_and_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = tmp_path / "step.md"
    step.write_text("x" * 1000 + "\n")
    monkeypatch.setattr(markdown, "MOST_BYTES", 6000)
    markdown.append(many(50), step)
    markdown.append(many(50), step)
    assert step.read_text().startswith("x" * 1000 + "\n## acme-runtime")
    assert step.stat().st_size <= 6000
    with pytest.raises(ReportError, match="cannot be written"):
        markdown.append(many(1), tmp_path)
