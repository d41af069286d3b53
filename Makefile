# Short forms of dev.py; more arguments through ARGS, as in `make run ARGS='--profile ci'`.
PYTHON ?= python3

.PHONY: run test seeds lint coverage sanitize setup lock
run test seeds lint coverage sanitize setup lock:
	@$(PYTHON) dev.py $@ $(ARGS)
