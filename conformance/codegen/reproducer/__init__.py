"""A finding as a C program of its own, which makes the call and judges it without Python."""

from conformance.codegen.reproducer.recipe import Commands, Recipe
from conformance.codegen.reproducer.render import NoReproducerError, render

__all__ = ["Commands", "NoReproducerError", "Recipe", "render"]
