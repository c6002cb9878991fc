"""The real components that the serverless runtime is tested against, as .ci/tools has installed them.

Each server listens on a free port and ends with the test process. What is not installed fails its tests with a sentence
that says so; LEADSCORE_WITHOUT=dynamodb,ministack,emulator,sam,checkov,spark leaves the named ones out.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from tests.conftest import ROOT

TOOLS = ROOT / ".venv" / "tools"
GUARD = Path(__file__).with_name("guard.py")
REGION = "us-east-1"
# The stand-ins take any key. A test never sees the account of whoever runs it.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def tool(name: str, *, tools: Path = TOOLS) -> Path:
    """The folder of an installed tool; fails or skips the test that asks for one that is not there."""
    if name in os.environ.get("LEADSCORE_WITHOUT", "").split(","):
        pytest.skip(f"left out by LEADSCORE_WITHOUT: {name}")
    if not (tools / name / ".stamp").is_file():
        missing = tools / f"{name}.missing"
        why = f" ({missing.read_text(encoding='utf-8').strip()})" if missing.is_file() else ""
        pytest.fail(
            f"{name} is not installed{why}: run `make tools`, or leave its tests out with LEADSCORE_WITHOUT={name}",
            pytrace=False,
        )
    return tools / name


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something speaks HTTP there, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@contextlib.contextmanager
def process(command: list[str], env: dict[str, str], cwd: Path, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A command that ends with this block, or with this process if it is killed."""
    guarded = [sys.executable, "-I", str(GUARD), *command]
    with subprocess.Popen(guarded, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=cwd, env=env) as run:
        try:
            yield run
        finally:
            assert run.stdin is not None
            run.stdin.close()


@contextlib.contextmanager
def server(name: str, folder: Path, command: Callable[[int], list[str]], env: Callable[[int], dict[str, str]]):
    """Starts a server and gives its address once it answers; its log is `folder`/NAME.log."""
    path = folder / f"{name}.log"
    for _ in range(3):  # somebody else may take the free port first
        port = free_port()
        with path.open("wb") as log, process(command(port), env(port), folder, log) as run:
            until = time.monotonic() + 180
            while not answers(port) and run.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            if run.poll() is None and answers(port):
                yield f"http://127.0.0.1:{port}"
                return
    pytest.fail(f"{name} did not start:\n{path.read_text(encoding='utf-8', errors='replace')}", pytrace=False)


def dynamodb(folder: Path):
    """Amazon's DynamoDB Local, in memory. It listens on all interfaces: it can't be told otherwise."""
    jar = tool("dynamodb")
    java = shutil.which("java")
    if java is None:
        pytest.fail("java is missing: DynamoDB Local needs Java 17 or newer (or LEADSCORE_WITHOUT=dynamodb)", False)

    def command(port: int) -> list[str]:
        quick = ["-XX:TieredStopAtLevel=1", "-Xmx512m", f"-Djava.library.path={jar}/DynamoDBLocal_lib"]
        start = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
        return [java, *quick, "-jar", f"{jar}/DynamoDBLocal.jar", *start]

    return server("dynamodb", folder, command, lambda _: {**os.environ, **CREDENTIALS})


def ministack(folder: Path):
    """A stand-in for the other services; functions that are deployed to it run in its own Python."""
    home = tool("ministack")

    def env(port: int) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
        own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1"}
        place = {"IOT_MTLS_PORT": "0", "TMPDIR": str(folder), "STATE_DIR": str(folder / "state")}
        return {**kept, **CREDENTIALS, **own, **place, "MINISTACK_REGION": REGION}

    return server("ministack", folder, lambda _: [str(home / "bin" / "python"), "-m", "ministack"], env)


class FunctionError(Exception):
    """The function failed; `answer` is what Lambda gave back."""

    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass
class Function:
    """A handler under the real runtime client and the emulator of Lambda."""

    port: int
    log_path: Path

    def invoke(self, payload: Any) -> Any:
        """What the handler answers; raises FunctionError if it fails or runs out of time."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        body = json.dumps(payload)
        try:
            connection.request("POST", "/2015-03-31/functions/function/invocations", body)
            text = connection.getresponse().read()
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            raise FunctionError(text.decode(errors="replace")) from None
        if isinstance(answer, dict) and "errorType" in answer:
            raise FunctionError(answer)
        return answer

    @property
    def log(self) -> str:
        """All that the function and the emulator have printed so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def init_ms(self) -> float:
        """How long the first start took: known once the function has been invoked."""
        found = re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", self.log)
        assert found, self.log
        return float(found[1])


@dataclass
class Emulator:
    """Starts functions: `emulator("runtime.handlers.ingest.handler", bundle)`; all of them end with the session.

    `bundle` is the folder that would be deployed, and together with the standard library the function's whole world.
    `env` adds to its environment; `timeout` is in seconds.
    """

    folder: Path
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _count: int = 0

    def __call__(
        self, handler: str, bundle: Path, env: dict[str, str] | None = None, *, timeout: int = 30, memory: int = 512
    ) -> Function:
        machine = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
        rapid = next(tool("sam").glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
        python = tool("emulator") / "bin" / "python"
        self._count += 1
        name = f"function-{self._count}"
        settings = {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "LAMBDA_TASK_ROOT": str(bundle),
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            **CREDENTIALS,
            **(env or {}),
        }

        def command(port: int) -> list[str]:
            own = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
            own += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
            return [str(rapid), *own, str(python), "-m", "awslambdaric", handler]

        log = self.folder / name
        log.mkdir()
        with contextlib.ExitStack() as starting:
            address = starting.enter_context(_in(bundle, name, log, command, settings))
            self._open.push(starting.pop_all())
        return Function(int(address.rpartition(":")[2]), log / f"{name}.log")

    def close(self) -> None:
        self._open.close()


@contextlib.contextmanager
def _in(bundle: Path, name: str, log: Path, command: Callable[[int], list[str]], env: dict[str, str]):
    """A server that works in the bundle's folder, as a function does."""
    changed = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(bundle)]
    with server(name, log, lambda port: [*changed, *command(port)], lambda _: env) as address:
        yield address
