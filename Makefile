# Each target builds .venv first where it is missing, from constraints.txt.

PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS := test,docs,bench,plot,onnx,dask,dist
OLDEST := .venv-oldest

BENCHMARKS = $(sort $(wildcard benchmarks/[a-z]*.py))

# One thread a process: results don't depend on it, and two pytest workers
# with two threads each would only get into each other's way.
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DELETE_ON_ERROR:
.PHONY: help demo test test-oldest lint docs bench dist clean

help:
	@echo "make demo         the German-credit example, dense beside pruned (examples/)"
	@echo "make test         every test, the slow ones too"
	@echo "make test-oldest  the quick tests, with the oldest versions of pyproject.toml"
	@echo "make lint         ruff and mypy"
	@echo "make docs         the documentation, into docs/_build/html"
	@echo "make bench        every benchmark table (benchmarks/)"
	@echo "make dist         the source archive and the wheel, checked, into dist"
	@echo "make clean        remove what the other targets built"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "skprune needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ": run make PYTHON=/path/to/python")'
	@echo "Installing into $(VENV) what pyproject.toml and constraints.txt name: minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@

demo: $(STAMP)
	$(BIN)/python examples/german_credit.py

test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

# In an environment of its own, which takes as long to install as .venv.
$(OLDEST)/.installed: pyproject.toml constraints.txt tools/oldest.py
	@test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	$(PYTHON) tools/oldest.py > $(OLDEST)/oldest.txt
	@$(OLDEST)/bin/python -m pip install -qq --constraint $(OLDEST)/oldest.txt --editable '.[test,plot,onnx,dask]'
	@touch $@

test-oldest: $(OLDEST)/.installed
	$(OLDEST)/bin/python -m pytest --numprocesses $(WORKERS) -m 'not slow'

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	$(BIN)/python tools/links.py docs/_build/html

bench: $(STAMP)
	@for script in $(BENCHMARKS); do \
		echo "== $$script"; $(BIN)/python $$script || exit 1; echo; \
	done

dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --quiet
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python tools/archive.py dist

clean:
	rm -rf $(VENV) $(OLDEST) build dist docs/_build docs/generated docs/auto_examples *.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
