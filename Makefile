# Every target is one line. Set-up (.ci/setup) makes .venv from the lock files; it runs again only when they change.
PY := .venv/bin/python
.PHONY: setup demo lint test bench bundle fmt lock clean

setup: .venv/.stamp

.venv/.stamp: .ci/setup pyproject.toml requirements/dev.txt; .ci/setup dev

demo: setup; .ci/demo

lint: setup; $(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

test: lint; $(PY) -m pytest -n 2 -q

bench: setup; .ci/setup bench && $(PY) -m benchmarks

bundle: setup; $(PY) -m infra.bundle build/lambda

fmt: setup; $(PY) -m ruff check --fix . && $(PY) -m ruff format .

lock: setup; .ci/lock

clean: ; rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache && find . -name __pycache__ -prune -exec rm -rf {} +
