# Every target that needs an environment makes it, once. `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help demo smoke-test check plan apply test pre-commit clients models lint format bench proof chaos api catalogs roles docs wheel release-check constraints lock audit clean
.PHONY: terraform-demo terraform-plan terraform-apply terraform-destroy

.NOTPARALLEL: # what pre-commit does has an order

PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
CLIENTS := .clients
TERRAFORM_READY := $(VENV)/.terraform-ready
# The root that provision.yaml is handed to; your own root: make terraform-plan TERRAFORM_DIR=infra
TERRAFORM_DIR ?= terraform/examples/provision-yaml
TERRAFORM ?= terraform
# The project's own targets pass further options on: make apply ARGS="--yes"
ARGS ?=

help:  ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf '  %-17s %s\n' "$$name" "$$text"; done

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed and was not found; install it, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: $(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }

# $(call install,WHAT): with uv where it is there and works, else with pip, and what moves meanwhile on a terminal.
define install
if command -v uv >/dev/null && uv pip install $$(test -t 2 || echo -qq) --python $(BIN)/python --compile-bytecode \
	-c constraints.txt $(1); then exit; fi; \
{ test -t 2 && while sleep 1; do s=$$((s + 1)); printf '\r%s s ' $$s >&2; done; } & moving=$$!; \
trap 'kill $$moving 2>/dev/null; test ! -t 2 || printf "\r" >&2' EXIT; \
$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1' && \
$(BIN)/python -m pip install -qq -c constraints.txt $(1)
endef

$(RUN_READY): pyproject.toml emulator/pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) (once, about a minute) ..." >&2
	@$(call install,-e ./emulator -e '.[sandbox]')
	@touch $@

$(DEV_READY): pyproject.toml emulator/pyproject.toml constraints.txt $(RUN_READY) | $(BIN)/python
	@echo "installing what tests and linters need (once) ..." >&2
	@$(call install,--group dev)
	@touch $@

$(TERRAFORM_READY): pyproject.toml constraints.txt $(RUN_READY) | $(BIN)/python
	@echo "installing Terraform as a library (once) ..." >&2
	@$(call install,--group terraform)
	@touch $@

# PROJECT_ID that is set but empty is a mistake (a variable that was lost), never a reason to go elsewhere.
ifneq ($(origin PROJECT_ID),undefined)
ifeq ($(strip $(PROJECT_ID)),)
$(error PROJECT_ID is set but empty: give it a project id, or unset it)
endif
PROJECT := --project "$$PROJECT_ID"
export PROJECT_ID
endif

demo: $(RUN_READY)  ## an empty project in a fresh sandbox, made ready, to the chat answer
	@$(BIN)/provision sandbox run --empty-project -- $(BIN)/provision apply --yes --config /dev/null --journal $(VENV)/demo-journal.jsonl

smoke-test: $(RUN_READY)  ## ask the model one question; PROJECT_ID=... for a real project, else in the sandbox
ifdef PROJECT
	@$(BIN)/provision smoke-test $(PROJECT) $(ARGS)
else
	@test "$$CI" != true || { echo "make: in CI, smoke-test needs PROJECT_ID; the sandbox would be green in the wrong place" >&2; exit 2; }
	@echo "target: sandbox, because no PROJECT_ID was given (PROJECT_ID=my-project make smoke-test asks Google Cloud)"
	@$(BIN)/provision sandbox run -- $(BIN)/provision smoke-test --config /dev/null $(ARGS)
	@echo "this was the sandbox; Google Cloud was not asked"
endif

check: $(RUN_READY)  ## say whether the project is ready, and if not, why
	@$(BIN)/provision check $(PROJECT) $(ARGS)

plan: $(RUN_READY)  ## show what apply would change
	@$(BIN)/provision plan $(PROJECT) $(ARGS)

apply: $(RUN_READY)  ## make the project ready, and ask the model; shows the plan and asks first
	@$(BIN)/provision apply $(PROJECT) $(ARGS)

terraform-demo: $(TERRAFORM_READY)  ## the same with Terraform, which need not be installed: applied, asked, destroyed
	@$(BIN)/provision sandbox run --clock 100x --seed-file terraform/tests/seed.yaml -- $(BIN)/python -m tests.terraform.demo

terraform-plan: $(RUN_READY)  ## show what Terraform would change for provision.yaml
	@$(terraform-init)
	@$(TERRAFORM) -chdir=$(TERRAFORM_DIR) plan $(ARGS)

terraform-apply: $(RUN_READY)  ## let Terraform make the project ready, and ask the model; Terraform asks first
	@$(terraform-init)
	@$(TERRAFORM) -chdir=$(TERRAFORM_DIR) apply $(ARGS)
	@$(BIN)/provision smoke-test --from-terraform $(TERRAFORM_DIR)

terraform-destroy: $(RUN_READY)  ## let Terraform take away what it made; Terraform asks first
	@$(terraform-init)
	@$(TERRAFORM) -chdir=$(TERRAFORM_DIR) destroy $(ARGS)

define terraform-init
command -v $(TERRAFORM) >/dev/null || { echo "make: $(TERRAFORM) was not found; install Terraform 1.9 or newer (make terraform-demo needs none)" >&2; exit 2; }; \
$(BIN)/provision terraform vars $(PROJECT) --out $(TERRAFORM_DIR)/terraform.tfvars.json && \
$(TERRAFORM) -chdir=$(TERRAFORM_DIR) init -input=false
endef

test: $(DEV_READY)  ## run the tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto --dist worksteal $(ARGS)

pre-commit: api docs format lint  ## before a commit: write what is generated, format, lint, run the tests of what changed
	@tests="$$($(BIN)/python -m tests.affected)" || exit; \
	if test -z "$$tests"; then echo "no test covers what changed"; \
	else echo "tests: $$tests"; PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto $$tests $(ARGS); fi

clients: $(CLIENTS)/litellm/.ready $(CLIENTS)/langchain/.ready $(CLIENTS)/frameworks/.ready $(CLIENTS)/mlx/.ready $(CLIENTS)/.node-ready $(CLIENTS)/go/.ready $(CLIENTS)/java/.ready  ## install clients that live by themselves, which some tests drive and otherwise skip

$(CLIENTS)/litellm/.ready: emulator/tests/clients/litellm.txt
	@echo "installing litellm into $(@D) (once, about a minute) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check -r $<
	@touch $@

$(CLIENTS)/langchain/.ready: tests/client_configuration/langchain.txt
	@echo "installing langchain into $(@D) (once) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check -r $<
	@touch $@

$(CLIENTS)/frameworks/.ready: tests/client_configuration/frameworks.txt
	@echo "installing frameworks for structured answers, and llm, into $(@D) (once, about a minute) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check -r $<
	@touch $@

$(CLIENTS)/mlx/.ready: tests/reproduction/mlx.txt
	@echo "installing an inference server, to be reproduced with, into $(@D) (once, 350 MB) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --only-binary :all: -r $< && touch $@ || \
	echo "make: it is not published for this machine: the reproduction with it is left out" >&2

$(CLIENTS)/.node-ready: emulator/tests/clients/package.json
	@mkdir -p $(@D)
	@cp $< $(@D)/package.json
	@if command -v npm >/dev/null; then npm install --prefix $(@D) --silent --no-audit --no-fund --no-package-lock; \
	else echo "make: npm was not found: Node's clients are left out" >&2; fi
	@touch $@

models: $(RUN_READY)  ## read the price lists that are published today into the catalog of models; PROJECT_ID=... asks Model Garden too
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --upgrade --target $(CLIENTS)/prices litellm genai-prices
	@PYTHONPATH=$(CLIENTS)/prices $(BIN)/provision models --update $(PROJECT) $(ARGS)

$(CLIENTS)/go/.ready: $(wildcard emulator/tests/clients/go/*)
	@mkdir -p $(@D)
	@if command -v go >/dev/null; then echo "building Go's clients into $(@D) (once, some minutes) ..." >&2; \
	cd emulator/tests/clients/go && go build -trimpath -o $(CURDIR)/$(@D)/clients .; \
	else echo "make: go was not found: Go's clients are left out" >&2; fi
	@touch $@

$(CLIENTS)/java/.ready: emulator/tests/clients/java/pom.xml
	@mkdir -p $(@D)
	@if command -v mvn >/dev/null; then echo "fetching Java's clients into $(@D) (once, some minutes) ..." >&2; \
	mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)/lib; \
	else echo "make: mvn was not found: Java's clients are left out" >&2; fi
	@touch $@

$(CLIENTS)/moto/.ready: benchmarks/moto.txt
	@echo "installing moto's server, to be measured beside, into $(@D) (once) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check -r $<
	@touch $@

lint: $(DEV_READY)  ## check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy -p gcp_emulator
	@$(BIN)/lint-imports

format: $(DEV_READY)  ## put the code into the project's format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(DEV_READY) $(CLIENTS)/moto/.ready  ## measure against what a person would do instead, as ratios
	@$(BIN)/python benchmarks/run.py $(ARGS)

proof: $(DEV_READY)  ## run the long proofs, and write what they found to docs/proof.md
	@$(BIN)/python benchmarks/prove.py $(ARGS)

chaos: $(DEV_READY)  ## kill and disturb apply and destroy in 500 seeded ways, in the sandbox
	@$(BIN)/python -m tests.chaos.run $(ARGS)

api: $(DEV_READY)  ## write what Google's documents say of the emulator's methods (after a method was declared)
	@$(BIN)/python -m emulator.generate

catalogs: $(DEV_READY)  ## write the emulator's lists of services and their agents (GOOGLEAPIS=clone AGENTS=file SOURCE=text)
	@$(BIN)/python -m emulator.generate.catalogs --googleapis "$(GOOGLEAPIS)" --agents "$(AGENTS)" --agents-source "$(SOURCE)"

roles: $(DEV_READY)  ## write the emulator's data of Google's roles (FROM=folder of answers of roles.get, DATE=day, SOURCE=text)
	@$(BIN)/python -m emulator.generate.roles "$(FROM)" --date "$(DATE)" --source "$(SOURCE)"

docs: $(DEV_READY)  ## write the generated reference pages
	@$(BIN)/python docs/generate.py
	@$(BIN)/python -m emulator.docs.generate
	@$(BIN)/python docs/terraform_tables.py

wheel: $(DEV_READY)  ## build the wheels of the toolkit and of the emulator into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist ./emulator .
	@echo "built $$(echo dist/*.whl)"
	@echo "install it anywhere: pip install --find-links $(CURDIR)/dist 'vertex-provision[sandbox]'"

release-check: $(CLIENTS)/release/.ready  ## prove what would be published: build, metadata, fresh installations, the demo, an SBOM
	@$(CLIENTS)/release/bin/python -m tests.release $(ARGS)

$(CLIENTS)/release/.ready: tests/release_tools.txt
	@echo "installing what builds and checks distributions into $(@D) (once) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

constraints: $(DEV_READY)  ## write down the versions that were just tested
	@$(BIN)/python -m pip freeze --exclude-editable --exclude vertex-provision --exclude gcp-emulator > constraints.txt

lock: $(CLIENTS)/lock/.ready constraints.txt  ## write down what runs with a token, by digest, a week old at least
	@day=$$($(BIN)/python -c 'import datetime as d; print(d.date.today() - d.timedelta(days=7))') && { \
	echo "# What runs with a token, to the byte: the versions of constraints.txt for every platform, and what builds the package."; \
	echo "# Written by \`make lock\`; no version in it was published after $$day."; \
	$(<D)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --exclude-newer "$$day" \
	--constraint constraints.txt --no-annotate --no-header --group build pyproject.toml --output-file $(<D)/lock >&2 && cat $(<D)/lock; \
	} > $(<D)/whole && mv $(<D)/whole requirements.lock

$(CLIENTS)/lock/.ready: $(RUN_READY)
	@echo "installing uv into $(@D) (once) ..." >&2
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check uv
	@touch $@

audit: $(DEV_READY)  ## hold requirements.lock against known advisories (ADVISORIES=clone of pypa/advisory-database), offline
	@$(BIN)/python -m tests.advisories "$(ADVISORIES)"

clean:  ## remove the environment and everything that was built
	@rm -rf $(VENV) $(CLIENTS) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
