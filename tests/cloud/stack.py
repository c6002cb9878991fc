"""The template as it is deployed: infra.deploy with a bundle of what is installed here, on ministack."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import bundle, deploy
from tests.bundles import from_here
from tests.cloud.servers import CREDENTIALS, REGION, tool
from tests.conftest import ROOT

# Metric math is beyond the stand-in, and so is a bound that comes from a parameter.
BEYOND = ("WithAlarms=false", "IngestConcurrency=0")


@dataclass(frozen=True)
class Stack:
    """A deployed stack; `outputs` by their keys."""

    name: str
    endpoint: str
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)

    @property
    def env(self) -> dict[str, str]:
        """What a command needs in its environment to work on this stack."""
        return {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}


def deployed(name: str, endpoint: str, folder: Path, *parameters: str) -> Stack:
    """Packs the bundle into `folder` and deploys the template with it, as `make deploy` does."""
    tool("sam")
    shutil.copytree(ROOT / "infra", folder / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    # Functions run in the Python of the stand-in, which is this one.
    arch = "x86_64" if os.uname().machine in ("x86_64", "AMD64") else "arm64"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deploy, "TEMPLATE", folder / "infra" / "template.yaml")
        patch.setattr(deploy, "BUNDLE", folder / "build" / "lambda")
        patch.setattr(bundle, "with_pip", lambda arch, python: from_here)
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("HOME", str(folder))  # SAM keeps notes there
        patch.setenv("SAM_CLI_TELEMETRY", "0")
        assert deploy.main([name, "--arch", arch, *BEYOND, *parameters]) == 0
    client = boto3.client("cloudformation", endpoint_url=endpoint, region_name=REGION)
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    return Stack(name, endpoint, {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]})
