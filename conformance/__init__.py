"""abi-conformance: tests type-erased function-call runtimes against their own acceptance rules."""

__version__ = "0.1.0"
