# The menu of the compendium. Every target sets up `.venv` by itself when it is missing or the lock changed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
export PYTHONHASHSEED := 0
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help setup book pdf test test-all check validate templates bench serve clean
help: ## show this menu
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(STAMP) ## set up .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; name yours with: make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) from requirements.lock (once; a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: $(STAMP) ## execute all notebooks and build the book into _build/html
	@$(BIN)/study book

pdf: $(STAMP) ## execute all notebooks and write the print edition into _build/pdf
	@$(BIN)/study pdf

test: $(STAMP) ## tests, data validation, nbval, every cell of the matrix
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser and not slow and not cluster" tests
	@$(BIN)/python -m pytest -q --nbval --nbval-current-env --nbval-cell-timeout=60 --nbval-sanitize-with tests/nbval.cfg notebooks

test-all: check test ## all of the above, ruff and mypy, and the book in a real browser
	@$(BIN)/study book && $(BIN)/study pdf
	@$(BIN)/python -m pytest -q -m "browser or slow or cluster" tests

check: $(STAMP) ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

validate: $(STAMP) ## check every table of data/ against its codebook
	@$(BIN)/study validate

templates: $(STAMP) ## store in the templates the outputs that nbval compares
	@$(BIN)/study templates

$(BENCH)/.installed: benchmarks/requirements.lock pyproject.toml
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo "Setting up $(BENCH) from benchmarks/requirements.lock (once; a few minutes)"
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

bench: $(BENCH)/.installed ## measure beside other ways, and write docs/performance.md (half an hour)
	@$(BENCH)/bin/python benchmarks/bench.py

serve: book ## show the book on http://127.0.0.1:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

clean: ## remove what was generated (not .venv)
	@rm -rf _build .study && find book -name '*.ipynb' -delete && find book -mindepth 2 -type d -empty -delete
