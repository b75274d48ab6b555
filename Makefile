# Thin: what these do lives in manage.py demo and tests/launch.py.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test reset-demo check lock bench faults
.DEFAULT_GOAL := run

run: .venv/.requirements
	@exec $(BIN)/python manage.py demo --serve

reset-demo: .venv/.requirements
	@exec $(BIN)/python manage.py demo --reset

test: .venv/.requirements-dev
	@exec $(BIN)/python -m tests.launch

# All of it takes up to half an hour; ONLY=sweep runs those whose names begin so.
bench: .venv/.requirements-bench
	@exec $(BIN)/python -m bench.run $(ONLY)

# At most a quarter of an hour; ONLY=F3 runs that one.
faults: .venv/.requirements-dev
	@exec $(BIN)/python -m faults.run $(ONLY)

check: .venv/.requirements-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy accounts cases evidence portal arbitration
	DEMO=true $(BIN)/python manage.py makemigrations --check --dry-run

# Compiles the .in files into hashed lists; needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header -q requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header -q -c requirements.txt requirements-dev.in -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header -q -c requirements-dev.txt requirements-bench.in -o requirements-bench.txt

.venv/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
	  { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Creating the virtual environment in .venv"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "This Python cannot make virtual environments. Debian: apt-get install python3-venv"; \
	  exit 1; }

.venv/.requirements: requirements.txt | .venv/bin/python
	@echo "Installing what the portal needs (a minute, the first time only)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.requirements-dev: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need (a minute, the first time only)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.requirements

.venv/.requirements-bench: requirements-bench.txt | .venv/bin/python
	@echo "Installing what the benchmarks measure against (a minute, the first time only)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@ .venv/.requirements-dev .venv/.requirements
