"""Data in, C text out: renders the stubs of a bundle, the shim for dynamic callers and the stand-alone reproducer."""
