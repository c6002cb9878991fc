"""The tracer is off, and not even loaded, unless somebody asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cloud.test_template import Reader

# What the tracer of Powertools asks of the SDK of X-Ray, which is not among our packages.
SDK = """
from contextlib import contextmanager
told = []
class Recorder:
    def configure(self, **given): told.append(("configure", given))
    def put_annotation(self, key, value): told.append(("annotation", key, value))
    def put_metadata(self, **given): told.append(("metadata", given))
    @contextmanager
    def in_subsegment(self, name):
        told.append(("begin", name))
        try:
            yield self
        except Exception as error:
            told.append(("error", str(error)))
            raise
        finally:
            told.append(("end", name))
xray_recorder = Recorder()
def patch(modules, raise_errors=True): told.append(("patch", list(modules)))
def patch_all(): told.append(("patch", "all"))
"""
INVOKED = """
import sys
from runtime.handlers.observed import HandlerError, guarded
@guarded
def handler(event, context):
    if event:
        raise ValueError("ann@example.org")
    return {"who": "ann@example.org"}
class Context: aws_request_id = "1"
assert handler({}, Context()) == {"who": "ann@example.org"}
try:
    handler({"a": 1}, Context())
except HandlerError:
    pass
print(any(name.startswith("aws_xray_sdk") for name in sys.modules))
from aws_xray_sdk.core import told
print(told)
"""


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    package = tmp_path / "aws_xray_sdk"
    package.mkdir()
    (package / "__init__.py").write_text("class global_sdk_config:\n    set_sdk_enabled = print\n", encoding="utf-8")
    (package / "core.py").write_text(SDK, encoding="utf-8")
    return tmp_path


def said(code: str, path: Path, root: Path, **env: str) -> str:
    """What some code prints in a process of its own, as a function in Lambda."""
    lambda_has = {"LAMBDA_TASK_ROOT": str(root), "POWERTOOLS_SERVICE_NAME": "ingest", "PYTHONPATH": f"{root}:{path}"}
    given = {name: value for name, value in os.environ.items() if not name.startswith("POWERTOOLS")}
    run = subprocess.run(
        [sys.executable, "-c", code], env={**given, **lambda_has, **env}, capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    return run.stdout


@pytest.mark.parametrize("name", ["ingest", "sweep", "publish", "query", "refold"])
def test_no_function_loads_a_tracer_by_itself(name, sdk, root):
    code = f"import sys, runtime.handlers.{name}\nprint([each for each in sys.modules if 'xray' in each])"
    assert said(code, sdk, root) == "[]\n"


@pytest.mark.parametrize("asked", [{}, {"POWERTOOLS_TRACE_DISABLED": "true"}])
def test_an_invocation_does_not_either(asked, sdk, root):
    lines = said(INVOKED, sdk, root, **asked).splitlines()
    assert lines[-2:] == ["False", "[]"]


def test_who_asks_for_it_has_calls_to_services_traced_and_nobody_named(sdk, root):
    lines = said(INVOKED, sdk, root, POWERTOOLS_TRACE_DISABLED="false").splitlines()
    assert lines[-2] == "True"
    assert "('patch', ['botocore'])" in lines[-1]
    assert lines[-1].count("('begin', '## ") == lines[-1].count("('end', '## ") == 2
    assert "example.org" not in lines[-1], "neither an answer nor the text of an error is in the trace"


def test_traces_of_lambda_itself_are_on_and_the_tracer_comes_by_a_parameter(root):
    template = yaml.load((root / "infra" / "template.yaml").read_text(encoding="utf-8"), Reader)
    function = template["Globals"]["Function"]
    assert function["Tracing"] == "Active"
    assert function["Layers"]["If"][:2] == ["Traced", [{"Ref": "TracerLayer"}]]
    assert function["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"] == {"If": ["Traced", "false", "true"]}
    assert template["Parameters"]["TracerLayer"]["Default"] == ""
