# make demo    a recorded caller talks with the agent, offline, in real time
# make test    the test suite on all cores; ARGS= goes to pytest, COVERAGE=yes also measures it
# make check   formatting, lint and types
# make ci      all that CI runs (installs Debian packages; as root)
#
# Each makes its own virtual environment first and installs what it needs into it; the second time that takes
# no time. Another Python: make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
COVERAGE ?=
# A worker for each core, or none: see tests/conftest.py; a file stays in one. ARGS="-n 0" starts none.
PARALLEL ?= -n auto --dist loadfile

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq --no-input
MODELS := smart-turn-v3 smollm2-135m-instruct

# What the demo needs; and what the tests use besides, so that none of them is left out.
DEMO_EXTRAS := embedded
TEST_EXTRAS := $(DEMO_EXTRAS),espeak,devices,echo,whisper,verbalize,images,knowledge,mcp,serve,rtc,test
# The floors that a person does not start, see pyproject.toml and tests/test_layers.py; they are held to so many percent.
FLOOR := 95

.PHONY: help demo test check format ci models clean
LINKS := voiceflow/nodes voiceflow/graphs
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(VENV)/.demo models
	$(VENV)/bin/voiceflow demo $(ARGS)

test: $(VENV)/.test models
ifeq ($(COVERAGE),)
	$(PY) -m pytest $(PARALLEL) $(ARGS)
else
	$(PY) -m pytest $(PARALLEL) --cov --cov-report= $(ARGS)
	$(PY) -m coverage report --skip-covered --show-missing --fail-under=$(FLOOR)
endif

check: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy & types=$$!; $(PY) -m pyright --pythonpath $(PY); checked=$$?; wait $$types && exit $$checked

format: $(VENV)/.test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

ci:
	bash .ci/run

models: $(VENV)/.demo
	@$(VENV)/bin/voiceflow models fetch $(MODELS)

clean:
	rm -rf .venv .venv-* dist build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "voiceflow needs Python 3.11 or newer; say which: make PYTHON=python3.13"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Debian and Ubuntu have venv in a package of its own: apt-get install python3-venv"; exit 1; }

# An sdist cannot carry them.
$(LINKS):
	@ln -s ../$(@F) $@

# The newer stamp stands for the other one too: tests want all that the demo wants.
$(VENV)/.demo: pyproject.toml | $(PY) $(LINKS)
	@echo "installing voiceflow[$(DEMO_EXTRAS)] into $(VENV) (400 MB on disk; half a minute to some minutes)"
	@$(PIP) install -e '.[$(DEMO_EXTRAS)]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(PY) $(LINKS)
	@echo "installing voiceflow[$(TEST_EXTRAS)] into $(VENV) (1 GB on disk; one minute to some)"
	@$(PIP) install -e '.[$(TEST_EXTRAS)]'
	@$(PIP) install --no-deps pyrnnoise
	@touch $@ $(VENV)/.demo
