# `make` alone lists what one can do. Python 3.11 or newer; uv where it is installed (faster), else pip.
PYTHON ?= python3
BASE ?=
# A platform is every folder from which an image is built; what platforms of one family share lies in families/.
PLATFORMS := $(patsubst %/Dockerfile,%,$(wildcard */Dockerfile))
FAMILIES := $(patsubst %/pyproject.toml,%,$(wildcard families/*/pyproject.toml))

UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
PLACES = common $(FAMILIES) $(PLATFORMS)
REQUIREMENTS = $(PLATFORMS:%=%/requirements.txt) requirements-demo.txt
INSTALL = $(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile)

help:
	@echo "make demo              watch a made-up PrestaShop arrive in a Gateway on this machine"
	@echo "make demo-PLATFORM     the same with another platform: $(PLATFORMS)"
	@echo "make test              set everything up and run every test"
	@echo "make soak              the long runs: faults and kills in every phase, hundreds of runs"
	@echo "make sandbox           look at what the demo imported, and point a container at it (ports 8600 and 8601);"
	@echo "                       sandbox-PLATFORM for another platform's demo"
	@echo "make check             style, types and the architecture's rules"
	@echo "make image-PLATFORM    build a platform's container image (docker or buildah)"
	@echo "make image-check       build all and import with each from a made-up shop, where a builder is found"
	@echo "make bench             how fast and how large it is (ONLY=latency,rerun SCALE=0.1)"
	@echo "make tables            write the generated tables into the READMEs"
	@echo "make requirements      pin what the pyproject files and requirements-*.in ask for"

# What the programs and the demonstration need: all that `make demo` waits for.
.venv/runtime: $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	$(if $(UV),$(UV) venv -q --allow-existing --python $(PYTHON) .venv,$(PYTHON) -m venv .venv)
	$(INSTALL) --require-hashes $(REQUIREMENTS:%=-r %)
	@# Our own packages are used where they lie: nothing to build, nothing to install again after a change.
	@$(BIN)/python -c 'import pathlib, sys, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "importers.pth").write_text("".join(f"{pathlib.Path(place).resolve()}\n" for place in sys.argv[1:]))' $(PLACES)
	@touch $@

# Tests and tools beside it.
.venv/dev: .venv/runtime requirements-dev.txt
	$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

test: .venv/dev
	$(BIN)/python -m pytest -q -n auto $(PYTEST)

bench: .venv/runtime
	PYTHONPATH=. $(BIN)/python -m bench.run

soak: .venv/dev
	$(BIN)/python -m pytest -q -s -m soak $(PYTEST)

# A folder of tests has helpers of its own, so each is looked at by itself, and each platform with its family.
TEST_FOLDERS = $(sort $(dir $(wildcard common/tests/*.py common/tests/*/*.py)))
FOLDERS = PYTHONPATH=common $(BIN)/python -m gateway_importer.testing.folders
check: .venv/dev
	$(BIN)/ruff check . .ci/image
	$(BIN)/lint-imports
	MYPYPATH=common:families/idosell:iai $(BIN)/mypy --explicit-package-bases common/gateway_importer bench conftest.py .ci/image
	@set -e; for folder in $(FAMILIES) $(PLATFORMS); do \
		echo "mypy $$folder"; MYPYPATH=$$($(FOLDERS) mypypath $$folder) $(BIN)/mypy --explicit-package-bases $$folder; done
	@set -e; for folder in $(TEST_FOLDERS); do \
		echo "mypy $$folder"; MYPYPATH=common:common/tests/faults:$$folder $(BIN)/mypy --explicit-package-bases $$folder*.py; done

demo: .venv/runtime
	$(BIN)/python prestashop/demo.py import

sandbox: .venv/runtime
	$(BIN)/python prestashop/demo.py sandbox

demo-%: %/demo.py .venv/runtime
	$(BIN)/python $< import --folder build/demo-$*

sandbox-%: %/demo.py .venv/runtime
	$(BIN)/python $< sandbox --folder build/demo-$*

tables: .venv/runtime
	$(BIN)/python -m gateway_importer.testing.conformance.tables

COMPILE = $(or $(UV),$(BIN)/uv) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras --no-emit-index-url --no-emit-package gateway-importer
# A family's distribution is used where it lies, as our library is; it is called gateway-importer-family-NAME.
OURS = $(FAMILIES:families/%=--no-emit-package gateway-importer-family-%)
requirements:
	@test -x "$(or $(UV),$(BIN)/uv)" || { echo "uv is needed for this: https://docs.astral.sh/uv/" >&2; exit 1; }
	for platform in $(PLATFORMS); do \
		$(COMPILE) $(OURS) common/pyproject.toml $$platform/pyproject.toml requirements-build.in -o $$platform/requirements.txt || exit 1; done
	$(COMPILE) $(OURS) $(PLATFORMS:%=-c %/requirements.txt) common/pyproject.toml $(PLATFORMS:%=%/pyproject.toml) \
		requirements-build.in requirements-demo.in requirements-dev.in -o requirements-dev.txt
	$(COMPILE) -c requirements-dev.txt requirements-demo.in -o requirements-demo.txt

# Docker where its daemon answers, else buildah. BUILD_OPTIONS reach the builder.
image-%: %/Dockerfile
	@builder=$$(docker info >/dev/null 2>&1 && echo docker || command -v buildah) \
		|| { echo "Neither a docker daemon nor buildah is here: no image can be built." >&2; exit 1; }; \
	set -x; $$builder build -t gateway-importer-$* $(if $(BASE),--build-arg BASE=$(BASE)) $(BUILD_OPTIONS) -f $< .

image-check: .venv/runtime
	.ci/image

.PHONY: help test bench soak check demo sandbox tables requirements image-check
