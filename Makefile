# Every target that needs Python first brings .venv up to date with requirements.lock.
# Needs make and Python 3.11 or newer; choose another interpreter with PYTHON=python3.12.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SCANNER := .venv-scanner/.ready

# What is compiled once is kept, whatever the machine says: tests start many processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help up demo test check chaos drill format audit screenshots bench fuzz scanner histories lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(READY) ## Start everything on this machine; DEMO=1 opens the demonstration
	@$(BIN)/groundwork up $(if $(filter 1,$(DEMO)),--demo)

demo: $(READY) ## Play three cases in skipped time and print their timelines
	@$(BIN)/groundwork demo

test: check ## Check, then run the tests; ARGS="-k calendar" narrows them
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 $(ARGS)

check: $(READY) ## Lint, formatting, types and the order of the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

chaos: $(READY) ## Let minutes of disaster pass over a busy installation; ARGS="--seed 7" again
	$(BIN)/python -m tests.chaos $(ARGS)

drill: $(READY) ## Make every alert ring on a live installation and follow its runbook
	$(BIN)/python -m tests.drill $(ARGS)

format: $(READY) ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The one target that asks somebody outside. It fails where no advisory service can be reached:
# what was not asked is not known to be sound.
audit: $(READY) ## Ask an advisory service for known weaknesses of what requirements.lock pins
	$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --requirement requirements.lock \
		--require-hashes --disable-pip --strict --progress-spinner off

screenshots: $(READY) ## Open every page in a browser and keep its pictures in build/screenshots
	$(BIN)/python -m pytest -q tests/browser/test_pages.py -k bars
	$(BIN)/python -m tests.browser.gallery

bench: $(READY) ## Measure against a bare workflow on the same server
	$(BIN)/python -m bench
	$(BIN)/python -m bench --curves

fuzz: $(READY) $(SCANNER) ## Attack a demonstration with thousands of requests; ARGS="--only api" picks one
	$(BIN)/python -m tests.fuzz $(ARGS)

scanner: $(SCANNER) ## Prepare the scanner of pages, so that make test has its tests too

COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 \
	--generate-hashes --no-header --no-config --no-emit-index-url --quiet

histories: $(READY) ## Record the histories that later releases must replay; NAMES=stopped for some
	$(BIN)/python -m tests.workflows.record_histories $(NAMES)

lock: $(READY) ## Write the lock files from pyproject.toml; UPGRADE=1 takes newer versions
	$(COMPILE) pyproject.toml --extra dev --extra s3 $(if $(filter 1,$(UPGRADE)),--upgrade) \
		--output-file requirements.lock
	$(COMPILE) pyproject.toml --extra build --extra s3 --constraint requirements.lock --no-annotate \
		$(if $(filter 1,$(UPGRADE)),--upgrade) --output-file requirements-image.lock
	$(COMPILE) tests/fuzz/scanner.in --no-annotate \
		$(if $(filter 1,$(UPGRADE)),--upgrade) --output-file tests/fuzz/scanner.lock

clean: ## Remove what make created; the data of a running system stays
	rm -rf .venv .venv-scanner build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

$(SCANNER): tests/fuzz/scanner.lock
	@echo "Preparing .venv-scanner from tests/fuzz/scanner.lock"
	@$(PYTHON) -m venv .venv-scanner
	@.venv-scanner/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --requirement tests/fuzz/scanner.lock
	@touch $@

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Groundwork needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: on Debian, apt-get install python3-venv"; \
		exit 1; }
	@echo "Preparing .venv from requirements.lock"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@
