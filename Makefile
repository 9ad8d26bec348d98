# `make` lists what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Files of tests run beside each other: half of the time they wait for servers that they started.
BESIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: help install demo test lint schema migration bench soak

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# Stamps: a set of requirements is installed again only when its files change.
.venv/runtime: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what SPILNO runs on ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

.venv/development: .venv/runtime
	@echo "Installing what its tests need ..."
	@$(PIP) install -c constraints.txt -e '.[dev,postgres]'
	@touch $@

install: .venv/runtime ## Install SPILNO into .venv, with GraphiQL's files where npm is there
	@$(BIN)/python -m gateway.http.graphiql.fetch

demo: install ## Serve the graph with lively demo data on http://127.0.0.1:8000
	@$(BIN)/spilno demo

test: .venv/development ## Check format, lint, types, contracts and schema; run every test
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest $(BESIDE)

lint: .venv/development ## Check format, lint, types and who imports whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/spilno schema | diff -u schema.graphql - || (echo "schema.graphql is old: make schema"; exit 1)

schema: .venv/development ## Write schema.graphql anew
	$(BIN)/spilno schema > schema.graphql

migration: .venv/development ## Write a migration: make migration module=civic message="add pins"
	$(BIN)/python -m gateway.revise $(module) "$(message)"

bench: .venv/development ## Measure requests per second, p99 and CPU on PostgreSQL, ours and its peers
	$(BIN)/python -m bench
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.fanout
	$(BIN)/python -m bench.sign_in

soak: .venv/development ## Run the fault scenarios for long
	$(BIN)/python -m pytest -m soak -s
	$(BIN)/python -W ignore -m tests.execution.sameness
