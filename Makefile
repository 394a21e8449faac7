# One set of commands for a person and for .ci/run. Nothing here needs a network beyond the package index.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run review test test-faults check fix bench bench-steady bench-sinks bench-review bench-accuracy bench-families bench-peers calibrate finetune quantise golden samples clean

run: $(VENV)/.installed
	$(BIN)/shenbao run sample_docs --out out || test $$? -eq 3

# The page on which people settle what a run left in doubt; JOB="folder" names another one than that of make run.
JOB ?= out
review: $(VENV)/.installed-review
	$(BIN)/shenbao review $(JOB)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

# Twenty kills in place of four, ten thousand inputs in place of one, hundreds of broken files: some ten minutes.
test-faults: $(VENV)/.installed-dev
	SHENBAO_SLOW=1 $(BIN)/python -m pytest tests/test_batch_*.py

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench.speed

# One file of 500 pages through a real run: does the worker stay small, and what does the driver cost? Some ten minutes;
# STEADY="--source sample_docs/declarations.pdf" takes pages with a text layer, "--engine ray --workers 2" other workers.
bench-steady: $(VENV)/.installed-dev
	$(BIN)/python -m bench.steady $(STEADY)

# Ten thousand records to each sink; SINKS="--postgresql URL" names an empty database to measure as well.
bench-sinks: $(VENV)/.installed-dev
	$(BIN)/python -m bench.sinks $(SINKS)

# The review page on ten thousand records, in a real browser; REVIEW="--job DIR" takes a job folder that is there.
bench-review: $(VENV)/.installed-dev
	$(BIN)/python -m bench.review $(REVIEW)

# Both read drawn pages and write bench/RESULTS.md; PEERS="--split tune --count 19 --level hard" changes what is read.
ACCURACY ?= --record --workers 2
PEERS    ?= --record

bench-accuracy: $(VENV)/.installed-dev
	$(BIN)/python -m bench.accuracy $(ACCURACY)

# Every form in every layout, and files of many records; FAMILIES="--split tune --show 40" lists what was read wrong.
bench-families: $(VENV)/.installed-dev
	$(BIN)/python -m bench.families $(FAMILIES)

bench-peers: $(VENV)/.installed-dev
	$(BIN)/python -m bench.peers $(PEERS)

# Learns how far the recogniser can be trusted; writes configs/confidence.yaml.
calibrate: $(VENV)/.installed-dev
	$(BIN)/python -m bench.calibrate

# Teaches the recogniser of the installed package what archives do to print; an hour, some 3 GB of packages. Then
# quantise, calibrate and golden, since readings and their probabilities differ.
finetune: $(VENV)/.installed-dev
	sh scripts/system_libraries.sh fonts
	$(PIP) install --quiet --constraint constraints.txt --editable '.[finetune]'
	$(BIN)/python -m bench.finetune

# Writes the recogniser in whole numbers anew, from the one in floats and lines of drawn pages.
quantise: $(VENV)/.installed-dev
	$(PIP) install --quiet --constraint constraints.txt --editable '.[quantise]'
	$(BIN)/python -m bench.quantise

golden: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/test_golden.py --update-golden

samples: $(VENV)/.installed-dev
	$(BIN)/python sample_docs/draw.py

clean:
	rm -rf $(VENV) out .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Shenbao needs Python 3.11 or newer: install it, or name it with PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.libraries: | $(VENV)/bin/python
	sh scripts/system_libraries.sh
	touch $@

$(VENV)/.libraries-test: | $(VENV)/.libraries
	sh scripts/system_libraries.sh test
	touch $@

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.libraries
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-review: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[review]'
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/.libraries-test
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.installed $(VENV)/.installed-review
