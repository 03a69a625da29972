# Sekisho. `make demo` and `make test` are all a newcomer needs; both set up what they use.
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
TESTS ?= tests

.PHONY: demo test check proof lab-setup lab-test lab-proof lab-mutate bench bench-discovery bench-endpoints bench-fingerprints fuzz setup lock fmt lint type contracts docs wheel golden new-check new-scanner doctor faketime clean

setup: .venv/.ready  ## .venv with everything, the lab included

.venv/.ready: requirements-dev.lock pyproject.toml lab/pyproject.toml tools/system_packages.sh
	@bash tools/system_packages.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./lab
	@touch $@

demo: setup  ## survey the embedded sample hospital
	@$(BIN)/python -P -m tools.demo

test: setup  ## all tests that need no containers
	@$(BIN)/python -m tools.run_tests $(TESTS)

check: setup lint type contracts docs wheel  ## exactly what CI runs besides tests

lint:
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/interrogate -q sekisho scanners checks profiles reports lab

type:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports

docs:
	@$(BIN)/python -m tools.generate_docs --check

wheel:
	@rm -rf build/wheel && $(BIN)/python -m build --quiet --no-isolation --wheel --outdir build/wheel .
	@$(BIN)/check-wheel-contents build/wheel/*.whl

proof: setup  ## what the survey promises, shown on the wire
	@$(BIN)/python -m tools.proof

bench-discovery: setup  ## open ports of a /24 beside nmap and masscan; writes docs/benchmarks/discovery.md (root)
	@$(BIN)/python -P -m tools.benching.discovery

bench-endpoints: setup  ## TLS, SSH and IKE services beside sslyze, testssl.sh, sslscan, nmap, ssh-audit, ike-scan; writes docs/benchmarks/endpoints.md (root)
	@$(BIN)/python -P -m tools.benching.endpoints

bench-fingerprints: setup  ## vendor and product recall of the fingerprints; writes docs/benchmarks/fingerprints.md
	@$(BIN)/python -P -m tools.benching.fingerprints

fuzz: .venv-fuzz/.ready  ## coverage-guided fuzzing of every parser (SECONDS=30 per target, TARGET=NAME JOBS=1 LIST=1)
	@PYTHONPATH=. .venv-fuzz/bin/python -m tools.fuzzing $(if $(SECONDS),--seconds $(SECONDS)) $(if $(JOBS),--jobs $(JOBS)) $(if $(LIST),--list) $(TARGET)

.venv-fuzz/.ready: requirements.lock requirements-fuzz.lock
	@test -x .venv-fuzz/bin/python || $(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-fuzz.lock
	@touch $@

lab-setup: setup  ## Docker Engine, the packages it needs, and the image of the lab's hosts (root)
	@bash tools/lab_setup.sh $(abspath $(BIN))/python

lab-test: lab-setup  ## everything that needs containers: the tests, then the scenarios scored (SCENARIO=pharmacy, NO_TESTS=1)
	@$(BIN)/python -P -m tools.lab_test $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(NO_TESTS),--no-tests)

lab-proof: lab-setup  ## what the survey promises, held against captures of every segment of the container lab (SCENARIOS=…)
	@$(BIN)/python -P -m tools.lab_proof $(SCENARIOS)

lab-mutate: setup  ## change one scenario parameter at random: the report must notice (N=100 SEED=… SCENARIO=NAME|all MINUTES=…)
	@$(BIN)/python -m tools.lab_mutate $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

bench: setup  ## time and memory of judging 10,000 devices (DEVICES=…)
	@$(BIN)/python -m tools.bench $(if $(DEVICES),--devices $(DEVICES))

faketime: setup  ## the tests with the clock two years ahead
	@bash tools/faketime.sh

golden: setup  ## rewrite golden files; review the diff
	@SEKISHO_GOLDEN=write $(BIN)/python -m pytest -q tests -k golden

fmt: setup
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

new-check: setup  ## ID=tls.min-version
	@$(BIN)/python -m tools.new_check $(ID)

new-scanner: setup  ## NAME=dicom
	@$(BIN)/python -m tools.new_scanner $(NAME)

doctor: setup
	@$(BIN)/sekisho doctor

lock: setup  ## renew the hash-locked requirement files (no index addresses)
	@bash tools/lock.sh

clean:
	@rm -rf .venv .venv-fuzz build dist lab-work out
