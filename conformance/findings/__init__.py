"""Findings: nonconforming cases confirmed, shrunk, kept on disk, replayed, and as C that shows the bug alone."""
