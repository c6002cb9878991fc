"""The benchmarks still run: brief runs, whose figures mean nothing and are not looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.matching import check, dispatched
from benchmarks.workload import events, rules


def brief(root: Path, name: str) -> str:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick"]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "name", ["matching", "fold", "columns", "cold_start", "compile", "tools", "lsp", "prove", "cloud", "init"]
)
def test_a_benchmark_runs_and_prints_a_table(root: Path, name: str) -> None:
    printed = brief(root, name)
    assert "| --" in printed
    assert "cores" in printed


def test_a_cold_start_loads_nothing_from_outside_but_msgspec(root: Path) -> None:
    (told,) = [line for line in brief(root, "cold_start").splitlines() if line.startswith("Packages from outside")]
    assert told == "Packages from outside the standard library: msgspec."


def test_an_unknown_argument_is_refused(root: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.matching", "--fast"]
    assert subprocess.run(command, cwd=root, check=False, capture_output=True).returncode != 0


def test_every_peer_that_is_installed_is_measured_and_agrees() -> None:
    given = rules(200)
    assert peers.installed().keys() <= peers.PEERS.keys()
    found = {"chains": dispatched(peers.chains, given)}
    found |= {name: dispatched(build, given) for name, build in peers.installed().items()}
    check(found | {"once more": found["chains"]}, events(50, 3))


def test_a_candidate_that_gives_another_sum_is_refused() -> None:
    right = dispatched(peers.chains, rules(200))
    with pytest.raises(ValueError, match="do not agree"):
        check({"right": right, "wrong": lambda given: right(given) + 1}, events(5))


def test_the_same_number_of_rules_are_the_same_rules() -> None:
    assert rules(50) == rules(50)
    assert events(50) == events(50)
    assert events(50) != events(50, 2)


def test_the_workload_has_rules_on_the_types_that_it_says() -> None:
    given = rules(1_000)
    assert sum(rule.type == "page_view" for rule in given) == 289
    assert {len(rule.asks) for rule in given} == {1, 2, 3}
