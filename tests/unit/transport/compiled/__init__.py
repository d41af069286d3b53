"""Tests of conformance.transport.compiled."""
