# Needs a Python that the lock has wheels for, make and a package registry. `make report` and `make test` set up what they need.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11 python
SUITS := import sys; sys.exit(not (3, 11, 5) <= sys.version_info[:3] < (3, 15))
PYTHON ?= $(shell for name in $(PYTHONS); do if $$name -c "$(SUITS)" 2>/dev/null; then echo $$name; break; fi; done)
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/.ready
MUTATED := analysis/measures
TESTED := tests/measures

.DEFAULT_GOAL := help
.PHONY: help setup report test coverage test-elsewhere lint docs mutants bench bench-long lab readme notebooks pictures clean

help:
	@echo "make report   report on the embedded table, into reports/published/"
	@echo "make test     all tests, with coverage"
	@echo "make coverage all tests, each followed line by line; half as long again"
	@echo "make lab      JupyterLab here, at notebooks/"
	@echo "make bench    speed, beside peers where they are installed"
	@echo "make bench-long  faults injected at length; hours"
	@echo "make lint     ruff, mypy, and notebooks without output"
	@echo "make test-elsewhere  tests of dates and words in another time zone and a C locale"
	@echo "make docs     renew what is generated in docs/"
	@echo "make mutants  change the measures line by line, and see which changes no test notices; hours"
	@echo "make notebooks  renew the parameters cells of the notebooks"
	@echo "make pictures  draw the pictures of notebooks/README.md again"
	@echo "make readme   renew what is generated in README.md"
	@echo "make setup    the environment alone"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || test -n "$(PYTHON)" || \
		{ echo "No Python from 3.11.5 to 3.14 was found among $(PYTHONS). Install one, or name it: make $(MAKECMDGOALS) PYTHON=/its/path" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q analysis
	$(BIN)/escalation indicators --quiet > $(VENV)/.compiled  # what numba compiles, so that the first report need not wait
	@touch $@

report: $(READY)
	$(BIN)/escalation report

# What is compiled is kept, whatever the environment says: each of three workers compiles all tests anew else.
test coverage: export PYTHONDONTWRITEBYTECODE =
test: $(READY)
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

coverage: $(READY)
	TRACE_ALL=1 $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --cov --cov-report=term-missing:skip-covered

test-elsewhere: $(READY)
	TZ=Pacific/Auckland LC_ALL=C $(BIN)/python -m pytest tests/incidents tests/figures tests/reports tests/scheduling/test_schedule.py tests/test_cli.py --ignore=tests/reports/test_fit.py --ignore=tests/reports/test_brief.py -m "not slow" --numprocesses=auto --no-cov

docs: $(READY)
	$(BIN)/python -m tests.docs
	$(BIN)/python -m tests.recipes

mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "cosmic-ray>=8.3"
	rm -rf build/mutants
	git clone --quiet . build/mutants
	sed -e 's|@MUTATED@|$(MUTATED)|; s|@TESTED@|$(TESTED)|; s|@PYTHON@|$(abspath $(BIN))/python|' tests/mutants.toml > build/mutants/mutants.toml
	cd build/mutants && PYTHONPATH=$(abspath build/mutants) $(abspath $(BIN))/cosmic-ray init mutants.toml session.sqlite
	cd build/mutants && PYTHONPATH=$(abspath build/mutants) $(abspath $(BIN))/cosmic-ray exec mutants.toml session.sqlite
	cd build/mutants && $(abspath $(BIN))/cr-report --show-diff --surviving-only session.sqlite

bench: $(READY)
	ESCALATION_SPEED_PAGE=1 $(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-disable-gc --no-cov

bench-long: $(READY)
	ESCALATION_LONG=1 $(BIN)/python -m pytest tests/benchmarks/test_faults.py tests/benchmarks/test_batch.py --benchmark-only --no-cov

readme: $(READY)
	$(BIN)/python -m tests.readme

notebooks: $(READY)
	$(BIN)/python -m tests.notebooks

pictures: $(READY)
	$(BIN)/python -m tests.pictures

lab: $(READY)
	$(BIN)/escalation lab

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .coverage mutants
