# `make help` lists the targets. Python 3.11 or newer is all that has to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# Two thirds of all packages' code is pulumi-aws, of which a stack on AWS imports a tenth. Python compiles that when it is
# imported first.
# A `.venv` that is half made, of a Python that is gone or too old, or of a checkout that was moved, is made anew: its
# scripts begin with the path of its Python.
WELL := import os, pip, sys; sys.exit(sys.version_info < (3, 11) or not os.path.samefile(sys.prefix, "$(VENV)") or os.path.join(os.getcwd(), "$(VENV)") not in open("$(BIN)/portal", encoding="utf-8").read())
ifneq ($(shell $(BIN)/python -c '$(WELL)' 2>/dev/null && echo well),well)
.PHONY: $(VENV)/.complete
endif

.PHONY: setup
setup: $(VENV)/.complete ## Install what is pinned in requirements.txt into .venv

$(VENV)/.complete: requirements.txt pyproject.toml tools/uv/requirements.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Install it, or name another one: make setup PYTHON=python3.13" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Name another one: make setup PYTHON=python3.13" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Install what it lacks (Debian, Ubuntu: apt-get install python3-venv), and run this again." >&2; exit 2; }
	@case "$$PWD" in *:*) echo "A folder with a colon in its path cannot hold a virtual environment. Move the checkout: $$PWD" >&2; exit 2;; esac
	@echo "Installing into $(VENV)"
	@$(BIN)/python -c '$(WELL)' 2>/dev/null || { rm -rf $(VENV) && "$(PYTHON)" -m venv $(VENV); }
	@rm -f $@
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement tools/uv/requirements.txt
	@echo "Installing what requirements.txt pins"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --only-binary :all: requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-index --no-build-isolation --editable .
	@echo "Compiling what was installed"
	@$(BIN)/python -m compileall -q -j 0 -x '/pulumi_aws/' $(VENV)/lib portal components stacks policies
	@touch $@

.PHONY: up
up: setup ## A portal on this machine, from nothing: prints its address; ARGS="--stack other" chooses
	@$(BIN)/portal up $(ARGS)

.PHONY: down
down: setup ## Stop it; data is kept, unless ARGS=--delete-data
	@$(BIN)/portal down $(ARGS)

.PHONY: checkers
checkers: setup ## What `make test` checks manifests and workflows with, in the user's cache: two minutes, once
	@$(BIN)/python -m tests.hardening.checkers

.PHONY: test
test: setup checkers ## Lint, types, and all tests that need no cluster: a minute
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@types=$$(mktemp); $(BIN)/basedpyright --warnings > $$types & checker=$$!; \
	$(BIN)/pytest -m "not e2e" --ignore tests/e2e --numprocesses auto --dist loadgroup; code=$$?; \
	wait $$checker || { cat $$types; code=1; }; rm -f $$types; exit $$code

.PHONY: e2e
e2e: setup ## End to end, in a real browser; ARGS="--engine pulumi --cluster kind --builder docker" chooses
	@$(BIN)/pytest -m e2e -v tests/e2e $(ARGS)

.PHONY: engines
engines: setup ## Whole lives of stacks in the Pulumi CLI that is on the PATH, with providers that make nothing: minutes
	@$(BIN)/pytest -m engines -v -rs --numprocesses auto --dist loadgroup tests/engines $(ARGS)

.PHONY: golden
golden: setup ## Write the golden files and the generated pages anew
	@$(BIN)/python -m docs.generate
	@$(BIN)/pytest --update-golden tests/graph tests/stackfile

.PHONY: bench
bench: setup ## Measure, print a table, write bench.json
	@$(BIN)/python -m tests.bench

.PHONY: mutations
mutations: setup ## 5,000 mutated inputs in process and 200 through the command: each has to end in an answer
	@$(BIN)/python -m tests.mutations $(ARGS)

.PHONY: races
races: setup ## Commands at once, commands that are killed, and full disks, for real: ten minutes, as root
	@$(BIN)/python -m tests.races

.PHONY: screenshots
screenshots: setup ## Take the pictures of the README from the portal that runs
	@$(BIN)/python -m docs.screenshots

.PHONY: manifest
manifest: setup ## Write the manifest of a Backstage release from npm; RELEASE=1.56.0, PACKAGES="..." adds some
	@$(BIN)/python -m portal.image.make_manifest $(RELEASE) $(PACKAGES)

.PHONY: published
published: setup ## Write down what npm has published of the plugin library's packages: after a version of one changes
	@$(BIN)/python -m portal.image.published_packages

.PHONY: requirements
requirements: ## Compile requirements.txt for all platforms from pyproject.toml, and those of checkov, MiniStack and the policy pack
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --group dev --python-version 3.11 pyproject.toml --output-file requirements.txt
	@cd tools/checkov && ../../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements.in --output-file requirements.txt
	@cd tools/ministack && ../../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements.in --output-file requirements.txt
	@cd policies/pack && ../../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --constraint ../../requirements.txt requirements.in --output-file requirements.txt

.PHONY: policy-pack
policy-pack: setup ## Install what the policy pack needs into policies/pack/venv, for pulumi up --policy-pack policies/pack
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python policies/pack/venv
	@$(BIN)/uv pip sync --quiet --python policies/pack/venv/bin/python --require-hashes --only-binary :all: policies/pack/requirements.txt

.PHONY: base-images
base-images: setup ## Pin the digests that the tags of the base images have now; needs a network with their registry
	@$(BIN)/python -m portal.image.pin_images

.PHONY: pulumi-pins
pulumi-pins: setup ## Pin the checksums of the Pulumi CLI and its plugin for the SDKs of requirements.txt; needs internet
	@$(BIN)/python -m portal.deploy.pin_pulumi

.PHONY: clean
clean: ## Remove what tests and builds left in the checkout, but not .portal/
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf .pytest_cache .ruff_cache *.egg-info
