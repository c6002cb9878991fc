"""The components of tests/cloud, one of each for every worker: `dynamodb` and `ministack` are addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud import servers
from tests.cloud.stack import Stack, deployed


@pytest.fixture(scope="session", autouse=True)
def no_account() -> Iterator[None]:
    """Whatever a test forgets to say: no real account is ever asked, and no proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**servers.CREDENTIALS, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Amazon's DynamoDB Local, streams included."""
    with servers.dynamodb(tmp_path_factory.mktemp("dynamodb")) as address:
        yield address


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a stand-in for all services that the template uses."""
    with servers.ministack(tmp_path_factory.mktemp("ministack")) as address:
        yield address


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Emulator]:
    """`emulator(handler, bundle, env)` gives a function to `.invoke(payload)`."""
    functions = servers.Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        yield functions
    finally:
        functions.close()


@pytest.fixture(scope="session")
def stack(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The whole of infra/template.yaml, deployed with the bundle on ministack; no model is live in it yet."""
    return deployed("leadscore", ministack, tmp_path_factory.mktemp("stack"))
