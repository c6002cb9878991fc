"""Where a serverless leadscore runs, as the commands that operate it are told: a stack, or its table and bucket.

What the services answer to a mistake (no credentials, no such stack, no permission) becomes one clear line. The account
and the region are the environment's, as for every tool of AWS; AWS_ENDPOINT_URL names a stand-in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.problem import Problem

if TYPE_CHECKING:
    from runtime.dynamo.client import Table
    from runtime.dynamo.releases import Releases

_Command = TypeVar("_Command", bound=Callable[..., Any])
_HINTS = {
    "AccessDeniedException": "the user or role of these credentials lacks a permission: docs/operations.md lists them",
    "AccessDenied": "the user or role of these credentials lacks a permission: docs/operations.md lists them",
    "ExpiredTokenException": "the credentials have expired: sign in again",
    "ExpiredToken": "the credentials have expired: sign in again",
    "UnrecognizedClientException": "the credentials are not those of this account or region",
    "ResourceNotFoundException": "look at the name, the account and the region (AWS_REGION)",
    "NoSuchBucket": "look at the name, the account and the region (AWS_REGION)",
}


@dataclass(frozen=True, slots=True)
class Where:
    """What was said of the place: a stack, or a table and a bucket."""

    stack: str | None = None
    table: str | None = None
    bucket: str | None = None


@dataclass(slots=True)
class Place:
    """The place made ready. `outputs` are those of the stack, empty where none was named."""

    where: Where
    table: Table
    releases: Releases
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def options(self) -> str:
        """The options that name it again, for hints."""
        if self.where.stack is not None:
            return f"--stack {self.where.stack}"
        return f"--table {self.where.table}" + (f" --bucket {self.where.bucket}" if self.where.bucket else "")

    @property
    def for_all(self) -> str:
        """The options under which `refold` does the work."""
        return self.options if self.where.stack is not None else f"{self.options} --local"


def takes_place(command: _Command) -> _Command:
    """Give a command the options that say where leadscore runs."""
    options = [
        click.option("--stack", metavar="NAME", help="The CloudFormation stack that leadscore runs in."),
        click.option(
            "--table", metavar="T", help="Its DynamoDB table, where no stack is named.  [env: LEADSCORE_TABLE]"
        ),
        click.option("--bucket", metavar="B", help="Its S3 bucket of compiled tables.  [env: LEADSCORE_BUCKET]"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def place(stack: str | None, table: str | None, bucket: str | None, *, needs_bucket: bool = True) -> Iterator[Place]:
    """The place that was named. Within the block, what the services refuse becomes a Problem with status 2."""
    if stack is not None and (table is not None or bucket is not None):
        raise Problem("--stack names the table and the bucket already", hint="leave --table and --bucket out")
    with services():
        yield _place(stack, table, bucket, needs_bucket=needs_bucket)


@contextmanager
def services() -> Iterator[None]:
    """A block that speaks with AWS: what the services refuse in it becomes a Problem with status 2."""
    if find_spec("boto3") is None:
        raise Problem("AWS is spoken to by boto3, which is missing", hint="pip install 'leadscore[aws]'")
    with _spoken():
        yield


def _place(stack: str | None, table: str | None, bucket: str | None, *, needs_bucket: bool) -> Place:
    from runtime.dynamo.client import connect
    from runtime.dynamo.releases import Releases
    from runtime.handlers.bucket import S3Bucket
    from runtime.handlers.clients import client

    outputs: dict[str, str] = {}
    if stack is not None:
        outputs = outputs_of(stack)
        table, bucket = outputs.get("TableName"), outputs.get("BucketName")
        if table is None or bucket is None:
            raise Problem(f"the stack {stack} is not one of leadscore: it has no outputs TableName and BucketName")
    else:
        table, bucket = table or os.environ.get("LEADSCORE_TABLE"), bucket or os.environ.get("LEADSCORE_BUCKET")
    if not table or (needs_bucket and not bucket):
        missing = "--table" if not table else "--bucket"
        raise Problem(f"{missing} is missing", hint="name the stack with --stack NAME, or its --table T and --bucket B")
    opened = connect(table)
    _there(opened)
    releases = Releases(opened, S3Bucket(client("s3"), bucket or ""))
    return Place(Where(stack, table, bucket), opened, releases, outputs)


def _there(table: Table) -> None:
    """Raises Problem if there is no such table."""
    try:
        table.get("R#", "LIVE")
    except Exception as error:
        if _code(error) == "ResourceNotFoundException":
            raise Problem(f"there is no table {table.name}", hint=_HINTS["ResourceNotFoundException"]) from None
        raise


def outputs_of(stack: str) -> dict[str, str]:
    """What a stack says of itself, by name. Raises Problem if there is no such stack."""
    return {each["OutputKey"]: each["OutputValue"] for each in _described(stack).get("Outputs", ())}


def parameters_of(stack: str) -> dict[str, str]:
    """What a stack was told, by name. Raises Problem if there is no such stack."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in _described(stack).get("Parameters", ())}


def _described(stack: str) -> dict[str, Any]:
    from runtime.handlers.clients import client

    try:
        found: list[dict[str, Any]] = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except Exception as error:
        if _code(error) == "ValidationError":
            raise Problem(
                f"there is no stack {stack}", hint="look at the account and the region (AWS_REGION)"
            ) from None
        raise
    return found[0] if found else {}


@contextmanager
def _spoken() -> Iterator[None]:
    """What botocore raises within the block becomes a Problem; it may be missing, so it is known by its name."""
    from runtime.dynamo.releases import Missing

    try:
        yield
    except Missing as error:
        raise Problem(str(error)) from None
    except Exception as error:
        if not type(error).__module__.startswith("botocore"):
            raise
        raise _problem(error) from None


def _problem(error: Exception) -> Problem:
    match type(error).__name__:
        case "NoCredentialsError" | "PartialCredentialsError":
            return Problem("there are no credentials for AWS", hint="sign in, or set AWS_PROFILE")
        case "NoRegionError":
            return Problem("there is no region", hint="set AWS_REGION")
        case "EndpointConnectionError" | "ConnectTimeoutError" | "ConnectionClosedError" | "ReadTimeoutError":
            return Problem(f"AWS can't be reached: {_first(str(error))}")
    code = _code(error)
    if not code:
        return Problem(f"AWS: {_first(str(error))}")
    told = getattr(error, "response", {}).get("Error", {}).get("Message") or code
    return Problem(f"AWS refuses: {_first(told)} ({code})", hint=_HINTS.get(code))


def _code(error: Exception) -> str:
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return str(code)


def _first(text: str) -> str:
    """The first line of what a service says, without its full stop."""
    return (text.splitlines() or [""])[0].rstrip(".")[:300]
