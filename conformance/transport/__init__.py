"""Carries calls: declares both sides, runs batches of calls, returns what was observed; knows nothing of rules."""
