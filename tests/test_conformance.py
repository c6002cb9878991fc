"""The conformance cases, each one given to the real command and to the reference, in one run and in several."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conformance import (
    FOLDER,
    ByCommand,
    ByReference,
    Case,
    Driver,
    Run,
    bag,
    cases,
    command,
    without_state,
)

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the conformance cases are not beside this project")
CASES = cases() if FOLDER.exists() else []
SPREAD = [case for case in CASES if len(case.runs) == 1 and case.name != "other_content"]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_driver = pytest.mark.parametrize("how", ["reference", "command"])


def driver(how: str, case: Case, folder: Path, kept: bool) -> Driver:
    return ByReference(case.model) if how == "reference" else ByCommand(case.model, folder, kept, list(case.segments))


@every_driver
@every_case
def test_a_case_gives_what_was_computed_by_hand(case: Case, how: str, tmp_path: Path) -> None:
    run = driver(how, case, tmp_path, kept=len(case.runs) > 1)
    rejects = []
    for given, published in zip(case.runs, case.outboxes, strict=True):
        outcome = run.run(given)
        rejects += outcome.rejects
        if published is not None:
            assert bag([without_state(line) for line in outcome.outbox]) == bag(published)
    assert outcome.leads == case.leads
    assert bag(rejects) == bag(case.rejects)
    if case.accounts is not None:
        assert outcome.accounts == case.accounts
    for name, lines in case.segments.items():
        assert outcome.segments[name] == lines


@every_driver
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("case", SPREAD, ids=lambda case: case.name)
def test_events_spread_over_runs_in_any_order_with_repeats_give_the_same(
    case: Case, seed: int, how: str, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    lines = [*case.runs[0].lines, *chance.sample(case.runs[0].lines, len(case.runs[0].lines) // 2)]
    chance.shuffle(lines)
    cuts = sorted(chance.randrange(len(lines) + 1) for _ in range(2))
    run = driver(how, case, tmp_path, kept=True)
    rejects, standing = [], bag([])
    for part in (lines[: cuts[0]], lines[cuts[0] : cuts[1]], lines[cuts[1] :]):
        outcome = run.run(Run(tuple(part), case.runs[0].args))
        rejects += outcome.rejects
        for line in outcome.outbox:
            if line["type"].endswith(".retracted"):
                standing -= bag([{**line, "type": line["type"].removesuffix(".retracted")}])
            else:
                standing += bag([{**line, "data": {"trigger": line["data"]["trigger"]}}])
    assert outcome.leads == case.leads
    assert set(bag(rejects)) == set(bag(case.rejects))
    assert case.accounts is None or outcome.accounts == case.accounts
    assert all(outcome.segments[name] == found for name, found in case.segments.items())
    if case.outboxes[0] is not None:
        assert standing == bag([{**line, "data": {"trigger": line["data"]["trigger"]}} for line in case.outboxes[0]])


@pytest.mark.parametrize("case", [case for case in CASES if case.outboxes[0]], ids=lambda case: case.name)
def test_publication_ids_are_unique_and_the_same_whenever_a_firing_is_published(case: Case, tmp_path: Path) -> None:
    found = []
    for copy in ("one", "two"):
        (tmp_path / copy).mkdir()
        run, ids = ByCommand(case.model, tmp_path / copy, kept=True, accounts=False), {}
        for given in case.runs:
            run.run(given)
            for line in run.outbox:
                assert line["id"] not in ids
                ids[line["id"]] = (line["type"], line["subject"], line["time"], line["data"]["trigger"])
        found.append(ids)
    assert found[0] == found[1]


def files(kind: str) -> list[Path]:
    return sorted((FOLDER / kind).glob("*.score")) if FOLDER.exists() else []


@pytest.mark.parametrize("path", files("check-ok"), ids=lambda path: path.stem)
def test_check_accepts_a_valid_file(path: Path) -> None:
    status, _, err = command("check", str(path))
    assert (status, "error" in err) == (0, False), err


@pytest.mark.parametrize("path", files("check-error"), ids=lambda path: path.stem)
def test_check_refuses_a_file_with_a_mistake(path: Path) -> None:
    status, _, err = command("check", str(path))
    assert status == 1
    assert "error" in err
