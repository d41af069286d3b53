# Short forms of dev.py; more arguments through ARGS, as in `make run ARGS='--profile ci'`.
PYTHON ?= python3

.PHONY: run test seeds lint setup lock
run test seeds lint setup lock:
	@$(PYTHON) dev.py $@ $(ARGS)
