"""What is told of a rules table that cannot be used."""

from __future__ import annotations

from conformance.model.errors import UserError


class RulesError(UserError):
    """A rules table that cannot be used; the message names the file, the key and the hint."""
