"""The CI files of examples/acme and the commands of docs/ci.md do what they say: every line of them is run."""

from __future__ import annotations

import json
import re
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.e2e import workflows
from tests.e2e.commandline import CHECKOUT, FOLDER, CommandLine, Ended
from tests.e2e.workflows import GITHUB, GITLAB, PAGES, read, shell

OURS = CHECKOUT / ".github" / "workflows" / "ci.yml"
ACME = CHECKOUT / "examples" / "acme"

pytestmark = pytest.mark.skipif(not GITHUB.is_file(), reason="needs the checkout")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that a CI has set up: pip and what abi-conformance depends on are there, itself not yet."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    ours = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    theirs = [path for path in dict.fromkeys([*site.getsitepackages(), *sys.path]) if path.endswith("site-packages")]
    (Path(ours) / "theirs.pth").write_text("\n".join(theirs) + "\n")
    return folder


@pytest.fixture
def acme(cli: CommandLine) -> CommandLine:
    """A checkout of acme with abi-conformance in it; few examples, by the file of options that all share."""
    shutil.copytree(ACME, cli.cwd, dirs_exist_ok=True)
    (cli.cwd / "abi-conformance").symlink_to(CHECKOUT)
    with (cli.cwd / "abi-conformance.toml").open("a") as options:
        options.write('max-examples = 1\ncheck = ["X0-COERCE", "X0-RETURN", "X0-ERROR", "X0-TYPE"]\n')
    return cli


def break_it(acme: CommandLine) -> None:
    source = acme.cwd / "src" / "acme.c"
    source.write_text(source.read_text().replace("return tag == ACME_INT ? (double)value.integer : ", "return "))


def install(acme: CommandLine, line: str, home: Path) -> None:
    """Runs a line that installs, once for all tests: each writes the same words over and over."""
    done = home / "done"
    if line not in (done.read_text().splitlines() if done.is_file() else ()):
        passed(shell(acme, line, home, ABI_CONFORMANCE="abi-conformance"))
        with done.open("a") as known:
            known.write(f"{line}\n")


def passed(ended: Ended) -> None:
    assert ended.returncode == 0, (ended.args, ended.stdout[-2000:], ended.stderr[-2000:])


def github(acme: CommandLine, home: Path) -> Ended:
    """Runs both jobs for one compiler; what the last line came to."""
    jobs = read(GITHUB)["jobs"]
    for line, entry in workflows.of_github(jobs["run"], compiler="tcc"):
        if line.startswith("python -m pip"):
            install(acme, line, home)
        else:
            passed(shell(acme, line, home))
            (acme.cwd / "shards").mkdir(exist_ok=True)
            (acme.cwd / FOLDER).rename(acme.cwd / "shards" / f"abi-{entry['compiler']}-{entry['shard']}")
    return gate(acme, home)


def gate(acme: CommandLine, home: Path) -> Ended:
    """Runs the job that merges the shards which are there; what its last line came to."""
    *before, (merge, _) = workflows.of_github(read(GITHUB)["jobs"]["gate"], compiler="tcc")
    for line, _ in before:
        install(acme, line, home)
    return shell(acme, merge, home, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="step.md")


def test_they_fit_the_schemas_of_the_services() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for schema, files in (("vendor.github-workflows", (OURS, GITHUB, PAGES)), ("vendor.gitlab-ci", (GITLAB,))):
        ended = subprocess.run([*check, schema, *map(str, files)], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("path", [OURS, GITHUB, PAGES], ids=["ours", "acme", "acme-site"])
def test_actions_are_pinned(path: Path) -> None:
    used = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    assert all(re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$", line) for line in used)


def test_what_our_own_runs_is_there() -> None:
    make = re.findall(r"^\.PHONY: (.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)[0].split()
    assert (CHECKOUT / ".ci" / "run").is_file()
    assert set(read(OURS)["jobs"]["nightly"]["strategy"]["matrix"]["command"]) <= set(make)


@pytest.mark.compiler("tcc")
def test_every_line_for_github_green_cut_short_and_red(acme: CommandLine, home: Path) -> None:
    passed(github(acme, home))
    assert (acme.cwd / "abi.sarif").is_file()
    assert (acme.cwd / "report.html").is_file()
    assert "CONFORMING" in (acme.cwd / "step.md").read_text()

    shutil.rmtree(acme.cwd / "shards" / "abi-tcc-2")
    ended = gate(acme, home)
    assert ended.returncode == 2
    assert "2/2" in ended.stdout + ended.stderr

    shutil.rmtree(acme.cwd / "shards")
    break_it(acme)
    ended = github(acme, home)
    assert ended.returncode == 1
    assert "NONCONFORMING  X0-COERCE  coerce::packed::tcc>tcc::f64<-i64@0" in ended.stdout
    assert "::error file=abi/binding.h" in ended.stdout


@pytest.mark.compiler("gcc")
def test_every_line_for_gitlab(acme: CommandLine, home: Path) -> None:
    jobs = read(GITLAB)
    assert jobs["variables"]["ABI_CONFORMANCE"] == "abi-conformance"
    for line in jobs[".suite"]["before_script"]:
        install(acme, line, home)
    for index in ("1", "2"):
        for line in jobs["abi-gcc"]["script"]:
            passed(shell(acme, line, home, CI_NODE_INDEX=index, CI_NODE_TOTAL="2"))
    for line in jobs["abi-gate"]["script"]:
        passed(shell(acme, line, home))
    assert (acme.cwd / "junit.xml").is_file()
    assert json.loads((acme.cwd / "quality.json").read_text()) == []


@pytest.mark.compiler("gcc")
def test_every_line_for_github_pages(acme: CommandLine, home: Path) -> None:
    for line in workflows.of_one_job(read(PAGES)["jobs"]["site"]):
        if line.startswith("python -m pip"):
            install(acme, line, home)
        else:
            passed(shell(acme, line, home))
    index = (acme.cwd / "site" / "index.html").read_text("utf-8")
    assert all(f'<th scope="row">{pair}</th>' in index for pair in ("gcc-O2&gt;gcc-O2", "tcc&gt;tcc"))


@pytest.mark.compiler("tcc")
def test_the_commands_of_tox(acme: CommandLine, home: Path) -> None:
    for line in workflows.of_docs(CHECKOUT / "docs" / "ci.md")[:2]:
        install(acme, line, home)
    for line in workflows.of_tox(acme.cwd, "tcc"):
        passed(shell(acme, line, home))


@pytest.mark.compiler("gcc")
def test_the_commands_of_the_page(acme: CommandLine, home: Path) -> None:
    few = "--abi-max-examples 1 --abi-check X0-TYPE"
    lines = workflows.of_docs(CHECKOUT / "docs" / "ci.md")
    assert [line.split()[2] for line in lines] == ["pip", "pip", "pip", "pip", "pytest"]
    for line in lines[:4]:
        install(acme, line, home)
    passed(shell(acme, lines[4], home, PYTEST_ADDOPTS=few))
