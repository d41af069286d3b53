"""Carries calls to a subject written in Python, each in a forked child of the process that holds it."""
