# The menu of the compendium. Every target sets up `.venv` by itself when it is missing or the lock changed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
VALIDATORS := .venv-validators
# Python reads the path of an editable install in the encoding of the locale, which may lack the letters of a folder: it is
# written relative to where it lies, so that it needs none
define relative
@for file in $(1)/lib/python*/site-packages/__editable__.smart_cities_study-*.pth; do \
  test ! -f "$$file" || echo ../../../../src > "$$file"; done
endef
export PYTHONHASHSEED := 0
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help setup book pdf release test test-all whole-way verify check validate templates bench bench-verify serve clean
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
	$(call relative,$(VENV))
	@touch $@

book: $(STAMP) ## execute all notebooks and build the book into _build/html
	@$(BIN)/study book

pdf: $(STAMP) ## execute all notebooks and write the print edition into _build/pdf
	@$(BIN)/study pdf

release: $(STAMP) ## write the evidence bundle into _build/evidence (DATE=2027-01-31, unless CITATION.cff has one)
	@$(BIN)/study release $(if $(DATE),--date $(DATE))

test: $(STAMP) ## tests, data validation, nbval, every cell of the matrix
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser and not built and not slow and not cluster" tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=60 --nbval-sanitize-with tests/nbval.cfg notebooks

test-all: check $(if $(TESTED),,test) $(VALIDATORS)/.installed ## all of the above, check, verify, and the book in a real browser
	@$(if $(TESTED),,$(BIN)/study book &&) $(BIN)/study pdf
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "browser or slow or cluster or built" --ignore tests/test_whole_way.py tests
	@$(MAKE) --no-print-directory -j 2 verify whole-way

whole-way: $(STAMP) # beside `verify`: both work in copies of their own, and each leaves a processor idle at times
	@$(BIN)/python -m pytest -q tests/test_whole_way.py

verify: $(STAMP) ## build everything twice under changed conditions, and compare every byte
	@$(BIN)/study twice

check: $(STAMP) ## ruff, mypy and the contracts of imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

validate: $(STAMP) ## check every table of data/ against its codebook
	@$(BIN)/study validate

templates: $(STAMP) ## store in the templates the outputs that nbval compares
	@$(BIN)/study templates

$(BENCH)/.installed: benchmarks/requirements.lock pyproject.toml
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@echo "Setting up $(BENCH) from benchmarks/requirements.lock (once; a few minutes)"
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(call relative,$(BENCH))
	@touch $@

bench: $(BENCH)/.installed ## measure beside other ways, and write docs/performance.md (half an hour)
	@$(BENCH)/bin/python benchmarks/bench.py

# programs that others wrote, which check the evidence bundle
$(VALIDATORS)/.installed: tests/validators/requirements.lock
	@test -x $(VALIDATORS)/bin/python || $(PYTHON) -m venv $(VALIDATORS)
	@echo "Setting up $(VALIDATORS) from tests/validators/requirements.lock (once)"
	@$(VALIDATORS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/validators/requirements.lock
	@touch $@

bench-verify: $(STAMP) ## measure what checking the study takes, and write benchmarks/verify.json (a quarter of an hour)
	@$(BIN)/python benchmarks/verify_times.py

serve: book ## show the book on http://127.0.0.1:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

clean: ## remove what was generated (not .venv)
	@rm -rf _build .study && find book -name '*.ipynb' -delete && find book -mindepth 2 -type d -empty -delete
