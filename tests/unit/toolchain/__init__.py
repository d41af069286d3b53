"""Tests of the room that knows compilers."""
