# Two commands do everything: `make run` and `make test`. They need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export DEBUG ?= true
export PUBLIC_URL ?= http://localhost:$(PORT)

.DEFAULT_GOAL := help
.PHONY: help run test check bench migrate worker lock

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/runs  ## Start the portal with demo data: web server, worker and clock (PORT=8000)
	@$(BIN)/python manage.py run_portal --port $(PORT)

test: $(VENV)/tests  ## Run the whole suite, in a real browser too where a Chromium is found
	@env -u DEBUG -u PUBLIC_URL -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/tests  ## Lint, format, types, migrations, deployment settings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@.ci/check-deploy $(BIN)/python

bench: $(VENV)/tests  ## Measure speed against a bare Django view (needs PostgreSQL, redis-server, wrk; ARGS=polls)
	@env -u DEBUG -u PUBLIC_URL $(BIN)/python -m tests.bench $(ARGS)

migrate: $(VENV)/runs  ## Bring the database and the portal's own rows up to date
	@$(BIN)/python manage.py migrate && $(BIN)/python manage.py setup_portal

worker: $(VENV)/runs  ## Run a worker alone, beside a web server started elsewhere
	@$(BIN)/python -m celery -A cop_portal worker --loglevel INFO --concurrency 1

lock:  ## Choose and pin the dependencies anew (needs uv)
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml -o requirements.lock >/dev/null
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--group dev pyproject.toml -o tests/requirements.lock >/dev/null

# The environment, made again whenever a lock changes. uv is used where it is present: it is faster.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "The portal needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
		{ [ -x $(BIN)/python ] || uv venv -q --python $(PYTHON) $(VENV); } \
			&& uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r $(1); \
	else \
		$(PYTHON) -c 'import ensurepip' 2>/dev/null \
			|| { echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 1; }; \
		$(PYTHON) -m venv $(VENV) \
			&& $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(1); \
	fi
	@touch $@
endef

$(VENV)/runs: requirements.lock
	$(call install,requirements.lock)

$(VENV)/tests: tests/requirements.lock
	$(call install,tests/requirements.lock)
	@touch $(VENV)/runs
