# Every target is one line. Set-up (.ci/setup) makes .venv from the lock files, and .ci/tools what the tests of the
# serverless runtime run against; they run again only when the locks change.
PY := .venv/bin/python
LEADSCORE := .venv/bin/leadscore
# Hundreds of tests start the command anew: what Python has compiled is kept, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=
STORY := examples/saas_trial/model.score
GIVEN := $(STORY) --events examples/saas_trial/events.jsonl
.PHONY: setup tools demo lint test soak hooks pages bench bundle deploy fmt lock clean

setup: .venv/.stamp

.venv/.stamp: .ci/setup pyproject.toml requirements/dev.txt; .ci/setup dev

tools: setup; .ci/tools

demo: setup; mkdir -p build && $(LEADSCORE) check $(STORY) && $(LEADSCORE) score $(GIVEN) --by readiness --limit 10 && $(LEADSCORE) explain $(GIVEN) --lead anna-lindqvist --plot build/anna-lindqvist.svg && echo 'The plot is build/anna-lindqvist.svg.'

lint: setup; $(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

test: lint tools; $(PY) -m pytest -n 2 --dist worksteal -q

soak: setup; LEADSCORE_KILLS=200 LEADSCORE_CASES=2000 LEADSCORE_EVERY=1 LEADSCORE_RULES=110000 LEADSCORE_HAMMER=100000 $(PY) -m pytest -n 2 -q -o timeout=0 -o faulthandler_timeout=0 tests/test_kill.py tests/test_reference.py tests/compiler/test_every_cut.py tests/cloud/test_faults.py tests/cloud/test_hammer.py tests/dsl tests/runtime/test_expressions.py tests/compiler/test_sources_random.py

hooks: setup; .ci/hooks

pages: setup; $(PY) -m pytest -q tests/browser/pages.py tests/browser/plans.py

bench: setup; .ci/setup bench && $(PY) -m benchmarks

bundle: setup; $(PY) -m infra.bundle build/lambda

deploy: setup; LEADSCORE_WITHOUT=dynamodb,ministack,emulator,checkov,spark .ci/tools && $(PY) -m infra.deploy $(or $(STACK),leadscore) $(PARAMETERS)

vsix: setup; cd editors/vscode && npm ci && npm test && npm run package

fmt: setup; $(PY) -m ruff check --fix . && $(PY) -m ruff format .

lock: setup; .ci/lock

clean: ; rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache && find . -name __pycache__ -prune -exec rm -rf {} +
