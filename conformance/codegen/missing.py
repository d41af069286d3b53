"""C that stands in for functions which a version of a runtime does not have."""

from __future__ import annotations

from collections.abc import Sequence


def stand_ins(names: Sequence[str]) -> str:
    """Definitions of missing functions as what a lazy loader makes of them: the call that reaches one ends the process.

    glibc's says "symbol lookup error" and exits with 127.
    """
    functions = "".join(
        f'void missing_{at}(void) __asm__("{name}");\nvoid missing_{at}(void) {{ _exit(127); }}\n'
        for at, name in enumerate(names)
    )
    return f"void _exit(int);\n{functions}"
