"""The only room that knows compilers: discovery, targets, flags, compiling, and the cache of what was compiled."""

from conformance.toolchain.build import Built, EmbeddedCompiler, EmbeddedRequest, Job, Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import (
    Compiler,
    CompilerTarget,
    available,
    c_beside,
    discover,
    resolve,
    resolve_cxx,
)
from conformance.toolchain.errors import BadSpec, CacheError, CompileError, MissingCompiler, ToolchainError

__all__ = [
    "BadSpec",
    "Built",
    "Cache",
    "CacheError",
    "CompileError",
    "Compiler",
    "CompilerTarget",
    "EmbeddedCompiler",
    "EmbeddedRequest",
    "Job",
    "MissingCompiler",
    "Toolchain",
    "ToolchainError",
    "available",
    "c_beside",
    "discover",
    "resolve",
    "resolve_cxx",
]
