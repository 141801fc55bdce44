.DEFAULT_GOAL := help
PYTHON ?= python3
ROUNDS ?= 1
BIN := .venv/bin
STAMP := .venv/.locked

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## prepare .venv with everything locked, promptmill in it

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked requirements into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

format: setup ## rewrite the sources in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: setup ## format check, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: setup ## the whole suite on real Postgres and real Valkey
	@$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4

chaos: setup ## break everything at random on real Postgres and Valkey (ROUNDS=1)
	@$(BIN)/python -m tests.journeys.chaos --rounds $(ROUNDS)

bench-limits: setup ## how much of a limit the fleet delivers, and how often it is refused (a minute a row)
	@$(BIN)/python benchmarks/limits.py

demo: setup ## run the 1,000 example prompts on the embedded stack
	@$(BIN)/promptmill run examples/arithmetic.jsonl --output results.jsonl

lock: ## pin the newest versions of all requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what setup and the tools made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help setup format check test chaos bench-limits demo lock clean
