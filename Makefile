# gridmap: `make run` for the map, `make test` for the proof. Both set up what a bare machine lacks.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
WORKERS ?= auto
CASE ?=
SCALES ?= 1 2
SIZES ?= 100000 1000000

.PHONY: run test lint format bench clean system-run system-test
.DEFAULT_GOAL := run

run: system-run $(VENV)/.run
	$(BIN)/gridmap serve

test: system-test $(VENV)/.dev lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: system-run $(VENV)/.bench
	SCALES='$(SCALES)' SIZES='$(SIZES)' $(BIN)/python -m benchmarks $(CASE)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system-run:
	@deploy/system-packages run

system-test:
	@deploy/system-packages test

# Each stamp is one set of dependencies; it is made anew when pyproject.toml changes.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[bench]'
	@touch $@

$(BIN)/python: | system-run
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
