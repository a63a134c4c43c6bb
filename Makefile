# Every chore is one word. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: help setup run test lint format bench lock nlu-train nlu-test clean

help: ## List the chores
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

setup: .venv/.stamp web/static/dist/.stamp ## Create both environments and fetch the assets
	@nlu_data/install.sh

run: setup ## Start everything and print the addresses
	@$(BIN)/python run.py

test: setup browser lint ## Lint, then every test: real Valkey, both databases, a real Rasa server, a real browser
	@# Three processes on two cores, as they wait much. Real processes and a real browser may lose a race on a loaded machine: what fails gets one more chance, alone.
	@$(BIN)/pytest -n 3 --no-loadscope-reorder || { test $$? = 1 && echo 'Once more, only what failed:' && $(BIN)/pytest --last-failed; }

lint: .venv/.stamp ## Style, strict types, import directions
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted: run `make format`'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

format: .venv/.stamp ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup ## Measure, as ratios in one run
	@$(BIN)/python -m bench

nlu-train: setup ## Train a model from nlu_data and make it the live one
	@$(BIN)/flask --app app nlu train

nlu-test: setup ## Measure the live model on sentences it has never seen
	@$(BIN)/flask --app app nlu evaluate

lock: ## Pin requirements*.in anew, with hashes
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt

clean: ## Remove everything that running made
	@rm -rf .venv .venv-nlu node_modules web/static/dist instance

browser:
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

.venv/.stamp: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the application's environment"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

node_modules/.stamp: package-lock.json
	@echo "Fetching assets"
	@npm ci --silent --no-fund --no-audit --ignore-scripts
	@touch $@

web/static/dist/.stamp: node_modules/.stamp package.json web/static/build.mjs $(shell find web/templates web/static/src)
	@echo "Building the pages' assets"
	@npm run --silent build
	@touch $@
