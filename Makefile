# walletwatch: one command for each thing that is done with a checkout.
# The virtual environment makes itself, and again when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.dev-ready
BENCH_VENV := build/bench-venv
BENCH_READY := $(BENCH_VENV)/.ready
AUDIT_VENV := build/audit-venv
PEER_VENV := build/bench-peers
PEER_READY := $(PEER_VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCALE := monitor/locale
CATALOGUE := $(LOCALE)/zh_CN/LC_MESSAGES/walletwatch.po

# What follows `python -m pytest`, e.g. make test ARGS="-k policy"
ARGS ?=
# Seconds that `make bench` watches each program
BENCH_S ?= 60
# How long `make soak` takes: simulated days and real minutes (0 leaves that part out); its seed
DAYS ?= 90
MINUTES ?= 60
SEED ?=
# Seconds that `make fuzz` gives each parser
FUZZ_S ?= 60

# When the newest commit was made: the same commit gives the same bytes
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

.PHONY: help run test lint format bench bench-year bench-writes bench-scale bench-help soak evaluate torture fuzz pictures messages manual dist lock \
    audit clean

help:
	@echo "make run       watch this machine (Ctrl-C ends it)"
	@echo "make test      pass the tests; the lab's need root and nftables, and are skipped without"
	@echo "make lint      ruff, mypy, import contracts"
	@echo "make format    let ruff put the code in order"
	@echo "make bench     measure the daemon, and its peers that are installed, for BENCH_S=$(BENCH_S) s each,"
	@echo "               and write docs/benchmarks.md"
	@echo "make bench-year  measure the weekly report out of years of history"
	@echo "make bench-writes  measure what is written to the disk in a day"
	@echo "make bench-scale  measure how many targets a second one core asks"
	@echo "make soak      DAYS=$(DAYS) simulated days and MINUTES=$(MINUTES) real ones, into docs/endurance.md"
	@echo "make bench-help  measure how long --help takes"
	@echo "make evaluate  hold what it tells beside the truth, and write docs/evaluation.md"
	@echo "make torture   inject every fault into the running program, and write docs/faults.md"
	@echo "make fuzz      look for what breaks a parser, FUZZ_S=$(FUZZ_S) s each; writes docs/fuzzing.md"
	@echo "make pictures  take the README's pictures from the running program over the demo's month"
	@echo "make messages  bring the catalogues up to the code's texts, and compile them"
	@echo "make manual    write the man pages and the shells' completions in share/ from the commands"
	@echo "make dist      build wheel and sdist, the same bytes from the same commit"
	@echo "make lock      pin every dependency with its hashes (requirements.lock)"
	@echo "make audit     ask whether a pinned dependency has a known vulnerability"
	@echo "make clean     delete what can be made again"

run: $(READY)
	@exec $(BIN)/walletwatch run

test: $(DEV_READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Root has it done in the fault lab's healthy network, which answers; others in their own.
bench: $(DEV_READY) $(BENCH_READY) $(PEER_READY)
	PATH="$$PATH:$(abspath $(PEER_VENV))/bin" \
	    $(BIN)/python -m tests.bench.$(if $(filter 0,$(shell id -u)),in_lab,measure) \
	    --seconds $(BENCH_S) --python $(abspath $(BENCH_VENV))/bin/python --page $(ARGS)

bench-year: $(DEV_READY)
	$(BIN)/python -m tests.bench.year --page $(ARGS)

bench-writes: $(DEV_READY)
	$(BIN)/python -m tests.bench.writes --page $(ARGS)

bench-scale: $(DEV_READY)
	$(BIN)/python -m tests.bench.scale $(ARGS)

# The days need libfaketime; the minutes need root and nftables, and are left out without.
soak: $(DEV_READY)
	$(BIN)/python -m tests.soak --days $(DAYS) --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench-help: $(DEV_READY)
	$(BIN)/python -m tests.bench.help $(ARGS)

# The lab part needs root and nftables, and is left out (and said to be) without.
evaluate: $(DEV_READY)
	$(BIN)/python -m tests.evaluate $(ARGS)

# Some 35 minutes; needs root, D-Bus with python-dbusmock, and ext4 on loop devices.
torture: $(DEV_READY)
	$(BIN)/python -m tests.torture $(ARGS)

# Each parser has FUZZ_S seconds; what they found is kept in build/fuzz, and the next run goes on.
fuzz: $(DEV_READY)
	$(PIP) install --quiet atheris
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_S) --page $(ARGS)

# Needs Chromium, Xvfb, dunst and ImageMagick; the file is no test by its name, so that only this
# target runs it.
pictures: $(DEV_READY)
	LAB_REQUIRED=1 $(BIN)/python -m pytest -q tests/pictures/draw.py $(ARGS)

# The calls whose first words are a text for the user: the translator's own, and the errors that
# carry their sentence to it.
MARKS := -k N_ -k text -k plural:1,2 -k StoreError -k StoreUnavailableError -k ProbeError \
    -k TrustError -k _wrong

# Catalogues hold no source lines: they would change with every edit of the code.
messages: $(DEV_READY)
	mkdir -p build
	$(BIN)/pybabel --quiet extract $(MARKS) --no-location --project walletwatch \
	    -o build/walletwatch.pot monitor
	$(BIN)/pybabel --quiet update -i build/walletwatch.pot -d $(LOCALE) -D walletwatch \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100
	$(BIN)/pybabel compile -d $(LOCALE) -D walletwatch --statistics

manual: $(DEV_READY)
	$(BIN)/python -m tests.manual

dist: $(DEV_READY)
	$(if $(SOURCE_DATE_EPOCH),SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH)) \
	    $(BIN)/python -m build --no-isolation

# One file for every system and Python: what holds only somewhere carries its condition. LOCK_ARGS
# takes --upgrade, or --upgrade-package NAME; without, what is pinned and fits stays.
lock: $(DEV_READY)
	$(PIP) install --quiet --group lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $(LOCK_ARGS) pyproject.toml -o requirements.lock

# In an environment of its own: what audits must not change what is audited.
audit:
	test -x $(AUDIT_VENV)/bin/python || $(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --upgrade 'pip>=25.1'
	$(AUDIT_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --group audit
	$(AUDIT_VENV)/bin/python tests/audit.py requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find monitor tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "walletwatch needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --editable .
	@touch $@

# What is measured has what a user installs, and nothing of the tests' besides.
$(BENCH_READY): $(READY)
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --editable .
	@touch $@

# The one peer that Debian does not have; the others are its packages fping, smokeping,
# prometheus-blackbox-exporter and prometheus-smokeping-prober, each left out where it is missing.
$(PEER_READY):
	$(PYTHON) -m venv $(PEER_VENV)
	$(PEER_VENV)/bin/python -m pip --disable-pip-version-check install --quiet vaping
	@touch $@

# Dependency groups came with pip 25.1, and a system's Python often brings an older one.
$(DEV_READY): $(READY)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --group dev
	@touch $@
