# `make` alone lists what one can do.
PYTHON ?= python3

help:
	@echo "make test    set everything up and run every test"
	@echo "make demo    watch a made-up PrestaShop arrive in a Gateway on this machine"
	@echo "make sandbox look at what the demo imported, and point a container at it (ports 8600 and 8601)"

.venv/ready: requirements-dev.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --require-hashes -r requirements-dev.txt
	touch .venv/ready

test: .venv/ready
	.venv/bin/python -m pytest -q

demo: .venv/ready
	.venv/bin/python prestashop/demo.py import

sandbox: .venv/ready
	.venv/bin/python prestashop/demo.py sandbox

.PHONY: help test demo sandbox
