"""Plain C calls between two compilers: the kinds that only they have, as C, built, made and judged."""
