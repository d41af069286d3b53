"""Calls to subjects that are called rather than compiled against: which ones, what came of them, the smallest alike."""
