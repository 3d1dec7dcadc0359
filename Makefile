# Settings come from the environment or .env: `PORT=8001 make run`. `PYTHON=python3.12 make run` chooses the Python;
# ARGS goes on to the tests: `make test ARGS="-k refund"`. A file there chooses: `make test ARGS=credits/ledger.py`.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

# Checks need settings, but neither a developer's own nor their databases.
CHECK_ENV := ENV_FILE= SECRET_KEY=only-for-checks-0123456789-abcdefghij-0123456789-abcd DATA_DIR=.venv/check DATABASE_URL= AUTH_DATABASE_URL=
SITE := tests/interop/site
SITE_INSTALLED := $(SITE)/node_modules/.package-lock.json
CACHES := .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

.DEFAULT_GOAL := help
.PHONY: help run test dearest check mutants bench chaos hostile proxy pooler browser interop format clean runtime development node

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: runtime ## Set everything up and serve http://localhost:8000; Ctrl-C stops it.
	@exec $(BIN)/python -m fltr_project

test: development ## Run the whole suite, on SQLite and on PostgreSQL.
	@$(BIN)/python -m tests.support.runner $(ARGS)

dearest: development ## List the tests that take longest, having run the suite.
	@$(BIN)/python -m tests.support.runner --durations=30 --durations-min=0.3 $(ARGS)

check: development ## Check style, types, settings, migrations and imports.
	@mkdir -p .venv/check
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(CHECK_ENV) $(BIN)/python manage.py check --fail-level WARNING
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/python -m mypy
	$(BIN)/python -m pytest -q tests/project/test_imports.py

mutants: development ## Plant faults one at a time, and see that for each a test turns red; takes half an hour.
	$(BIN)/python -m tests.mutants $(ARGS)

bench: development ## Measure the ledger's speed, and with DATA=<collection> the quality and speed of search.
	$(BIN)/python -m benchmarks.ledger $(ARGS)
	$(if $(DATA),$(BIN)/python benchmarks/search_quality.py --data "$(DATA)",@echo 'Search was not measured: DATA names no collection.')

chaos: development ## Kill processes on purpose and see that nothing is lost; takes minutes.
	$(BIN)/python -m pytest -m chaos -v $(ARGS)

hostile: development ## Attack a whole instance on PostgreSQL, and see that everybody else is answered; measures.
	FLTR_TEST_DB=postgresql $(BIN)/python -m pytest -m hostile -v -s $(ARGS) tests/hostile

proxy: development ## Call an instance through docs/nginx.conf; needs nginx.
	$(BIN)/python -m pytest -m proxy -v $(ARGS) tests/proxy

pooler: development ## Run it all behind a PgBouncer in transaction mode; needs pgbouncer.
	$(BIN)/python -m pytest -m pooler -v $(ARGS) tests/pooler

browser: development ## Click through the pages in an installed Chromium.
	$(BIN)/python -m pytest -m browser -v $(ARGS) tests/browser

interop: development node $(SITE_INSTALLED) ## Call with what a real Better Auth hands out; needs Node.js 20 or newer.
	$(BIN)/python -m pytest -m interop -v -n 2 --dist loadfile $(ARGS) tests/interop

$(SITE_INSTALLED): $(SITE)/package-lock.json | node
	cd $(SITE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

format: development ## Rewrite the code in the house's style, and what documents repeat from the code.
	$(BIN)/python -m ruff check --fix-only .
	$(BIN)/python -m ruff format .
	@mkdir -p .venv/check
	$(CHECK_ENV) $(BIN)/python -m tests.support.write_documents

clean: ## Remove caches and .venv; never data.
	rm -rf .venv $(SITE)/node_modules $(CACHES)
	find . -path ./data -prune -o -type d -name __pycache__ -exec rm -rf {} +

node:
	@node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2> /dev/null && command -v npm > /dev/null \
		|| { echo 'There is no Node.js 20 or newer with npm here, and Better Auth runs on nothing else.'; exit 1; }

runtime: REQUIREMENTS := requirements.txt
development: REQUIREMENTS := requirements-dev.txt
runtime development:
	@command -v "$(PYTHON)" > /dev/null || { echo 'There is no $(PYTHON) here. Install Python 3.11 or newer.'; exit 1; }
	@"$(PYTHON)" .ci/environment.py $(REQUIREMENTS)
