"""Traces of every call to a service, for whoever asks for them.

Lambda's own tracing (`Tracing: Active` in the template) shows how long each invocation took and what called what; no
code is needed for it. With POWERTOOLS_TRACE_DISABLED=false each call to a service is a subsegment of its own. That
takes the SDK of X-Ray, which costs a tenth of a second at each start, so it is loaded only then; it is not in the
bundle, a layer brings it.

What is traced names nobody: no answers and no errors of ours are put into it, and errors leave `guarded` without texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, Any], Any]


def traced(handler: Handler) -> Handler:
    """The handler, with its calls to services traced if the environment asks for that."""
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "true").lower() not in ("false", "0"):
        return handler
    from aws_lambda_powertools.tracing import Tracer

    tracer = Tracer(patch_modules=["botocore"])
    followed: Handler = tracer.capture_lambda_handler(handler, capture_response=False, capture_error=False)
    return followed
