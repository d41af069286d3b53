# Short forms of dev.py; more arguments through ARGS, as in `make run ARGS='--profile ci'`.
# `make mutants SEED=7 COUNT=100` draws others.
PYTHON ?= python3

.PHONY: run test seeds mutants lint coverage sanitize release docs docs-site setup lock
run test seeds lint coverage sanitize release docs docs-site setup lock:
	@$(PYTHON) dev.py $@ $(ARGS)

mutants:
	@$(PYTHON) dev.py $@ $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) $(ARGS)
