# The menu of the compendium. Every target sets up `.venv` by itself when it is missing or the lock changed.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PYTHONHASHSEED := 0
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help setup book test test-all check validate serve clean
help: ## show this menu
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(STAMP) ## set up .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; name yours with: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) from requirements.lock (once; a few minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: $(STAMP) ## execute all notebooks and build the book into _build/html
	@$(BIN)/study book

test: $(STAMP) ## tests, data validation, nbval, every cell of the matrix
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser" tests
	@$(BIN)/python -m pytest -q -p no:randomly -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=60 notebooks

test-all: test ## the tests above and those that need a browser
	@$(BIN)/python -m pytest -m browser tests

check: $(STAMP) ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

validate: $(STAMP) ## check every table of data/ against its codebook
	@$(BIN)/study validate

serve: book ## show the book on http://127.0.0.1:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

clean: ## remove what was generated (not .venv)
	@rm -rf _build .study book/*/editions
