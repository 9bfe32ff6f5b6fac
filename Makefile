# Everything that one does with this project; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes for the tests; two, since the smallest machine has two cores.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-engine test-product test-browser check bench format rules lock clean

help: ## list these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/installed-run ## run Expcert here: web, worker and broker together; Ctrl-C ends it
	@exec $(BIN)/python manage.py serve

test: $(VENV)/installed-test ## bring what the tests need, and run them all
	@scripts/test-needs
	$(BIN)/python -m pytest -n $(JOBS) tests/diagnostics tests/fuzz tests/bench tests/expcert
	$(BIN)/python tests/with_servers.py $(BIN)/python -m pytest -n $(JOBS) tests/expcert --ignore tests/expcert/operations
	$(BIN)/python -m pytest tests/browser

test-engine: $(VENV)/installed-test ## the tests of diagnostics/ alone
	$(BIN)/python -m pytest -n $(JOBS) tests/diagnostics tests/fuzz tests/bench

test-product: $(VENV)/installed-test ## the tests of expcert/ alone, on SQLite and the embedded broker
	$(BIN)/python -m pytest -n $(JOBS) tests/expcert

test-browser: $(VENV)/installed-test ## the tests in a real browser alone
	@scripts/test-needs
	$(BIN)/python -m pytest tests/browser

check: $(VENV)/installed-test ## style, types, import contract, migrations, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	EXPCERT_DATA_DIR=$(VENV)/check-data $(BIN)/python manage.py check --fail-level WARNING
	EXPCERT_DATA_DIR=$(VENV)/check-data $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m diagnostics.rules --check docs/rules.md

bench: $(VENV)/installed-test ## speeds side by side with other programs, and the table of hand-overs
	$(BIN)/python bench/handover.py
	$(BIN)/python bench/readers.py

format: $(VENV)/installed-test ## put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

rules: $(VENV)/installed-run ## write docs/rules.md anew from the rules
	$(BIN)/python -m diagnostics.rules > docs/rules.md

lock: $(VENV)/installed-test ## resolve the dependencies anew and lock them with hashes
	scripts/lock $(BIN)/uv

clean: ## remove the virtual environment and caches; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# After an upgrade of Python the environment is there and empty: then its stamps say nothing.
$(shell $(BIN)/python -c 'import django' >/dev/null 2>&1 || rm -f $(VENV)/installed-run $(VENV)/installed-test)

# A stamp is newer than its lock file exactly when the environment holds what the lock says. The tests' lock contains
# that of the product, so either may come first.
$(VENV)/installed-run: requirements/run.txt scripts/venv
	@scripts/venv $(PYTHON) $(VENV)
	@echo "Installing the locked dependencies."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/run.txt
	@touch $@

$(VENV)/installed-test: requirements/test.txt scripts/venv
	@scripts/venv $(PYTHON) $(VENV)
	@echo "Installing the locked dependencies of product and tests."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/test.txt
	@touch $@ $(VENV)/installed-run
