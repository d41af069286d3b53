"""Draws what is tested: signatures with their near-miss variants, and the payloads that calls carry."""
