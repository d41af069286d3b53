"""The runtimes under test: the reference and what a manifest describes."""
