"""What all tests share: where things are, and the one flag that rewrites golden files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is no reason to fail: what must be quick is measured in benchmarks/. Whoever asks for more cases than
# usual (`make soak`) gets new ones each time; else they are the same, so that a change alone decides what fails.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize="LEADSCORE_CASES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-goldens",
        action="store_true",
        help="write what the product says now over the golden files, to be read in the diff; never in CI",
    )


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for whatever a shell runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--rewrite-goldens") and os.environ.get("CI"):
        raise pytest.UsageError("golden files are never rewritten in CI")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long to make ready is made ready once. Two processes begin with the first and with the second half of
    the tests, and when one has nothing left it takes from the end of what the other has: so what needs servers comes
    first, and what needs the compiled fold begins the second half."""
    servers = [item for item in items if "tests/cloud/" in item.nodeid]
    compiled = [item for item in items if "tests/columns/" in item.nodeid]
    apart = {*servers, *compiled}
    others = [item for item in items if item not in apart]
    half = max(len(items) // 2 - len(servers), 0)
    items[:] = [*servers, *others[:half], *compiled, *others[half:]]


@pytest.fixture
def rewrite_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite-goldens"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data and conformance cases beside the project; not everybody has it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder with the shared data beside the project")
    return folder
