# Progress Pulse: `make demo` shows the product, `make test` proves it. Neither needs anything but Python 3.11 or newer.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SOURCES := pp_core pp_api pp_cli pp_tui pp_bots migrations tests bench
PYTEST_WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test check format soak bench lock clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Progress Pulse needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

install: $(VENV)/.runtime  ## Install Progress Pulse into .venv
install-dev: $(VENV)/.dev  ## Install what tests and checks need as well

demo: install  ## Show one day of a gym, on a database of its own
	@$(BIN)/pp demo

check: install-dev  ## Lint, types and the contracts between modules
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev  ## Format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

test: check  ## Checks, then all tests on the embedded database
	$(BIN)/pytest -n $(PYTEST_WORKERS)

soak: install-dev  ## The long kill, load and fuzz runs (SOAK_KILLS=50 SOAK_DESKS=10 SOAK_TRACKS=50 SOAK_SECONDS=120 PP_SCHEDULES=1000 PP_TEXTS=10000)
	$(BIN)/pytest -m soak -n 0 -s tests/soak
	PP_SCHEDULES=$${PP_SCHEDULES:-1000} PP_TEXTS=$${PP_TEXTS:-10000} $(BIN)/pytest -n $(PYTEST_WORKERS) \
	  tests/bots/dialogue/test_schedules.py tests/bots/dialogue/test_any_text.py
	PP_FUZZ_EXAMPLES=$${PP_FUZZ_EXAMPLES:-150} $(BIN)/pytest -n $(PYTEST_WORKERS) tests/api/test_schemathesis.py

bench: install-dev  ## Measure; prints a table and writes bench/results.json
	$(BIN)/python -m bench

lock: install-dev  ## Pin the requirements anew, with hashes
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header requirements/runtime.in -o requirements/runtime.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header requirements/dev.in -o requirements/dev.txt

clean:  ## Remove what was made here (the demo's database stays with `pp demo --keep`)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
