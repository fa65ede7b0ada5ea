# Everything happens in two folders of the checkout: .venv (Python) and target (Rust). `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

export CARGO_TARGET_DIR := $(CURDIR)/target
export VIRTUAL_ENV := $(CURDIR)/.venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport CONDA_PREFIX PYTHONHOME PYTHONPATH

VENV := .venv/bin
PYTHON := $(VENV)/python
CORE := python/hashstress/_core.abi3.so
RUST := $(shell find rust/engine rust/tables rust/pyext -name tests -prune -o -type f -print 2>/dev/null) $(wildcard Cargo.toml Cargo.lock)

NEED_PYTHON = @python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| { echo "hashstress needs python3, version 3.11 or newer and with its venv module, on PATH."; exit 1; }
NEED_CARGO = @command -v cargo >/dev/null || { echo "hashstress needs cargo (Rust 1.95 or newer) on PATH."; exit 1; }

# maturin tells pyo3 by these two variables what it builds for. Cargo alone would answer otherwise and compile pyo3 again, each way.
CARGO := PYO3_BUILD_EXTENSION_MODULE=1 PYO3_CONFIG_FILE="$$(ls -t $(CURDIR)/target/maturin/pyo3-config-*.txt | head -n 1)" cargo

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "make %-11s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(CORE) ## the crisis of 2022 in a thousand paths
	@rm -rf runs/demo
	$(VENV)/hashstress run crisis-2022 --paths 1000 --seed 7 --out runs/demo

.PHONY: build
build: $(CORE) ## the package in .venv, editable; rebuilt when Rust changed

.PHONY: test
test: lint test-rust test-python ## everything a change must pass

.PHONY: test-rust
test-rust: $(CORE)
	cargo test --release --workspace --locked --quiet

.PHONY: test-python
test-python: $(CORE) .venv/.dev
	$(PYTHON) -m pytest --quiet

.PHONY: test-long
test-long: $(CORE) .venv/.dev ## the long tier: more economies, more paths, more kills
	cargo test --release --workspace --locked --quiet -- --include-ignored
	$(PYTHON) -m pytest --quiet -m long

.PHONY: oracle
oracle: $(CORE) .venv/.dev ## the engine against the independent reference model, posting by posting
	$(PYTHON) -m pytest --quiet -m "long or not long" tests/differential

.PHONY: bench
bench: $(CORE) .venv/.bench ## speed on this machine, into bench.json
	$(PYTHON) tools/bench.py --out bench.json

# PRICES: daily price files of yours for the back-test, the first with closes and lows (tools/backtest.py says which columns).
.PHONY: docs
docs: $(CORE) .venv/.dev ## write what the docs generate: reference, README's excerpt, with PRICES="a.csv b.csv" the back-test
	$(PYTHON) tools/reference.py
	$(PYTHON) tools/readme.py --write
	$(PYTHON) tools/story.py --write
	$(PYTHON) tools/frontier.py --write
	@if [ -n "$(PRICES)" ]; then $(PYTHON) tools/backtest.py $(PRICES) --write docs/model/backtest.md; \
	else echo "docs/model/backtest.md is left as it is: it needs daily prices (PRICES=\"a.csv b.csv\")."; fi

.PHONY: docs-check
docs-check: $(CORE) .venv/.dev ## run what the docs show, compare what they generate
	$(PYTHON) -m pytest --quiet tests/docs

.PHONY: lint
lint: lint-python lint-rust ## formatters, clippy, types, docs, house rules: a warning fails

.PHONY: lint-python
lint-python: $(CORE) .venv/.dev
	$(PYTHON) tools/lint/house_rules.py
	$(VENV)/ruff check --quiet
	$(VENV)/ruff format --check --quiet
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy.stubtest hashstress._core

.PHONY: lint-rust
lint-rust: $(CORE)
	@if cargo fmt --version >/dev/null 2>&1; then echo "cargo fmt"; cargo fmt --all --check; \
	else echo "SKIPPED cargo fmt: 'rustup component add rustfmt' brings it."; fi
	@if cargo clippy --version >/dev/null 2>&1; then echo "cargo clippy"; \
		$(CARGO) clippy --release --workspace --all-targets --locked --quiet -- -D warnings; \
	else echo "SKIPPED cargo clippy: 'rustup component add clippy' brings it."; fi
	@echo "cargo doc"
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --workspace --no-deps --locked --quiet

.PHONY: format
format: .venv/.dev ## let the formatters write
	cargo fmt --all
	$(VENV)/ruff check --quiet --fix
	$(VENV)/ruff format --quiet

.PHONY: wheel
wheel: .venv/.build ## a wheel for this platform, in dist
	$(NEED_CARGO)
	$(VENV)/maturin build --release --out dist

.PHONY: clean
clean: ## forget everything that was built
	rm -rf target .venv dist runs/demo bench.json .pytest_cache .mypy_cache .ruff_cache .hypothesis $(CORE)
	find python tests tools plugins examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# What is installed, each with the files it depends on. Python sources are used in place and need no build.
.venv/.build: pyproject.toml
	$(NEED_PYTHON)
	$(NEED_CARGO)
	@test -x $(PYTHON) || python3 -m venv .venv
	$(PYTHON) -m pip install --quiet --upgrade "pip>=25.1"
	$(PYTHON) -m pip install --quiet --group build
	@touch $@

$(CORE): .venv/.build $(RUST)
	$(NEED_CARGO)
	@touch .venv/.build-began
	$(VENV)/maturin develop --release
	@touch -r .venv/.build-began $@  # what is edited during a build is newer than the build

.venv/.dev: .venv/.build
	$(PYTHON) -m pip install --quiet --group dev
	@touch $@

.venv/.bench: .venv/.build
	$(PYTHON) -m pip install --quiet --group bench
	@touch $@
