# What a person needs. Every target starts from a bare machine with python3 (3.11 or newer), venv, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# uv from the PATH where there is one; else the virtual environment gets its own.
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

export HOST PORT

.PHONY: help run reset test test-sqlite test-postgres faults times access-rows access-faults check check-deploy format lock audit clean

help:
	@echo "make run      a demonstration on http://127.0.0.1:8000/ (HOST and PORT can be set)"
	@echo "make reset    remove the demonstration's data"
	@echo "make test     all tests, on SQLite and on PostgreSQL with Redis"
	@echo "make faults   what may befall an installation, done to its mail (ARGS=--list names the faults)"
	@echo "make access-rows    lines that the reviewed access matrix lacks (ARGS=--write puts them in)"
	@echo "make access-faults  holes in the permissions, made one at a time: does a test notice?"
	@echo "make times    50,000 meetings in every time zone against the C library (CASES and SEED can be set)"
	@echo "make check    format, lint, types, layers, migrations, templates, settings"
	@echo "make format   format the code"
	@echo "make lock     compile requirements/ from pyproject.toml"
	@echo "make audit    known weaknesses of the locked packages (asks the network)"

# A recipe of one exec: a signal to make reaches the program itself.
run: $(VENV)/base.stamp
	@exec $(BIN)/python -m ci_backbone.embedded

reset: $(VENV)/base.stamp
	@exec $(BIN)/python -m ci_backbone.embedded reset

test: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.rig.both

test-sqlite: $(VENV)/dev.stamp
	@DJANGO_DB=sqlite exec $(BIN)/python -m pytest -n auto

test-postgres: $(VENV)/dev.stamp
	@DJANGO_DB=postgres exec $(BIN)/python -m pytest -n auto

# All faults with 1500 messages each take some 25 minutes; ARGS="--only killed --messages 200" takes less.
faults: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.faults $(ARGS)

access-rows: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.walls.access_rows $(ARGS)

# One hole at a time is put into a copy of the code; ARGS="--only csrf" tries some, ARGS=--list names them.
access-faults: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.access_faults $(ARGS)

times: $(VENV)/dev.stamp
	@exec $(BIN)/python -m tests.time $(CASES:%=--cases %) $(SEED:%=--seed %)

check: $(VENV)/dev.stamp check-deploy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.rig.manage makemigrations --check --dry-run
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml manage.py ci_backbone communications teams measures agenda partnership
	$(BIN)/python -m tests.rig.sweep

# The settings of docker-compose.yml, as the containers get them.
check-deploy: $(VENV)/dev.stamp
	$(BIN)/python -m tests.rig.compose manage.py check --deploy --fail-level WARNING

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

lock: $(BIN)/uv
	$(COMPILE) pyproject.toml --extra anymail --output-file requirements/base.txt
	$(COMPILE) pyproject.toml --group dev --constraints requirements/base.txt --output-file requirements/dev.txt
	echo uv | $(COMPILE) - --output-file requirements/uv.txt

audit: $(VENV)/dev.stamp
	$(UV) tool run pip-audit --require-hashes --disable-pip --requirement requirements/base.txt

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: $(BIN)/python requirements/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.txt
	@touch $@

$(VENV)/base.stamp: requirements/base.txt $(BIN)/python $(filter $(BIN)/uv,$(UV))
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/base.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(BIN)/python $(filter $(BIN)/uv,$(UV))
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/dev.txt
	@touch $@
