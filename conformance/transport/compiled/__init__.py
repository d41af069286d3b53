"""Carries calls between compiled sides: lays them out in shared memory, and has a C runner make them."""
