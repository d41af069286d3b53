"""The hook that other repositories take from here, as pre-commit itself runs it in one of them."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.release.environment import CHECKOUT, lacking, passed, plain

HOOK = "abi-waivers-lint"
PAGE = CHECKOUT / "docs" / "ci.md"
PROJECT = "https://github.com/abi-conformance/abi-conformance"

GOOD = '[[waiver]]\nkey = "match::packed::*::match@call"\nverdict = "crashed"\nreason = "issue 12"\n'


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment of the hook."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="session")
def hooks(sdist_folder: Path) -> Path:
    """What is released, as a repository with one commit: a checkout may have changes that none of its commits has."""
    if shutil.which("git") is None:
        lacking("git", "it is not installed")
    return repository(sdist_folder)


@pytest.fixture(scope="session")
def sdist_folder(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    shutil.unpack_archive(sdist, folder, filter="data")
    (path,) = folder.iterdir()
    return path


def repository(folder: Path) -> Path:
    """A git repository with all that is in a folder."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "all", "--no-verify"]):
        passed(plain(["git", *words], folder))
    return folder


def test_try_repo_passes_a_good_file(hooks: Path, tmp_path: Path) -> None:
    (tmp_path / "abi-waivers.toml").write_text(GOOD)
    repository(tmp_path)
    argv = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), HOOK, "--all-files", "--verbose"]
    assert "abi-waivers.toml: 1 waiver, 0 problems" in passed(plain(argv, tmp_path)).stdout


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (GOOD, 0, "Passed"),
        (GOOD.replace("issue 12", ""), 4, "abi-waivers.toml"),
        (GOOD.replace("verdict", "verdikt"), 4, "verdikt"),
        (None, 0, "(no files to check)Skipped"),
    ],
)
def test_the_lines_of_the_page_pass_a_good_file_and_tell_what_is_wrong_with_others(
    text: str | None, code: int, says: str, hooks: Path, home: Path, tmp_path: Path
) -> None:
    (block,) = re.findall(r"^```yaml\n(repos:.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    revision = passed(plain(["git", "rev-parse", "HEAD"], hooks)).stdout.strip()
    lines = block.replace(PROJECT, str(hooks)).replace("rev: v0.1.0", f"rev: {revision}")
    assert str(hooks) in lines and revision in lines
    (tmp_path / ".pre-commit-config.yaml").write_text(lines)
    if text is not None:
        (tmp_path / "abi-waivers.toml").write_text(text)
    repository(tmp_path)
    argv = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"]
    ended = plain(argv, tmp_path, PRE_COMMIT_HOME=str(home))
    assert (ended.returncode != 0) == (code != 0), ended.stdout + ended.stderr
    assert says in ended.stdout
    assert not code or f"exit code: {code}" in ended.stdout, ended.stdout
