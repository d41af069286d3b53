"""Has TVM's compiler emit functions for signatures: in this process, or in a child that has a release of its own.

Two releases of TVM cannot be imported into one process: both register the same types with one tvm-ffi. So what one
release emits and another loads is emitted in a child, and crosses as text.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from conformance.model import extras
from conformance.model.signature import Signature
from conformance.model.subject import Headers, SubjectUnavailable
from conformance.subjects.tvm import emit
from conformance.subjects.tvm_ffi.abi import DISTRIBUTION, wheel_of

_MISSING = f"apache-tvm is not installed; run: {extras.TVM}"
_ASSEMBLY = "s"


class NotEmitted(Exception):
    """Why a release of TVM emits nothing, in its own words."""


class Emitter:
    """The compiler of the first `tvm` on sys.path."""

    def __init__(self) -> None:
        """Imports it. Raises SubjectUnavailable."""
        try:
            self._tvm: Any = importlib.import_module("tvm")
            self._ffi: Any = importlib.import_module("tvm_ffi")
            importlib.import_module("tvm.tirx")
        except ImportError as error:
            raise SubjectUnavailable(_MISSING) from error
        except OSError as error:  # a tvm-ffi of another release than TVM was built for
            raise SubjectUnavailable(
                f"apache-tvm does not load ({error}); install one that fits its tvm-ffi"
            ) from error
        self._functions: dict[str, Any] = {}

    def declare(self, signatures: Mapping[str, Signature]) -> dict[str, str]:
        """Keeps a PrimFunc for each signature by its name, until it is asked again; of the others, says why."""
        self._functions, refused = {}, {}
        for name, signature in signatures.items():
            try:
                self._functions[name] = emit.function(name, signature)
            except Exception as error:  # TVM raises what it likes of a type that it does not have
                refused[name] = message(error)
        return refused

    def built(self, names: Sequence[str], target: str, release: bool) -> Any:
        """The module of functions that were declared, compiled. Raises what TVM raises."""
        return emit.compiled({name: self._functions[name] for name in names}, target, release)

    def text(self, names: Sequence[str], target: str, release: bool) -> str:
        """The C or the assembly of functions that were declared. Raises what TVM raises."""
        module = self.built(names, target, release).mod
        return str(module.inspect_source() if target == "c" else module.inspect_source(_ASSEMBLY))

    def include(self) -> tuple[Path, ...]:
        """The folders of TVM's headers, tvm-ffi's and dlpack's."""
        found = (
            self._tvm.libinfo.find_include_path(),
            self._ffi.libinfo.find_include_path(),
            self._ffi.libinfo.find_dlpack_include_path(),
        )
        return tuple(dict.fromkeys(Path(folder) for folder in found))

    def versions(self) -> dict[str, str]:
        """The wheels of TVM and tvm-ffi, and what TVM says of itself."""
        tvm = str(self._tvm.__version__)
        return {
            "apache-tvm": wheel_of("apache-tvm", Path(self._tvm.__file__).parent) or tvm,
            "tvm": tvm,
            DISTRIBUTION: wheel_of(DISTRIBUTION, Path(self._ffi.__file__).parent),
        }


class EmitterOfRelease:
    """The compiler of a release of TVM, in a child process that has it first on its search path."""

    def __init__(self, headers: Headers) -> None:
        """Starts the child. Raises SubjectUnavailable where the release does not load there."""
        context = multiprocessing.get_context("spawn")
        self._version = headers.version
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, str(headers.folder)), daemon=True)
        process.start()
        theirs.close()
        try:
            self._ask("include")
        except NotEmitted as error:
            raise SubjectUnavailable(f"apache-tvm {headers.version} emits nothing here: {error}") from None

    def declare(self, signatures: Mapping[str, Signature]) -> dict[str, str]:
        """As `Emitter` does. Raises NotEmitted."""
        refused: dict[str, str] = self._ask("declare", dict(signatures))
        return refused

    def text(self, names: Sequence[str], target: str, release: bool) -> str:
        """As `Emitter` does. Raises NotEmitted."""
        return str(self._ask("text", tuple(names), target, release))

    def include(self) -> tuple[Path, ...]:
        """As `Emitter` does. Raises NotEmitted."""
        return tuple(self._ask("include"))

    def versions(self) -> dict[str, str]:
        """As `Emitter` does. Raises NotEmitted."""
        return dict(self._ask("versions"))

    def _ask(self, *request: Any) -> Any:
        try:
            self._connection.send(request)
            failed, answer = self._connection.recv()
        except (EOFError, OSError):
            raise NotEmitted(f"the process of apache-tvm {self._version} has ended") from None
        if failed:
            raise NotEmitted(answer)
        return answer


def message(error: Exception) -> str:
    """The last line of what an error says: in TVM's, the lines before it are a stack."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


def _serve(connection: Connection, folder: str) -> None:
    """In the child: answers with whether a request failed, and what came of it, until the pipe is closed."""
    sys.path.insert(0, folder)
    emitter: Emitter | None = None
    while True:
        try:
            verb, *arguments = connection.recv()
        except (EOFError, OSError):
            return
        try:
            emitter = emitter or Emitter()
            answer = False, getattr(emitter, verb)(*arguments)
        except Exception as error:  # TVM raises what it likes
            answer = True, message(error)
        connection.send(answer)
