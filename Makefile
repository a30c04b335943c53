# make run and make test do everything on a fresh Debian or Ubuntu with a Swift 6.2 toolchain or newer.

SHELL := /bin/bash
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
DATABASE ?= starling.sqlite
STARLING_TEST_DATA ?= ../shared/data

# Tests are built optimised and apart from the release build, so that neither throws the other away.
TEST_SCRATCH := .build-tests
TEST_FLAGS := -c release -Xswiftc -enable-testing --scratch-path $(TEST_SCRATCH)
BUILD_FLAGS := -c release --explicit-target-dependency-import-check error

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## Install what is missing, build, and start the service on 127.0.0.1:8080
	.build/release/starling serve --config Config/starling.json \
	    --database $(DATABASE) --listen $(LISTEN) --examples

.PHONY: test
test: ## Install what is missing, build and run every test
	@Scripts/install-dependencies tests
	@swift build --build-tests $(TEST_FLAGS)
	@STARLING_TEST_DATA="$(abspath $(STARLING_TEST_DATA))" \
	    Scripts/run-tests $(TEST_SCRATCH)/tests.log swift test --skip-build $(TEST_FLAGS)

.PHONY: demo
demo: build ## See it all on made-up data, in under two minutes
	.build/release/starling demo

.PHONY: build
build: dependencies ## Build the program: .build/release/starling
	@swift build $(BUILD_FLAGS) --product starling

.PHONY: dependencies
dependencies: ## Install the system packages that are missing (apt)
	@Scripts/install-dependencies

.PHONY: evaluate
evaluate: build ## The quality tables: protocols H and L on MovieLens-1M
	@Scripts/evaluate "$(STARLING_TEST_DATA)/ml-1m"

.PHONY: test-contract
test-contract: build ## Draw requests from /openapi.json against the built service (Python, PyPI)
	@Scripts/test-contract .build/release/starling

.PHONY: test-proxies
test-proxies: build ## Ask the built service through nginx and haproxy (Python, PyPI, Debian's haproxy)
	@Scripts/test-proxies .build/release/starling

.PHONY: test-sanitize
test-sanitize: dependencies ## Run every test under ThreadSanitizer, then under AddressSanitizer (slow)
	@STARLING_TEST_DATA="$(abspath $(STARLING_TEST_DATA))" Scripts/test-sanitize

.PHONY: torture
torture: build ## Kill the service at random moments, and look what is left: make torture ROUNDS=200 SEED=1
	@python3 Tests/Torture/torture.py .build/release/starling $(or $(ROUNDS),200) $(SEED)

.PHONY: torture-disk
torture-disk: dependencies ## Let every single operation of the disk fail (make test takes steps)
	@swift build --build-tests $(TEST_FLAGS)
	@STARLING_TORTURE=1 swift test --skip-build $(TEST_FLAGS) --filter DiskFaultTests \
	    | grep -E '^torture:|✘|Test run with'

.PHONY: fuzz
fuzz: dependencies ## Fuzz each parser with libFuzzer for so long: make fuzz SECONDS=60
	@Scripts/fuzz "$(or $(SECONDS),60)"

.PHONY: format
format: ## Format every Swift file
	@swift format -i -r Sources Tests Package.swift

.PHONY: lint
lint: ## Check the format
	@swift format lint --strict -r Sources Tests Package.swift

.PHONY: clean
clean: ## Remove what was built
	@rm -rf .build .build-contract .build-fuzz .build-thread .build-address $(TEST_SCRATCH)
