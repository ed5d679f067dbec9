# The environment is made from the lock, and made again when the lock changes.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := .venv/.from-lock

.PHONY: demo test chaos soak lint crawl lock clean

$(ENVIRONMENT): requirements.lock
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

demo: $(ENVIRONMENT)
	$(BIN)/python -m tests.replica.demo

test: lint
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

# All that `make test` only samples: every hostile file, slow servers, 20,000 fuzz cases a parser, kills and
# failing disks at every point.
chaos: $(ENVIRONMENT)
	HYPOTHESIS_PROFILE=chaos $(BIN)/python -m pytest -m chaos $(PYTEST_ARGS)
	$(BIN)/python -m tests.faults --report docs/reliability.md

# Thirty simulated days; half an hour on two quiet cores.
soak: $(ENVIRONMENT)
	$(BIN)/python -m tests.soak --report docs/reliability.md

lint: $(ENVIRONMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

crawl: $(ENVIRONMENT)
	$(BIN)/scrapy crawl sputnik

# Only for those who change the dependencies; needs uv on PATH.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--all-extras --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
