"""Acceptance tables as data files, one a convention or runtime, every row with its source; and their loader."""
