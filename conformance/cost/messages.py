"""How sizes and shares are written, on the terminal as in the report."""

from __future__ import annotations


def size_text(size: int) -> str:
    """Bytes as `16 KB`, `4 MB`."""
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size >> 10} KB"


def per_cent(share: float) -> str:
    """A share, 0 to 1, as per cent, with as many digits as say something."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 else f"{value:.2g} %" if value >= 1e-3 else "below 0.001 %"
