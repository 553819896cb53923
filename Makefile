# The whole workshop. `make help` explains it; the same commands run in CI.
# It needs make, git and Python 3.11 or newer; everything else it fetches, pinned and hashed.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory
unexport DJANGO_SETTINGS_MODULE VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

# The first Python that is new enough; asked for only while there is no .venv. A distribution's own goes first, if it has
# pip inside: it was compiled with a profile of what programs do, and takes a fifth less time than one built by hand.
PYTHON = $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 && exit; \
	for python in python python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/bin/python
BOOT = $(or $(wildcard $(VENV)),$(PYTHON),$(error Busy needs Python 3.11 or newer; none was found))
WORKERS ?= auto
TESTS ?=

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup-run
setup-run:
	@$(BOOT) -m tools.packages run

.PHONY: setup
setup: ## Make .venv with all packages for development
	@$(BOOT) -m tools.packages dev

.PHONY: run
run: setup-run ## Run Busy here with demo data: http://localhost:8000 (PORT=8100 chooses another port)
	@exec $(VENV) -m tools.run

.PHONY: test
test: setup browser ## Every check and test, as CI runs them (TESTS=path or WORKERS=4 narrow or widen)
	@$(VENV) -m tools.check all --workers $(WORKERS) $(TESTS)

.PHONY: lint
lint: setup ## Ruff, mypy and the import rules
	@$(VENV) -m tools.check lint

.PHONY: check
check: setup ## What to run before a commit: lint, and the tests without a browser
	@$(VENV) -m tools.check quick --workers $(WORKERS) $(TESTS)

.PHONY: format
format: setup ## Let Ruff format the code and mend what it can
	@$(VENV) -m ruff format . && $(VENV) -m ruff check --fix .

.PHONY: faults
faults: setup ## The long fault tests (FAULT_STEPS=10000 FAULT_EXAMPLES=2000 FAULT_ROUNDS=50 make it longer)
	@$(VENV) -m tools.check faults --workers $(WORKERS) $(TESTS)

.PHONY: bench
bench: setup ## Measure; benchmarks/README.md explains the figures
	@$(VENV) -m tools.with_servers $(VENV) -m benchmarks $(ARGS)

.PHONY: messages
messages: setup ## Collect the sentences to translate into locale/
	@$(VENV) -m tools.messages

.PHONY: manage
manage: setup-run ## Django's command line on Busy's own database: make manage ARGS="showmigrations"
	@$(VENV) -m tools.with_servers $(VENV) manage.py $(ARGS)

.PHONY: browser
browser: setup
	@$(VENV) -m tools.browser

# Universal locks, with hashes and without any address: every index that serves these files will do.
COMPILE := .venv/uv/bin/uv pip compile -q --no-header --universal --python-version 3.11 --generate-hashes

.PHONY: lock
lock: setup ## Renew the locks from pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	@$(COMPILE) $(LOCK_ARGS) --extra local pyproject.toml -o requirements.lock
	@$(COMPILE) --extra local --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(COMPILE) -c requirements.lock pyproject.toml -o requirements-server.lock
	@grep -o '^uv==[0-9.]*' requirements-uv.lock | $(COMPILE) --no-annotate - -o requirements-uv.lock

.PHONY: reset
reset: ## Throw away Busy's own database, sandboxes and secrets (.busy/)
	@$(BOOT) -m tools.clean reset

.PHONY: clean
clean: ## Throw away everything that was made: .busy/, .venv/ and caches
	@$(BOOT) -m tools.clean all
