"""The suite under a plain pytest, as part of a project's own tests."""

from __future__ import annotations

import pytest

from tests.e2e.commandline import FOLDER, CommandLine, broken

pytestmark = pytest.mark.compiler("tcc")

SMALL = ("--abi-compiler", "tcc", "--abi-max-examples", "1")


def test_the_same_result_with_and_without_xdist_and_from_run(cli: CommandLine) -> None:
    results = []
    named = ("--tx", "popen//id=one", "--tx", "popen//id=other", "--dist", "load")
    for more in ((), ("-n", "2"), named):
        ended = cli.pytest(*SMALL, *more)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "CONFORMING: 19 checks passed" in ended.stdout
        assert cli.left() == [FOLDER]
        results.append(cli.untimed())
    assert cli("run", "--compiler", "tcc", "--max-examples", "1").returncode == 0
    assert all(result == cli.untimed() for result in results)


def test_a_broken_subject_fails_the_same_way(cli: CommandLine) -> None:
    results = []
    for more in ((), ("-n", "2")):
        ended = cli.pytest(
            *SMALL, "--abi-no-shrink", "--abi-subject", broken("no-checks"), "--abi-check", "X0-T*", *more
        )
        assert ended.returncode == 1
        assert "NONCONFORMING  X0-TYPE  type::packed::tcc>tcc::" in ended.stdout
        assert "1 failed, 1 passed" in ended.stdout
        assert "Traceback" not in ended.stdout
        results.append(cli.untimed())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--abi-subject", "nobody"), "there is no subject 'nobody'"),
        (("--abi-check", "X0-TYP"), "--check X0-TYP: there is no such check; did you mean X0-TYPE?"),
        (("--abi-html", " "), "--abi-html is empty; give it a value"),
        (("--abi-profile", "slow"), "--abi-profile slow: there is no such profile; there are quick, ci, nightly"),
        (("--abi-seed=0", "--abi-junit="), "--abi-junit is empty; give it a value"),
    ],
)
def test_bad_input_is_one_sentence(cli: CommandLine, args: tuple[str, ...], says: str) -> None:
    ended = cli.pytest(*args)
    assert ended.returncode == 4
    (said,) = (line for line in ended.stderr.splitlines() if line)
    assert said.startswith(f"ERROR: {says}")
    assert not cli.left()


def test_a_filter_for_errors_of_the_projects_own(cli: CommandLine) -> None:
    assert cli.pytest(*SMALL, "-W", "error", "--abi-check", "X0-TYPE").returncode == 0


def test_other_tests_beside_it(cli: CommandLine) -> None:
    (cli.cwd / "test_mine.py").write_text("def test_mine(): pass\n")
    ended = cli.pytest(*SMALL, "--abi-check", "X0-TYPE", cli.cwd / "test_mine.py")
    assert ended.returncode == 0
    assert "2 passed" in ended.stdout
