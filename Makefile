# make run     set up everything and serve on http://127.0.0.1:8000; PORT=8123 make run elsewhere
# make test    set up everything and run all tests; make test ARGS='-k golden' a part, WORKERS=4 side by side
# make check   lint, types, import contracts, templates, migrations in step, vendored assets by hash
# make bench   posting and costing against what the database itself can do; ONLY=costing, SIZE=full; writes bench.json
# make fuzz    random histories through the verbs; MINUTES=45
# make lock    after editing pyproject.toml
PY      ?= $(shell command -v python3.11 || command -v python3)
VENV    ?= .venv
BIN     := $(VENV)/bin
ARGS    ?=
WORKERS ?= 2
MINUTES ?= 5
PIP     := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group embedded --group test

run: $(VENV)/.ok
	@exec $(BIN)/python -m devstack up

test: $(VENV)/.ok
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports
	$(BIN)/mypy
	DJANGO_SETTINGS_MODULE=config.settings_test $(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.ok
	$(BIN)/python -m benchmarks

fuzz: $(VENV)/.ok
	MINUTES=$(MINUTES) $(BIN)/python -m tests.fuzz

lock: $(VENV)/.dev
	$(COMPILE) -o requirements.txt
	$(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt

$(VENV)/.ok: requirements.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed (set PY=)"; exit 1; }
	@test -x $(BIN)/pip || $(PY) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  echo "no python3-venv here: using virtualenv"; $(PY) -m pip install -q --disable-pip-version-check --target .tools virtualenv && PYTHONPATH=.tools $(PY) -m virtualenv -q $(VENV); }
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.ok requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

.PHONY: run test check bench fuzz lock
