"""Calls every function of a compiled library with what its schema obliges it to reject, and tells which accept it."""
