# Every target sets up what it needs: the virtual environment comes from the lock file.
STUDY ?= data/studies/demo.toml
PYTHON ?= python3
BIN := .venv/bin
RAPPORT := $(BIN)/rapport
NAME := $(basename $(notdir $(STUDY)))
OUT := outputs/$(NAME)
READY := .venv/.ready
TAXONOMY = $(shell sed -n 's/^ *taxonomy *= *"\(.*\)"/\1/p' $(STUDY) 2>/dev/null)
CODEBOOK = $(if $(TAXONOMY),$(dir $(STUDY))$(TAXONOMY),data/taxonomy.csv) $(addprefix data/,signals.csv readings.csv scores.csv)
CODE = $(shell find pipeline/$(1) pipeline/taxonomy -name '*.py' 2>/dev/null) pipeline/tables.py pipeline/study.py

.DEFAULT_GOAL := help
.PHONY: help demo test harvest learn classify graph gaps report all check bench clean setup
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  STUDY=path chooses the study (now $(STUDY))"

setup: $(READY) ## Set up the virtual environment from the lock file

$(READY): .ci/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rapport needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Run the whole job on the invented corpus, offline
	$(RAPPORT) run data/studies/demo.toml

test: $(READY) ## Run the tests
	$(BIN)/pytest -n auto --maxprocesses 8 --dist loadfile

# A stage runs again when what it reads, or its own code, is newer than what it wrote.
harvest: $(OUT)/.harvest ## Read the sources into records
learn: $(OUT)/model.skops ## Learn from what coders coded (after rapport validate)
classify: $(OUT)/.classify ## Find and read the cues, code the records
graph: $(OUT)/.graph ## Count what is written about together, write graph files
gaps: $(OUT)/.gaps ## Measure where relationships go unmentioned
report: $(OUT)/.report ## Draw the figures and write the report
all: report ## Run every stage that is stale

$(OUT)/.harvest: $(STUDY) $(call CODE,harvest) | $(READY)
	$(RAPPORT) harvest $(STUDY) || [ $$? -eq 3 ]  # 3: done, some entries could not be read
	@touch $@

# Once there is a model, it follows what was coded and how the cues read.
$(OUT)/model.skops: $(OUT)/.harvest $(wildcard $(OUT)/coded.parquet) $(CODEBOOK) $(call CODE,classify)
	$(RAPPORT) learn $(STUDY)

$(OUT)/.classify: $(OUT)/.harvest $(CODEBOOK) $(call CODE,classify) $(wildcard $(OUT)/model.skops)
	$(RAPPORT) classify $(STUDY)
	@touch $@

$(OUT)/.graph: $(OUT)/.classify $(call CODE,graph)
	$(RAPPORT) graph $(STUDY)
	@touch $@

$(OUT)/.gaps: $(OUT)/.graph $(call CODE,gaps) $(wildcard $(OUT)/estimates.parquet)
	$(RAPPORT) gaps $(STUDY)
	@touch $@

$(OUT)/.report: $(OUT)/.gaps $(call CODE,report)
	$(RAPPORT) report $(STUDY)
	@touch $@

check: $(READY) ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY) ## Measure speed and memory against peers
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/bench.lock
	for benchmark in $(filter-out %/corpus.py,$(sort $(wildcard tests/benchmarks/*.py))); do \
	  echo "== $$benchmark"; $(BIN)/python $$benchmark || exit 1; done

clean: ## Delete the outputs and the virtual environment
	rm -rf outputs/*/ .venv build *.egg-info
