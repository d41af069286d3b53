"""What goes wrong in a server."""

from __future__ import annotations


class CannotGoOn(Exception):
    """The harness's own failure, in a sentence."""
