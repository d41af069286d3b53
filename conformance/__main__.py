"""`abi-conformance`, and `python -m conformance`: answers signals before anything else is imported."""

import gc
import sys

from conformance.signals import end_at_once


def main() -> int:
    """Run the command that the process was started with; its exit code."""
    end_at_once()
    from conformance import cli

    code = cli.main()
    # Where KeyboardInterrupt has left a text that was executed, as a named tuple's is, Python kills a module run by -m
    # with SIGINT at its end, although it was caught. It forgets that with the next text.
    eval("0")  # noqa: S307
    gc.freeze()  # or the collector goes through all that there is, a quarter of a second after a run, before the end
    return code


if __name__ == "__main__":
    sys.exit(main())
