"""The Dockerfile, line by line, in a Debian that mmdebstrap makes: no Docker is needed, and none is tried."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.commandline import Ended
from tests.release.environment import CHECKOUT, FEW, lacking, passed, plain

PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile: the word, and what follows it."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest


@dataclass
class Image:
    """What a Dockerfile makes: a root, and what its processes start with."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    entry: tuple[str, ...] = ()

    def shell(self, line: str, **more: str) -> Ended:
        """A line for the shell, in the root, with a /proc of its own."""
        enter: list[str | Path] = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            f"--mount-proc={self.root}/proc",
            "chroot",
            self.root,
        ]
        proxies = {name: os.environ[name] for name in PROXIES if name in os.environ}
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        environment = {**path, "HOME": "/root", **proxies, **self.environment, **more}
        words = [f"{name}={value}" for name, value in environment.items()]
        line = f"cd {shlex.quote(self.folder)} && {line}"
        return plain([*enter, "/usr/bin/env", "-i", *words, "/bin/sh", "-c", line], CHECKOUT)

    def run(self, *args: str) -> Ended:
        """The container's entry point with arguments."""
        return self.shell(shlex.join([*self.entry, *args]))


def certificates(root: Path) -> dict[str, str]:
    """pip's certificates, where this machine reaches an index through a proxy that has its own."""
    bundle = os.environ.get("PIP_CERT")
    if not bundle:
        return {}
    shutil.copy(bundle, root / "etc" / "host-certificates.pem")
    return {"PIP_CERT": "/etc/host-certificates.pem"}


def follow(image: Image, text: str, context: Path) -> None:
    """Do what the instructions say, with the files of a context."""
    arguments = certificates(image.root)
    for word, rest in instructions(text):
        if word == "RUN":
            passed(image.shell(rest, **arguments, DEBIAN_FRONTEND="noninteractive"))
        elif word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name] = value.strip('"')
        elif word == "ENV":
            name, _, value = rest.partition("=")
            image.environment[name] = value
        elif word == "COPY":
            pattern, to = rest.split()
            for path in context.glob(pattern):
                shutil.copy(path, image.root / to.strip("/"))
        elif word == "WORKDIR":
            image.folder = rest
            (image.root / rest.strip("/")).mkdir(exist_ok=True)
        elif word == "ENTRYPOINT":
            image.entry = tuple(json.loads(rest))
        else:
            assert word == "FROM", f"this test does not know {word}"


@pytest.fixture(scope="module")
def image(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if os.geteuid() != 0:
        lacking("root", "a chroot is made and entered by root alone")
    if shutil.which("mmdebstrap") is None:
        lacking("mmdebstrap", "it is not installed (apt-get install mmdebstrap)")
    text = (CHECKOUT / "Dockerfile").read_text("utf-8")
    release = re.search(r"^FROM debian:(\w+)-slim$", text, re.MULTILINE)
    assert release is not None
    folder = tmp_path_factory.mktemp("image")
    (folder / "dist").mkdir()
    shutil.copy(wheel, folder / "dist")
    made = Image(folder / "root")
    try:
        passed(plain(["mmdebstrap", "--quiet", "--variant=minbase", release[1], made.root], CHECKOUT))
        follow(made, text, folder)
        yield made
    finally:
        shutil.rmtree(made.root, ignore_errors=True)


def test_the_image_says_its_version_and_has_all_that_it_needs(image: Image) -> None:
    assert "abi-conformance" in passed(image.run("--version")).stdout
    told = passed(image.run("doctor")).stdout
    assert "all that 'abi-conformance run' needs is there" in told
    for compiler in ("tcc", "gcc", "clang", "g++"):
        assert re.search(rf"^ok +compiler {re.escape(compiler)} ", told, re.MULTILINE), told


def test_python_is_a_side_in_the_image(image: Image) -> None:
    """Its C library may refuse what an older one loads into Python."""
    ended = passed(image.run("run", "--compiler", "tcc", "--check", "DYNAMIC", "--max-examples", "1"))
    assert "CONFORMING: 1 check passed" in ended.stdout


@pytest.mark.parametrize("compiler", ["tcc", "gcc", "clang"])
def test_a_run_in_the_image_conforms(image: Image, compiler: str) -> None:
    ended = passed(image.run("run", "--compiler", compiler, *FEW[2:]))
    assert "CONFORMING: 1 check passed" in ended.stdout


def test_a_run_in_the_image_finds_what_is_wrong(image: Image) -> None:
    found = passed(image.shell("echo /opt/abi-conformance/lib/python3*/site-packages/conformance/_c_fixtures")).stdout
    subject = f"{found.strip()}/broken/int-for-f64/subject.toml"
    ended = image.run("run", "--subject", subject, *FEW)
    assert ended.returncode == 1 and "NONCONFORMING  X0-TYPE" in ended.stdout, ended.stdout + ended.stderr


def test_whoever_it_runs_as_can_write_where_it_has_to(image: Image) -> None:
    line = "setpriv --reuid=1234 --regid=1234 --clear-groups abi-conformance run --compiler tcc --check X0-NULL"
    assert "CONFORMING: 1 check passed" in passed(image.shell(f"{line} --report-dir of-1234")).stdout
