"""What can go wrong with compilers and the cache, one class a cause; every message is one sentence for the user."""

from __future__ import annotations

from typing import Literal

from conformance.model.errors import UserError

Reason = Literal["error", "crashed", "hung"]
"""Why a compile gave no object: the compiler said no, died of itself, or did not end."""


class ToolchainError(UserError):
    """The base of everything this room raises on purpose."""


class MissingCompiler(ToolchainError):
    """A compiler that is unknown, not installed or not able to run; the message ends with the mend."""


class BadSpec(ToolchainError):
    """A compiler spec that cannot be read, or whose flags the compiler refuses."""


class CompileError(ToolchainError):
    """One compile that gave no object.

    `words` is the compiler's own output, trimmed; `reason` tells a refusal from a crash and from a hang.
    """

    def __init__(self, compiler_id: str, words: str, reason: Reason = "error") -> None:
        # All three go to Exception, so that the error survives pickling on its way out of a worker.
        super().__init__(compiler_id, words, reason)
        self.compiler_id = compiler_id
        self.words = words
        self.reason = reason

    @property
    def first(self) -> str:
        """The line of the compiler's output that says what is wrong."""
        lines = [line.strip() for line in self.words.splitlines() if line.strip()]
        return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "it said nothing")

    def __str__(self) -> str:
        verb = {"error": "could not compile this", "crashed": "crashed", "hung": "did not end in time"}[self.reason]
        return f"{self.compiler_id} {verb}: {self.first}"


class CacheError(ToolchainError):
    """No folder at all can be written, so no compiled object has a place. A full cache alone is not an error."""
