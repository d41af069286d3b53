"""Computes what must happen to a case before it runs, and judges what did."""
