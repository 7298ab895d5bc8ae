# make run     set up everything and serve on http://127.0.0.1:8000; PORT=8123 make run elsewhere
# make test    set up everything and run all tests; make test ARGS='-k golden' a part
# make check   lint, types, import contracts, migrations in step
# make bench   posting against what the database itself can do; ONLY=posting, SIZE=full; writes bench.json
PY   ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN  := $(VENV)/bin
ARGS ?=
PIP  := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all:

run: $(VENV)/.ok
	exec $(BIN)/python -m devstack up

test: $(VENV)/.ok
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	DJANGO_SETTINGS_MODULE=config.settings_test $(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.ok
	$(BIN)/python -m benchmarks

$(VENV)/.ok: requirements.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed (set PY=)"; exit 1; }
	@test -x $(BIN)/pip || $(PY) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  echo "no python3-venv here: using virtualenv"; $(PY) -m pip install -q --disable-pip-version-check --target .tools virtualenv && PYTHONPATH=.tools $(PY) -m virtualenv -q $(VENV); }
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.ok requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

lock:        # after editing pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group embedded --group test -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group embedded --group test --group dev -c requirements.txt -o requirements-dev.txt

.PHONY: run test check bench lock
