# Needs only git, make, and Python >= 3.11 with venv. Every path is relative, so any folder will do.

PYTHON ?= python3
EXTRAS := data,test
VENV := .venv
RUN := $(VENV)/bin/python

# What a user's shell says about Python is not for this virtual environment.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
# No window is opened, whatever the machine.
export MPLBACKEND := Agg
# A worker a core; one that has done its tests takes some of another's.
WORKERS := -n logical --dist worksteal

.PHONY: help setup reproduce docs test test-browser mutants lint bench test-lowest dist release clean distclean
.DEFAULT_GOAL := help

help:
	@echo 'make reproduce    check every claim, draw every figure; the report is build/report/index.html'
	@echo 'make docs         the site: build/site/index.html'
	@echo 'make test         ruff, mypy, all tests'
	@echo 'make test-browser  the pages of kernelspec explore, in a headless chromium'
	@echo 'make mutants      plant faults one by one and list those that no test notices (an hour)'
	@echo 'make lint         ruff and mypy alone'
	@echo 'make bench        measured speed and error tables'
	@echo 'make test-lowest  all tests with the oldest dependencies that pyproject.toml allows'
	@echo 'make dist         dist/: source archive and wheel, the latter tried in a fresh environment'
	@echo 'make release VERSION=X.Y.Z  commit and tag a version; git push --follow-tags releases it'
	@echo 'make clean        remove what was built'
	@echo 'make distclean    remove the virtual environment as well'
	@echo
	@echo 'make PYTHON=python3.12 ... chooses the Python of the virtual environment (>= 3.11).'

setup:
	@sh .ci/setup '$(PYTHON)' '$(VENV)' '$(EXTRAS)'

# A claim that fails does not keep the figures from being drawn, but make still fails.
# The table of measured errors is the small one; `make bench` measures all of it.
reproduce: setup
	@status=0; \
	$(RUN) -m paper_checks || status=$$?; \
	$(RUN) -m benchmarks.accuracy --quick || status=$$?; \
	$(RUN) -m figures || status=$$?; \
	exit $$status

# A warning is an error. The figures are those that `make reproduce` has drawn; where there are none, quick ones are drawn,
# once, in some minutes, but not with FIGURES=no.
docs:
	@sh .ci/setup '$(PYTHON)' '$(VENV)' '$(EXTRAS),docs'
	$(RUN) -m sphinx -b html -W --keep-going -q -d build/doctrees \
		$(if $(filter no,$(FIGURES)),-D gallery_draw=0) docs build/site
	@echo build/site/index.html

# mypy beside the tests: it keeps one core alone busy for half a minute where nothing is cached.
test: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	@mkdir -p build; $(RUN) -m mypy >build/mypy.txt 2>&1 & types=$$!; \
	echo '$(RUN) -m pytest $(WORKERS) --durations=10'; \
	$(RUN) -m pytest $(WORKERS) --durations=10; status=$$?; \
	wait $$types || { status=1; cat build/mypy.txt; }; \
	exit $$status

# More than the other targets need, so set up here alone; an environment that has it serves them, too.
# Of tests/explore it runs what is different where marimo is installed; the rest has run in `make test`.
# In one process: a server, its processes and a browser keep two cores busy.
test-browser:
	@sh .ci/setup '$(PYTHON)' '$(VENV)' '$(EXTRAS),explore,browser'
	KERNELSPEC_BROWSER=1 $(RUN) -m pytest tests/explore/test_explore_jobs.py tests/explore/test_explore_server.py tests/browser

# A test that fails without the fault, too, is named: it would notice everything.
mutants: setup
	$(RUN) -m mutants

lint: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: setup
	$(RUN) -m benchmarks

test-lowest:
	@sh .ci/setup --lowest '$(PYTHON)' .venv-lowest all
	.venv-lowest/bin/python -m pytest $(WORKERS) --durations=10

# hatchling builds in place, without isolation; `PYTHON` makes the environment in which the wheel is tried.
dist: setup
	sh .ci/dist '$(PYTHON)' '$(RUN)'

# The tests and the archives come first: what fails is not tagged. Then the archives of that version take their place.
release: test dist
	$(RUN) .ci/release.py '$(VERSION)'
	sh .ci/dist '$(PYTHON)' '$(RUN)'

clean:
	rm -rf build dist docs/gallery .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -path './.venv*' -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean
	rm -rf .venv .venv-lowest
