"""Options that a file holds: the command line wins, the result says where each came from, and mistakes are named."""

from __future__ import annotations

import pytest

from tests.e2e.commandline import CommandLine, broken, one_sentence

pytestmark = pytest.mark.compiler("tcc")

SHARED = """\
compiler = ["tcc"]
check = ["X0-MATCH"]
max-examples = 1
no-shrink = true
workers = 1
json = "there.json"
"""


def test_a_file_holds_what_is_shared_and_the_command_line_wins(cli: CommandLine) -> None:
    (cli.cwd / "abi-conformance.toml").write_text(SHARED)
    assert cli("run", "--seed", "3", "--check", "X0-TYPE", "-n", "0").returncode == 0
    result = cli.result("there.json")
    assert [check["id"] for check in result["checks"] if check["status"] == "pass"] == ["X0-TYPE"]
    assert result["options"] == {
        "compiler": {"value": ["tcc"], "from": "abi-conformance.toml"},
        "check": {"value": ["X0-TYPE"], "from": "command line"},
        "max-examples": {"value": "1", "from": "abi-conformance.toml"},
        "seed": {"value": "3", "from": "command line"},
        "no-shrink": {"value": True, "from": "abi-conformance.toml"},
    }


def test_a_red_run_by_pyproject(cli: CommandLine) -> None:
    table = SHARED.replace("X0-MATCH", "X0-COUNT") + f"subject = '{broken('accepts-few')}'\n"
    (cli.cwd / "pyproject.toml").write_text(f"[project]\nname = 'mine'\n[tool.abi-conformance]\n{table}")
    assert cli("run").returncode == 1
    assert cli.result()["options"]["subject"]["from"] == "pyproject.toml [tool.abi-conformance]"
    (cli.cwd / "abi-conformance.toml").write_text(SHARED)
    assert "both hold options; keep one of them" in one_sentence(cli("run"))
    assert cli("run", "--config", "abi-conformance.toml").returncode == 0
    assert cli("run", "--config", "none", "--compiler", "tcc", "--check", "X0-LAYOUT").returncode == 0
    assert set(cli.result()["options"]) == {"compiler", "check"}


@pytest.mark.parametrize("text", ["tool = 3", "[tool]", "[tool.other]"])
def test_a_project_without_a_table_of_ours_holds_nothing(cli: CommandLine, text: str) -> None:
    (cli.cwd / "pyproject.toml").write_text(text + "\n")
    assert cli("run", "--compiler", "tcc", "--check", "X0-LAYOUT").returncode == 0
    assert set(cli.result()["options"]) == {"compiler", "check"}


def test_both_runs_of_against(cli: CommandLine) -> None:
    (cli.cwd / "abi-conformance.toml").write_text(SHARED + "against = 'reference'\n")
    assert cli("run").returncode == 0
    assert cli.result()["options"]["max-examples"]["from"] == "abi-conformance.toml"
    assert cli.result(".abi-conformance/against/result.json")["counts"] == cli.result()["counts"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("max-exampels = 1", "abi-conformance.toml has no option 'max-exampels'; did you mean max-examples?"),
        ("max_examples = 1", "abi-conformance.toml has no option 'max_examples'; did you mean max-examples?"),
        ("max-examples = 0", "abi-conformance.toml: max-examples 0: this is no whole number from 1 up"),
        ("max-examples = true", "abi-conformance.toml: max-examples must be a text or a number"),
        ("compiler = 'tcc'", "abi-conformance.toml: compiler must be a list of texts"),
        ("compiler = []", "abi-conformance.toml: compiler must be a list of texts"),
        ("compiler = ['']", "abi-conformance.toml: compiler is empty"),
        ("quiet = 'yes'", "abi-conformance.toml: quiet must be true or false"),
        ("subject = ' '", "abi-conformance.toml: subject is empty"),
        ("config = 'other.toml'", "abi-conformance.toml has no option 'config'"),
        ("[run]", "abi-conformance.toml has no option 'run'"),
        ("quiet", "abi-conformance.toml: is not valid TOML"),
    ],
)
def test_what_is_wrong_in_it_is_one_sentence(cli: CommandLine, text: str, says: str) -> None:
    (cli.cwd / "abi-conformance.toml").write_text(text + "\n")
    assert says in one_sentence(cli("run"))


def test_a_file_that_is_named_must_be_there(cli: CommandLine) -> None:
    assert "none.toml: cannot be read" in one_sentence(cli("run", "--config", "none.toml"))
