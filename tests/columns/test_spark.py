"""The fold on a real local Spark gives the digits of this machine: leads, rejects, duplicates, over several files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from insight.columns.arrow import ParquetEvents
from insight.columns.scoring import score
from runtime.table import dump
from tests.cloud.servers import tool
from tests.columns.test_files import flat, rows
from tests.columns.test_fold import FEATURES, HEAD, NOW, table_of
from tests.conftest import ROOT

TASKS = [("edges", None), ("profile", NOW - 395 * 86_400_000_000)]
LONGEST = 480
"""Seconds that Spark may take; a session begins in ten, on a machine that has time."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A folder with files, and what Spark says of them: one session for all tests."""
    python = tool("spark") / "bin" / "python"
    if shutil.which("java") is None:
        pytest.fail("java is missing: Spark needs Java 17 or newer (or LEADSCORE_WITHOUT=spark)", pytrace=False)
    folder = tmp_path_factory.mktemp("spark")
    events = rows()
    half = len(events) // 2
    strange = [event | {"type": "nobody knows"} for event in events[5:8]]
    other = [event | {"subject": "lead-3"} for event in events[10:13]]
    pyarrow.parquet.write_table(flat(events[:half]), folder / "one.parquet", row_group_size=50)
    pyarrow.parquet.write_table(flat([*events[half:], *strange, *other]), folder / "two.parquet")
    tasks = []
    for feature, at in TASKS:
        (folder / f"{feature}.json").write_bytes(dump(table_of(HEAD + FEATURES[feature])))
        tasks.append([f"{feature}.json", ["one.parquet", "two.parquet"], NOW, at])
    (folder / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [str(python), str(ROOT / "tests" / "columns" / "spark_case.py"), str(folder)],
        env=env, check=False, capture_output=True, text=True, timeout=LONGEST,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, json.loads((folder / "said.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(TASKS)))
def test_spark_gives_the_same_leads_and_rejects(said: tuple[Path, list[dict[str, Any]]], number: int) -> None:
    folder, found = said
    feature, at = TASKS[number]
    with ParquetEvents([folder / "one.parquet", folder / "two.parquet"]) as source:
        wanted = score(table_of(HEAD + FEATURES[feature]), source, NOW, at)
        leads = list(wanted.lines)
    assert found[number]["leads"] == leads
    assert len(leads) == 12
    assert found[number]["at"] == wanted.at
    assert (found[number]["accepted"], found[number]["duplicates"]) == (wanted.accepted, wanted.duplicates)
    assert found[number]["left"] == 0
    theirs = sorted((reject.reason, reject.line.decode()) for reject in wanted.rejects)
    assert sorted((reason, line) for reason, line in found[number]["rejects"]) == theirs
    assert len(theirs) > 3


def test_the_script_writes_leads_in_their_order(said: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, found = said
    parts = sorted((folder / "out" / "leads").glob("part-*.txt"))
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    assert lines == found[0]["leads"]
    assert list((folder / "out" / "rejects").glob("part-*.json"))
