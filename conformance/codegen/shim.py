"""Renders the shim: the binding header's functions in a form that Python can reach."""

from __future__ import annotations

from collections.abc import Sequence


def render_shim(binding: str, packed: bool, kinds: Sequence[str]) -> str:
    raise NotImplementedError
