# Everything on a fresh machine with Python 3.11 or newer and no root:
#   make demo     a whole run on generated data, from nothing to a report
#   make test     all tests
#   make check    style, types, the rule of imports, packaging
#   make campaign kills, damage, full disks, hostile input: half an hour; SEED=N draws the same trials again
#   make mutants  whether the tests notice a changed line of the science
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
WHEEL_VENV := .venv-wheel

# Our `evaluate` at the root must not hide a library of that name.
export PYTHONSAFEPATH := 1

.PHONY: demo test quick check wheel lowest campaign campaign-short docs benchmarks mutants clean

$(VENV)/.base: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) --editable '.[dev,weights]'
	# Without its torchvision, which has no build for a CPU's torch everywhere: the tests put a stand-in in its place.
	$(PIP) --no-deps timm
	touch $@

demo: $(VENV)/.base
	$(BIN)/cellswap demo .demo

# One worker a core; a file's tests stay together, so that what they share is made once. In the order of the folders: files of
# few tests would come last, and those are the long ones.
SPREAD := --numprocesses auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/.dev
	$(BIN)/pytest $(SPREAD)

quick: $(VENV)/.dev
	$(BIN)/pytest $(SPREAD) -m 'not slow and not browser'

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/basedpyright
	$(BIN)/pytest -q tests/unit/test_house.py

# Named lines of the science, changed one at a time: a test must notice each (MUTANT=name for one).
mutants: $(VENV)/.dev
	$(BIN)/python tests/mutants.py $(if $(MUTANT),--only '$(MUTANT)')

# The oldest DuckDB that pyproject.toml admits: the store must open there too.
lowest: $(VENV)/.dev
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --upgrade --target .venv-lowest 'duckdb==1.4.*'
	PYTHONPATH=.venv-lowest $(BIN)/pytest $(SPREAD) -q -m 'not slow and not browser' tests/unit/store tests/unit/sql tests/cli

# The wheel, in an environment of its own, from another folder.
wheel: $(VENV)/.dev
	rm -rf dist build $(WHEEL_VENV)  # pip takes what an older build left
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir dist .
	$(PYTHON) -m venv $(WHEEL_VENV)
	$(WHEEL_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt dist/*.whl
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' --version
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' init '$(abspath dist)/store'
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' ingest labels --store '$(abspath dist)/store'
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' ingest published --store '$(abspath dist)/store'
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' models >/dev/null
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' report --out '$(abspath dist)/report' --store '$(abspath dist)/store'
	cd / && '$(abspath $(WHEEL_VENV))/bin/cellswap' check --store '$(abspath dist)/store'

# Trials drawn from a seed, another one each time unless SEED is given: nothing may be lost, doubled, different, hung or left over.
KILLS ?= 200
CAMPAIGN := $(BIN)/python tests/campaign/run.py $(if $(SEED),--seed $(SEED))

campaign: $(VENV)/.dev
	$(CAMPAIGN) --kills $(KILLS)

campaign-short: $(VENV)/.dev
	$(CAMPAIGN) --short --kills 12

docs: $(VENV)/.dev
	$(BIN)/python docs/make_schema_page.py

benchmarks: $(VENV)/.dev
	for script in benchmarks/*.py; do PYTHONPATH=benchmarks $(BIN)/python $$script --quick || exit 1; done

clean:
	rm -rf $(VENV) $(WHEEL_VENV) .venv-lowest .demo dist build *.egg-info
