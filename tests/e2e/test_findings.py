"""Broken subjects from the command line: the finding as it is shown, replayed, and as C that shows it alone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.commandline import FOLDER, CommandLine, broken

pytestmark = pytest.mark.compiler("tcc")

LAYOUT = re.compile(
    r"^NONCONFORMING  (?P<check>\S+)  (?P<key>\S+)\n"
    r"  declared   \(.*\) -> \w+\n"
    r"  passed     \(.*\) -> \w+\n"
    r"(?P<changed>  changed    .+\n)?"
    r"  required   .+\n"
    r"  observed   .+\n"
    r"(?:  (?:also      |the same  |note      ) .+\n)*"
    r"  replay     abi-conformance replay (?P<id>[0-9a-f]{12})        \(C reproducer: \.abi-conformance/(?P=id)/\)\n"
    r"  to waive   paste into abi-waivers\.toml, and say why\n"
    r" {13}\[\[waiver\]\]\n {13}key = \".+\"\n {13}verdict = \"[a-z-]+\"\n {13}reason = \"\" # .+\n"
    r"(?: {13}# and [0-9,]+ more: abi-conformance waivers update\n)?\n",
    re.MULTILINE,
)

SOME = ("--max-examples", "1")
"""A part of what the quick profile draws: each fault here is in many calls."""

FOUND = [
    ("int-for-f64", "X0-TYPE", "silent-wrong"),
    ("accepts-few", "X0-COUNT", "overrun"),
    ("str-off-by-one", "X0-MATCH", "unpredicted"),
    ("takes-anything", "X0-RETURN", "silent-wrong"),
    ("unchecked-after-rejection", "X0-REPEAT", "silent-wrong"),
    ("value-of-16-bytes", "X0-LAYOUT", "silent-wrong"),
    ("unpacked-narrows", "X1-SILENT", "unpredicted"),
    ("segfaults", "X0-MATCH", "crashed"),
]


def find(cli: CommandLine, name: str, check: str) -> re.Match[str]:
    """How the simplest finding of the expected verdict is shown; the run has findings of that check alone."""
    verdict = {subject: expected for subject, _, expected in FOUND}[name]
    ended = cli("run", "--subject", broken(name), "--compiler", "tcc", "--check", check, *SOME)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stderr == ""
    findings = cli.result()["findings"]
    assert {finding["check"] for finding in findings} == {check}
    shown = {match["id"]: match for match in LAYOUT.finditer(ended.stdout)}
    assert set(shown) == {finding["id"] for finding in findings if not finding.get("same_as")}
    for finding in findings:
        wire = finding["case"]["wire"]
        lies = [wire["codes"], wire["nulls"], wire["count"] is not None, "preset" in wire, "handed" in wire]
        assert finding["id"] not in shown or bool(shown[finding["id"]]["changed"]) == any(lies)
    assert ended.stdout.splitlines()[-1].startswith(f"NONCONFORMING: 1 check failed ({check})")
    fitting = [finding for finding in findings if finding["verdict"] == verdict and finding["id"] in shown]
    return shown[min(fitting, key=lambda finding: len(finding["signature"]["declared"]))["id"]]


@pytest.mark.parametrize(("name", "check", "verdict"), FOUND)
def test_a_finding_and_its_replay(cli: CommandLine, name: str, check: str, verdict: str) -> None:
    shown = find(cli, name, check)
    assert cli.left() == [FOLDER]
    (finding,) = [finding for finding in cli.result()["findings"] if finding["id"] == shown["id"]]
    assert (finding["check"], finding["verdict"]) == (check, verdict)
    assert finding["key"] == shown["key"] and shown["check"] == check
    assert finding["replay"] == f"abi-conformance replay {shown['id']}"

    folder = cli.cwd / FOLDER / shown["id"]
    result = f"{FOLDER}/result.json#{shown['id']}"
    every = (shown["id"], str(folder), shown["id"][:6], str(folder / "finding.json"), result)
    for target in every if name == FOUND[0][0] else every[:1]:
        again = cli("replay", target)
        assert again.returncode == 1, again.stdout + again.stderr
        assert again.stdout.startswith(f"NONCONFORMING  {check}  {shown['key']}\n")
        assert f"  verdict    {verdict}: " in again.stdout
        assert "recorded" not in again.stdout
        assert again.stderr == ""
    other = "reference-unpacked" if name.startswith("unpacked") else "reference"
    mended = cli("replay", shown["id"], "--subject", other)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert mended.stdout.startswith(f"CONFORMING  {check}  ")
    assert cli.left() == [FOLDER]


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("name", ["int-for-f64", "unpacked-narrows"])
def test_the_reproducer_needs_no_python(cli: CommandLine, name: str, tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make")
    shown = find(cli, name, {one: check for one, check, _ in FOUND}[name])
    moved = tmp_path / "elsewhere"
    (cli.cwd / FOLDER / shown["id"]).rename(moved)
    made = cli.plain("make", "-C", moved, "CC=gcc", env={"PATH": "/usr/local/bin:/usr/bin:/bin"})
    assert "NONCONFORMING" in made.stdout, made.stdout + made.stderr


def test_the_finding_is_the_same_in_parallel(cli: CommandLine) -> None:
    checks = [f"--check={check}" for check in ("X0-TYPE", "X0-COUNT", "X0-NULL", "X0-RETURN")]
    args = ("run", "--subject", str(broken("no-checks")), "--compiler", "tcc", *SOME, *checks)
    assert cli(*args, "--json", "1.json").returncode == cli(*args, "-n", "2", "--json", "2.json").returncode == 1
    assert cli.untimed("1.json") == cli.untimed("2.json")
    assert len(cli.result()["findings"]) > 5


def test_without_shrinking_it_is_found_all_the_same(cli: CommandLine) -> None:
    subject = ("--subject", broken("shifted-beyond-twelve"), "--compiler", "tcc", "--check", "X0-MATCH", *SOME)
    assert cli("run", *subject, "--no-shrink").returncode == 1
    findings = cli.result()["findings"]
    assert findings and all(finding["shrink"]["compiles"] <= 1 for finding in findings)
    assert cli("replay", findings[0]["id"]).returncode == 1


TWO = ("run", "--subject", broken("two-match-defects"), "--compiler", "tcc", "--check", "X0-MATCH", *SOME)
WAIVER = """[[waiver]]
key = "match::packed::*::match({kind})@*"
verdict = "unpredicted"
reason = "known, and reported"

[[waiver]]
key = "match::packed::*::match({kind})@ret"
verdict = "unpredicted"
reason = "known, and reported"
"""
ARGUMENTS = WAIVER.partition("\n\n")[0]


def waived(*kinds: str) -> str:
    return "\n".join(WAIVER.format(kind=kind) for kind in kinds)


def test_a_waived_defect_hides_no_other(cli: CommandLine) -> None:
    assert cli(*TWO).returncode == 1
    assert {finding["key"].split("::")[3] for finding in cli.result()["findings"]} >= {"match(i64)@0", "match(f64)@0"}

    (cli.cwd / "one.toml").write_text(waived("i64"))
    other = cli(*TWO, "--waivers", "one.toml", "--html", "red.html")
    assert other.returncode == 1, other.stdout + other.stderr
    assert "NONCONFORMING  X0-MATCH  match::packed::tcc>tcc::match(f64)@0" in other.stdout
    assert "WAIVED  X0-MATCH  match::packed::tcc>tcc::match(i64)@0" in other.stdout
    assert "match(f64)@0" in (cli.cwd / "red.html").read_text()


def test_a_waived_and_a_baselined_defect_conform_and_are_told(cli: CommandLine) -> None:
    (cli.cwd / "one.toml").write_text(waived("i64"))
    assert cli(*TWO, "--waivers", "one.toml", "--json", "before.json").returncode == 1
    both = cli(*TWO, "--waivers", "one.toml", "--baseline", "before.json")
    assert both.returncode == 0, both.stdout + both.stderr
    assert both.stdout.splitlines()[-1].startswith("CONFORMING: 1 waived")
    by = {finding["key"].split("::")[3]: finding["waived_by"] for finding in cli.result()["findings"]}
    assert "one.toml, waiver 1" in by["match(i64)@0"]
    assert "the baseline before.json" in by["match(f64)@0"]


def test_a_waiver_of_an_argument_excuses_no_return(cli: CommandLine) -> None:
    (cli.cwd / "args.toml").write_text("\n\n".join(ARGUMENTS.format(kind=kind) for kind in ("i64", "f64")))
    ended = cli(*TWO, "--waivers", "args.toml")
    kept = [finding["key"].split("::")[3] for finding in cli.result()["findings"] if not finding["waived_by"]]
    assert kept == ["match(f64)@ret", "match(i64)@ret"]
    assert ended.returncode == 1


def test_a_waiver_a_baseline_and_a_difference(cli: CommandLine) -> None:
    args = ("run", "--subject", broken("int-for-f64"), "--compiler", "tcc", "--check", "X0-TYPE", *SOME)
    assert cli(*args, "--json", "bad.json").returncode == 1
    assert cli("waivers", "update").returncode == 0
    refused = cli(*args)
    assert refused.returncode in (1, 4) and "reason" in refused.stdout + refused.stderr
    file = cli.cwd / "abi-waivers.toml"
    file.write_text(file.read_text().replace('reason = ""', 'reason = "known"'))
    waived = cli(*args)
    assert waived.returncode == 0, waived.stdout + waived.stderr
    assert cli.result()["checks"][2]["status"] == "waived"

    good = ("run", "--compiler", "tcc", "--check", "X0-TYPE", *SOME, "--json", "good.json")
    file.unlink()
    assert cli(*args, "--baseline", "bad.json").returncode == 0
    assert cli(*good).returncode == 0
    worse = cli("diff", "good.json", "bad.json")
    assert worse.returncode == 1 and "worse" in worse.stdout
    assert cli("diff", "bad.json", "good.json").returncode == 0
    same = cli("diff", "bad.json", "bad.json")
    assert (same.returncode, same.stdout) == (0, "nothing changed\n")


def test_a_version_against_another(cli: CommandLine) -> None:
    args = ("--compiler", "tcc", "--check", "X0-TYPE", *SOME)
    worse = cli("run", "--subject", broken("int-for-f64"), "--against", "reference", *args)
    assert worse.returncode == 1, worse.stdout + worse.stderr
    other, _, told = worse.stdout.partition("→ ")
    assert "CONFORMING: 1 check passed" in other.splitlines()[1]
    assert "worse  X0-TYPE" in told
    assert cli.result()["findings"]
    against = json.loads((cli.cwd / ".abi-conformance" / "against" / "result.json").read_text())
    assert against["subject"]["name"] == "reference"
    assert against["seed"] == cli.result()["seed"]
    mended = cli("run", "--against", broken("int-for-f64"), *args)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "better" in mended.stdout


def test_max_failures_stops(cli: CommandLine) -> None:
    args = ("--compiler", "tcc", *SOME, "--max-failures", "1")
    assert cli("run", "--subject", broken("no-checks"), *args).returncode == 1
    result = cli.result()
    assert result["complete"] is False
    assert [check["status"] for check in result["checks"]].count("fail") == 1
