"""Writes what a compiler is told for a job: a command line for programs, a request for the embedded one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.toolchain import embedded
from conformance.toolchain.embedded import EmbeddedRequest
from conformance.toolchain.errors import CompileError
from conformance.toolchain.fixtures import chibicc_include
from conformance.toolchain.key import embedded_system_include

if TYPE_CHECKING:
    from conformance.toolchain.compilers import Compiler
    from conformance.toolchain.jobs import Job


_PLAIN = ("tcc", "chibicc")
"""Families of compilers that know few options of a linker, and no -pthread."""


def command_line(job: Job, output: Path, soname: str) -> list[str]:
    """One invocation that compiles and, but for an object, links the whole job, run in the folder where its texts lie.

    The object's own name and the run path are fixed, since the dynamic linker matches by name; texts go by their plain
    names, so that objects do not depend on the working folder. The compiler's own flags come last, so that they win.
    """
    compiler = job.compiler
    argv = [*compiler.command]
    if compiler.family == "chibicc":
        argv.append("-std=gnu99")
    elif compiler.family != "tcc":
        argv += ["-std=gnu++17" if job.is_cxx else "-std=gnu99", "-g0", "-pipe"]
    if compiler.family == "zig":
        argv.append("-fno-sanitize=undefined")  # zig alone turns it on, and it traps where C goes on
    if job.kind == "object":
        argv += ["-fPIC", "-c"]
    if job.kind == "shared":
        argv += ["-fPIC", "-shared"]
        argv += _linker(job, "-soname", soname)
    argv += ["-o", str(output)]
    argv += [f"-D{define}" for define in job.defines]
    argv += [f"-I{folder.absolute()}" for folder in job.include]
    argv += headers(compiler)
    argv += [name for name, _ in job.units]
    named_c = [source for source in job.sources if compiler.is_cxx and source.suffix == ".c"]
    argv += [str(source.absolute()) for source in job.sources if source not in named_c]
    if named_c:  # clang++ takes them as C++ too, but complains
        argv += ["-xc++", *(str(source.absolute()) for source in named_c), *(["-xnone"] if job.libraries else [])]
    if job.kind != "object":
        argv += _links(job)
    argv += [*job.flags, *compiler.flags]
    return argv


def headers(compiler: Compiler) -> list[str]:
    """Folders of headers that a compiler does not find by itself.

    Those that belong to a compiler, for one that is shipped without; the kernel's for -m32, where no package has linked
    them (that one cannot be beside cross compilers).
    """
    if compiler.family == "chibicc":
        return [f"-I{chibicc_include()}"]
    kernel = Path("/usr/include/x86_64-linux-gnu")
    if "-m32" in compiler.flags and (kernel / "asm").is_dir() and not Path("/usr/include/asm").exists():
        return ["-isystem", str(kernel)]
    return []


def _links(job: Job) -> list[str]:
    argv: list[str] = []
    if job.libraries:
        # A library that only registers itself, or that is needed only at load time, is linked like any other.
        if job.compiler.family not in _PLAIN:
            argv.append("-Wl,--no-as-needed")
        argv += [str(library.absolute()) for library in job.libraries]
        for folder in _folders(job):
            argv += _linker(job, "-rpath", str(folder))
        if job.compiler.family not in _PLAIN:
            argv.append("-Wl,--as-needed")
    if job.compiler.target.native or "linux" in job.compiler.target.triple:
        argv += ["-lm", "-lpthread"] if job.compiler.family in _PLAIN else ["-lm", "-pthread"]
    return argv


def _linker(job: Job, option: str, value: str) -> list[str]:
    if job.compiler.family == "tcc":
        return [f"-Wl,{option}={value}"]
    if job.compiler.family == "pcc":
        return [f"-Wl,{option},{value}"]
    return ["-Xlinker", option, "-Xlinker", value]  # unlike -Wl, it does not split at commas


def _folders(job: Job) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(library.absolute().parent for library in job.libraries))


def embedded_request(job: Job, output: Path, soname: str, texts_folder: Path) -> EmbeddedRequest:
    """Say what libtcc is asked for: no standard library, the headers shipped with it and with this project."""
    if job.kind != "shared":
        raise CompileError(job.compiler.id, "the embedded compiler builds shared libraries only")
    parts = embedded.distribution()
    options = ["-nostdlib", "-nostdinc", f"-Wl,-soname={soname}"]
    if folders := _folders(job):
        options.append(f"-Wl,-rpath={':'.join(map(str, folders))}")
    # An option with its value in the next word is one string to tcc_set_options.
    options = [embedded.quote(option) for option in options] + _joined((*job.flags, *job.compiler.flags))
    include = [folder.absolute() for folder in job.include]
    return EmbeddedRequest(
        # libtcc calls every string "<string>": the line mark gives errors and __FILE__ the text's own name.
        texts=tuple((name, f'#line 1 "{name}"\n{text}') for name, text in job.units),
        sources=tuple(source.absolute() for source in job.sources),
        include=((texts_folder, *include) if job.headers else tuple(include)),
        system_include=embedded_system_include(),
        defines=job.defines,
        options=tuple(options),
        libraries=(*(library.absolute() for library in job.libraries), parts.runtime),
        output=output,
    )


def _joined(flags: tuple[str, ...]) -> list[str]:
    joined: list[str] = []
    for flag in flags:
        if joined and not flag.startswith("-"):
            joined[-1] += " " + embedded.quote(flag)
        else:
            joined.append(embedded.quote(flag))
    return joined
