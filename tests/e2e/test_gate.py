"""What fails a run and what does not, as a user starts it: red, waived, only reported and interrupted."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from tests.e2e.commandline import FOLDER, CommandLine, broken, interrupt, one_sentence, until

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--max-examples", "1")
RED = ("run", "--subject", broken("int-for-f64"), *SMALL)
FEW = ("run", "--subject", broken("accepts-few"), "--compiler", "tcc", "--check", "X0-COUNT", "--max-examples", "1")


def test_only_reported_a_red_run_tells_everything_and_passes(cli: CommandLine) -> None:
    red = cli(*RED)
    told = cli(*RED, "--report-only")
    assert (red.returncode, told.returncode, told.stderr) == (1, 0, "")
    last = told.stdout.splitlines()[-1]
    assert last.startswith("NONCONFORMING: 1 check failed (X0-TYPE), ") and ", only reported; " in last
    assert told.stdout.count("NONCONFORMING  X0-TYPE") == red.stdout.count("NONCONFORMING  X0-TYPE") > 0
    result = cli.result()
    assert (result["exit_code"], result["gate"]["report_only"]) == (0, True)
    assert result["findings"] and "fail" in {check["status"] for check in result["checks"]}


def test_only_reported_what_says_nothing_of_the_subject_fails_still(cli: CommandLine) -> None:
    assert cli("run", "--report-only", "--subject", "nobody").returncode == 4
    assert cli("run", "--report-only", "--compiler", "tcc", "--check", "PAIR").returncode == 5
    process = cli.start("run", "--report-only", "--compiler", "tcc", "--profile", "nightly")
    until(lambda: (cli.cwd / FOLDER).exists())
    time.sleep(1.0)
    interrupt(process, False)
    process.communicate(timeout=60)
    assert process.returncode == 2


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> str:
    """The first entry that `waivers update` writes after a red run, given a reason."""
    cli = CommandLine(tmp_path_factory.mktemp("red"), shared_cache)
    assert cli(*RED).returncode == 1
    assert cli("waivers", "update").returncode == 0
    written = (cli.cwd / "abi-waivers.toml").read_text().replace('reason = ""', 'reason = "known"')
    return f"[[waiver]]{written.split('[[waiver]]')[1]}"


def test_a_witness_that_conforms_makes_its_entry_stale_whatever_is_run(cli: CommandLine, entry: str) -> None:
    (cli.cwd / "abi-waivers.toml").write_text(entry)
    (known,) = tomllib.loads(entry)["waiver"]
    elsewhere = ("--compiler", "tcc", "--check", "X0-LAYOUT")
    still = cli("run", "--subject", broken("int-for-f64"), *elsewhere)
    assert (still.returncode, still.stderr) == (0, ""), still.stdout
    (tried,) = cli.result()["gate"]["witnesses"]
    assert (tried["verdict"], tried["conforms"]) == (known["verdict"], False)

    mended = cli("run", *elsewhere, "-n", "2")
    assert mended.returncode == 1
    assert f"its witness {tried['id']} conforms now; remove it" in mended.stdout
    assert mended.stdout.splitlines()[-1].startswith("NONCONFORMING: 1 check passed, 1 stale or expired waiver")
    assert cli("run", *elsewhere, "--report-only").returncode == 0

    pruned = cli("waivers", "prune")
    assert pruned.returncode == 0 and "1 dropped, 0 kept" in pruned.stdout
    assert "[[waiver]]" not in (cli.cwd / "abi-waivers.toml").read_text()
    assert cli("run", *elsewhere).returncode == 0


def test_a_witness_with_another_verdict_fails_the_run(cli: CommandLine, entry: str) -> None:
    (verdict,) = {known["verdict"] for known in tomllib.loads(entry)["waiver"]}
    (cli.cwd / "abi-waivers.toml").write_text(entry.replace(f'verdict = "{verdict}"', 'verdict = "crashed"'))
    ended = cli("run", "--subject", broken("int-for-f64"), "--compiler", "tcc", "--check", "X0-LAYOUT")
    assert ended.returncode == 1
    assert f" is {verdict} of type::packed::tcc>tcc::" in ended.stdout


def test_a_witness_that_is_none_of_its_entry_is_one_sentence(cli: CommandLine, entry: str) -> None:
    file = cli.cwd / "abi-waivers.toml"
    for old, new, says in (
        ("witness = '{", "witness = 'x{", "waiver 1: witness is no JSON; give it the text of a finding's case.json"),
        ("<-", "<-i8(1)", "which key does not cover; give one that it covers"),
        ('"payload":[', '"payload":[1,', "waiver 1: witness: payload"),
    ):
        file.write_text(entry.replace(old, new, 1))
        ended = cli("run", *SMALL)
        assert says in one_sentence(ended)


def test_what_is_pasted_from_below_a_finding_excuses_it(cli: CommandLine) -> None:
    red = cli(*FEW)
    _, _, below = red.stdout.partition("  to waive   paste into abi-waivers.toml, and say why\n")
    entry = below.partition("\n\n")[0].replace('reason = ""', 'reason = "known"')
    (cli.cwd / "abi-waivers.toml").write_text(entry)
    after = cli(*FEW)
    assert (red.returncode, after.returncode, after.stderr) == (1, 0, "")
    assert "WAIVED  X0-COUNT  few::packed::tcc>tcc::1<-0\n" in after.stdout
    assert "waived by  abi-waivers.toml, waiver 1: known\n" in after.stdout and "to waive" not in after.stdout


ENTRY = '[[waiver]]\nkey = "type::*"\nverdict = "silent-wrong"\nreason = "known"\n'


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (ENTRY, 0, "abi-waivers.toml: 1 waiver, 0 problems"),
        (ENTRY + "expires = 2020-01-31\n", 1, "waiver 1: expired on 2020-01-31; mend the subject or renew the entry"),
        (ENTRY + ENTRY.replace("type::*", "type::packed::*"), 1, "waiver 2: waiver 1 excuses all that it does"),
        (ENTRY + 'versions = "<2"\n' + ENTRY, 0, "2 waivers, 0 problems"),
        (ENTRY + ENTRY.replace("wrong", "equal"), 0, "2 waivers, 0 problems"),
        (ENTRY.replace("known", " "), 4, "waiver 1: reason must be a text that is not empty"),
    ],
)
def test_a_file_is_looked_at_without_a_run(cli: CommandLine, text: str, code: int, says: str) -> None:
    (cli.cwd / "abi-waivers.toml").write_text(text)
    ended = cli("waivers", "lint")
    assert ended.returncode == code, ended.stderr
    assert says in (one_sentence(ended) if code == 4 else ended.stdout)
    assert cli.left() == ["abi-waivers.toml"]


def test_what_changed_between_two_manifests_is_told_by_kind_and_what_was_not_run_is_not_mended(
    cli: CommandLine,
) -> None:
    counts = ("--compiler", "tcc", "--check", "X0-COUNT", "--max-examples", "1")
    assert cli("run", *SMALL, "--json", "green.json").returncode == 0
    assert cli(*RED, "--json", "red.json").returncode == 1
    assert cli("run", "--subject", broken("int-for-f64"), *counts, "--json", "other.json").returncode == 0

    worse = cli("diff", "green.json", "red.json")
    assert (worse.returncode, worse.stderr) == (1, "")
    assert "worse    X0-TYPE  type: detected → silent-wrong" in worse.stdout
    assert "f64<-i64" in worse.stdout and "declared (f64) -> none, passed (" in worse.stdout

    mended = cli("diff", "red.json", "green.json")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "better   X0-TYPE  type: silent-wrong" in mended.stdout and ": 0 worse, " in mended.stdout

    narrowed = cli("diff", "red.json", "other.json")
    assert (narrowed.returncode, narrowed.stderr) == (0, "")
    assert "not-run  X0-TYPE" in narrowed.stdout and " not run this time" in narrowed.stdout
    assert "gone" not in narrowed.stdout and "better   X0-TYPE" not in narrowed.stdout


def test_a_baseline_holds_for_a_manifest_by_mark(cli: CommandLine) -> None:
    assert cli(*RED, "--json", "old.json").returncode == 1
    known = cli(*RED, "--baseline", "old.json")
    assert known.returncode == 0 and "waived by  the baseline old.json\n" in known.stdout
    assert cli(*FEW, "--baseline", "old.json").returncode == 1


def test_both_columns_of_a_red_run_count_the_same_cases(cli: CommandLine) -> None:
    subject = ("run", "--subject", broken("accepts-few"), "--compiler", "tcc", "--max-examples", "1", "--no-shrink")
    assert cli(*subject, "--check", "X0-COUNT", "--check", "X1-SILENT").returncode == 1
    packed, unpacked = (cli.result()["counts"]["by_convention"][name] for name in ("packed", "unpacked"))
    assert sum(packed.values()) == sum(unpacked.values()) > 0
    assert packed["overrun"] > 0 and "detected" not in unpacked
