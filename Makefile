# make run      set up, then the daemon in the foreground (PORT=8080, STATE=./var)
# make install  set up only: a virtual environment in .venv with what the daemon needs, and the web
#               application (built once, and again when its sources change)
# make test     every check, in the way CI does (installs and starts the real parts it needs)
# make bench    the benchmarks, one JSON line a figure
# make lint     style, types and arrows only
# make ui       the web application only
# make screenshots  pictures of its pages, into SHOTS=/tmp/synnefod-screenshots

PYTHON ?= python3
PORT ?= 8080
STATE ?= ./var
SHOTS ?= /tmp/synnefod-screenshots
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run install install-dev ui screenshots test bench lint clean

run: install
	@echo "starting the cloud on port $(PORT), keeping its state in $(STATE); Ctrl-C stops it"
	@SYNNEFOD_SERVER_PORT=$(PORT) SYNNEFOD_SERVER_STATE=$(STATE) SYNNEFOD_LOG_FORMAT=plain \
		exec $(BIN)/twistd -n --pidfile= synnefod

install: $(VENV)/.installed ui

ui: $(VENV)/.installed
	@tools/build-ui $(BIN)/python

install-dev: $(VENV)/.installed-dev ui

$(VENV)/bin/python:
	@tools/ensure-venv "$(PYTHON)" $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "installing the daemon and its Python packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed
	@echo "installing the tools and clients that the checks use into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,clients,tempest]'
	@touch $@

test: install-dev
	@tools/ensure-parts
	@$(BIN)/python -m tests.harness.check

lint: install-dev
	@$(BIN)/python -m tests.harness.check --only lint

screenshots: install-dev
	@tools/ensure-parts
	@$(BIN)/python -m tests.webui.screenshots $(SHOTS)

bench: install-dev
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) ui/node_modules synnefod/web/static _trial_temp* .mypy_cache .ruff_cache .hypothesis build dist
