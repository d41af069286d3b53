"""A gate in three lines: run the suite, say what is wrong, end as `abi-conformance run` does."""

import sys

from conformance import api

result = api.run(*sys.argv[1:], compiler="tcc", check=["X0-TYPE", "X0-COUNT"])
print(result)
sys.exit(result.exit_code)
