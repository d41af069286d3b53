"""Which tools see a call that is wrong: type codes, sanitizers, compilers' warnings, function-type checks."""
