# `make` alone lists what one can do.
PYTHON ?= python3

help:
	@echo "make test    set everything up and run every test"

.venv/ready: requirements-dev.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --require-hashes -r requirements-dev.txt
	touch .venv/ready

test: .venv/ready
	.venv/bin/python -m pytest -q

.PHONY: help test
