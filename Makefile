# `make demo` and `make test` do all the set-up that they need. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{gsub(/\$$\$$/, "$$", $$2); printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------ set-up
.PHONY: setup venv packages
setup: packages venv ## everything that tests and demo need on this machine
venv:
	@dev/setup/venv
packages:
	@dev/setup/packages

.PHONY: lock
lock: venv ## write requirements/*.lock anew
	@dev/setup/lock

.PHONY: cluster cluster-down env images
cluster: packages ## a kind cluster, built from packages where nothing can be pulled
	@dev/cluster/up
cluster-down: ## nothing left behind
	@dev/cluster/down
env: ## shell exports for working with the cluster by hand: eval "$$(make -s env)"
	@dev/cluster/env
images: cluster ## build the images and bring them into the cluster
	@dev/images/build
	@dev/images/load

# ------------------------------------------------------------------ checks
.PHONY: lint format generate
lint: venv ## format, lint, types, layers, drift of generated files, shell, chart
	@dev/setup/lint
format: venv ## write the format
	@.venv/bin/ruff check -q --fix . && .venv/bin/ruff format -q .
generate: venv ## write generated files anew (CRDs, example profile, tables, Grafana dashboard, reference pages)
	@$(PY) -m sincro_contract.crd
	@$(PY) -m dev.examples
	@$(PY) -m dev.chart.readme
	@$(PY) -m dev.chart.grafana
	@$(PY) -m dev.docs

.PHONY: sbom
sbom: venv ## what every image (Python, Debian) and the pages are made of (CycloneDX): build/sbom
	@dev/setup/sbom

.PHONY: unit thorough integration browser simulate cluster-tests crash-points e2e features test
unit: venv ## the inner loop, without a cluster; thorough ones are left to make test
	@$(PY) -m pytest -q tests/unit -m "not thorough"
thorough: venv ## the properties that take minutes, and the simulation
	@$(PY) -m pytest -q tests/unit -m thorough
	@$(PY) -m pytest -q tests/simulation
integration: setup ## real PostgreSQL, Redis and S3 server
	@dev/cluster/tools versitygw jaeger
	@$(PY) -m pytest -q tests/integration
browser: setup ## real Chromium
	@dev/cluster/tools versitygw
	@$(PY) -m pytest -q tests/browser
cluster-tests: setup cluster ## real API server and kubelet
	@eval "$$(dev/cluster/env)"; $(PY) -m pytest -q tests/cluster
crash-points: setup cluster ## the operator killed after every single write, on a real API server
	@eval "$$(dev/cluster/env)"; $(PY) -m pytest -q tests/cluster/operator/test_crash_points.py
e2e: setup images ## the whole product on the real cluster
	@eval "$$(dev/cluster/env)"; $(PY) -m pytest -q tests/e2e -m "not thorough"
features: setup images ## rows of docs/features.md that need minutes of schedules, and a machine that is not busy with others
	@eval "$$(dev/cluster/env)"; $(PY) -m pytest -q tests/e2e/features
test: ## everything that CI runs
	@dev/setup/test

SEEDS ?= 1 2 3
MINUTES ?= 60
SEED ?= 1
DAYS ?= 20
simulate: venv ## the control loop in simulated time: SEEDS="1 2 3" DAYS=20, MINUTES=30 to begin no seed after that
	@$(PY) -m tests.simulation --seeds $(SEEDS) --days $(DAYS) $(if $(MINUTES),--minutes $(MINUTES))

.PHONY: screenshots fuzz
screenshots: setup ## every page of the dashboard in both languages, light and dark: build/screenshots
	@$(PY) -m tests.browser.dashboard.screenshots build/screenshots
fuzz: venv ## 5,000 and more requests against the OpenAPI document
	@SINCRO_FUZZ_EXAMPLES=180 $(PY) -m pytest -q tests/unit/dashboard/test_openapi.py

.PHONY: demo bench chaos week
demo: ## from nothing to rows in PostgreSQL on a real cluster
	@dev/demo/run
chaos: setup images ## everything killed in turn during an hour of syncs: MINUTES=60 SHARED=--shared SEED=1
	@eval "$$(dev/cluster/env)"; $(PY) -m dev.chaos --minutes $(MINUTES) --seed $(SEED) $(SHARED)
week: setup images ## a week of schedules in a quarter of an hour, 200 real Jobs and more, an ERP that misbehaves
	@eval "$$(dev/cluster/env)"; $(PY) -m dev.week
bench: setup cluster ## the figures: a table, and build/bench.json
	@eval "$$(dev/cluster/env)"; $(PY) -m dev.bench
