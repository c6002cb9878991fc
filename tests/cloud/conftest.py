"""The components of tests/cloud, one of each for every worker: `dynamodb` and `ministack` are addresses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra import bundle
from runtime import table as rules
from tests.bundles import from_here
from tests.cloud import servers
from tests.cloud.leads import model_of
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
def packed_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`packed_with(rule_file)` gives a bundle with the compiled table in it; what they share is packed once."""
    whole = bundle.build(tmp_path_factory.mktemp("whole") / "bundle", from_here)

    def packed(text: str) -> Path:
        folder = tmp_path_factory.mktemp("packed") / "bundle"
        shutil.copytree(whole, folder, copy_function=os.link)
        (folder / "table.json").write_bytes(rules.dump(model_of(text).table))
        return folder

    return packed


@pytest.fixture(scope="session")
def stack(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The whole of infra/template.yaml, deployed with the bundle on ministack; no model is live in it yet."""
    return deployed("leadscore", ministack, tmp_path_factory.mktemp("stack"))
