# Needs Python >= 3.11, make and a package registry. `make report` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup report test lint bench bench-long lab readme notebooks clean

help:
	@echo "make report   report on the embedded table, into reports/published/"
	@echo "make test     all tests, with coverage"
	@echo "make lab      JupyterLab on notebooks/"
	@echo "make bench    speed, beside peers where they are installed"
	@echo "make bench-long  faults injected at length; an hour"
	@echo "make lint     ruff"
	@echo "make notebooks  renew the parameters cells of the notebooks"
	@echo "make readme   renew what is generated in README.md"
	@echo "make setup    the environment alone"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

report: $(READY)
	$(BIN)/escalation report

test: $(READY)
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --cov --cov-report=term:skip-covered

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

bench: $(READY)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-disable-gc --no-cov

bench-long: $(READY)
	ESCALATION_LONG=1 $(BIN)/python -m pytest tests/benchmarks/test_faults.py tests/benchmarks/test_batch.py --benchmark-only --no-cov

readme: $(READY)
	$(BIN)/python -m tests.readme

notebooks: $(READY)
	$(BIN)/python -m tests.notebooks

lab: $(READY)
	$(BIN)/escalation lab

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .coverage
