# Three commands carry the project: `make demo`, `make sandbox` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Breakwater needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python lacks ensurepip; install it first (on Debian: apt install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Breakwater runs on into $(VENV) (once, about a minute) ..."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what its tests need ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.runtime ## install the runtime into .venv

.PHONY: dev
dev: $(VENV)/.dev ## install the runtime and the development tools into .venv

.PHONY: demo
demo: $(VENV)/.runtime ## play one whole liquidity incident end to end
	@$(BIN)/python -m bot demo

.PHONY: sandbox
sandbox: $(VENV)/.runtime ## play an incident by hand at http://127.0.0.1:8080/ (CONSOLE_PORT)
	@$(BIN)/python -m bot sandbox

.PHONY: test
test: $(VENV)/.dev ## run every test, on real PostgreSQL and Redis too
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## ruff, mypy and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.dev ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.dev ## measure; prints a table and writes var/bench.json
	@$(BIN)/python -m tests.bench

.PHONY: screenshots
screenshots: $(VENV)/.dev ## draw the README's pictures anew from a played incident (needs Chromium)
	@$(BIN)/python -m tests.screenshots

.PHONY: lock
lock: ## renew the locked requirements (needs uv)
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

.PHONY: clean
clean: ## remove what was made here, .venv aside
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
