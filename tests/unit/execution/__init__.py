"""Tests of conformance.execution."""
