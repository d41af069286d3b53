"""Tests of the room that measures what a convention costs."""
