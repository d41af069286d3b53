"""`abi-conformance`, and `python -m conformance`: answers signals before anything else is imported."""

import sys

from conformance.signals import end_at_once


def main() -> int:
    """Run the command that the process was started with; its exit code."""
    end_at_once()
    from conformance import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
