"""The serverless bundle starts and scores where neither the parser nor the compiler can be imported."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from compiler.compile import compile_text
from infra import bundle
from runtime.table import dump
from tests.bundles import from_here

MODEL = """
model demo { }
event page_view { path: text required }
event video_play { watched: percent required }
score readiness {
  ready at 20
  bands cold < 20, hot
  rule pricing { on page_view where path starts with "/pricing"  add 10, at most 30 points per 7 days }
  rule video   { on video_play  add 25 * watched, best }
}
tally visits over 7 days { on page_view }
stages subscriber, mql
trigger qualify { when readiness >= ready  move to mql  emit "lead.qualified" }
"""
EVENTS = [
    ("page_view", "2026-01-05T10:00:00Z", {"path": "/pricing"}),
    ("video_play", "2026-01-05T11:30:00Z", {"watched": 80}),
]
# What a function does: read the table that was deployed with it, take events in, say where the leads stand.
SCORE = """
import pathlib
from runtime import lines, run, table
fold = run.Run(table.load(pathlib.Path(sys.argv[1]).read_bytes()))
fold.take(pathlib.Path(sys.argv[2]).read_bytes().splitlines())
outcome = fold.finish()
for lead in outcome.leads:
    print(lines.LeadLines(fold.plan, outcome.at).write(lead))
assert not {"lark", "pydantic", "dsl", "compiler"} & sys.modules.keys()
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The sources as they are now, whoever edits them while the tests run."""
    folder = tmp_path_factory.mktemp("sources")
    shutil.copytree(root / "runtime", folder / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, sources: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "ROOT", sources)
        return bundle.build(tmp_path_factory.mktemp("bundle") / "lambda", from_here)


def alone(packed: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with the bundle and the standard library as its whole world."""
    start = f"import sys; sys.path.insert(0, {str(packed)!r})\n"
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", start + program, *arguments]
    return subprocess.run(command, cwd=packed, capture_output=True, text=True, check=False)


def test_the_bundle_holds_the_runtime_and_its_locked_packages_only(packed: Path) -> None:
    assert {path.name for path in packed.iterdir() if ".dist-info" not in path.name} == {
        "aws_lambda_powertools",
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "lambda.txt",
        "msgspec",
        "runtime",
        "s3transfer",
        "six.py",
        "typing_extensions.py",
        "tzdata",
        "urllib3",
        "__pycache__",
    }


@pytest.mark.parametrize("name", ["lark", "pydantic", "click", "rich", "dsl", "compiler", "cli"])
def test_the_bundle_knows_nothing_of_the_compiler(packed: Path, name: str) -> None:
    run = alone(packed, f"import {name}")
    assert f"No module named '{name}'" in run.stderr


def test_every_module_of_the_runtime_starts_in_the_bundle(packed: Path) -> None:
    files = sorted((packed / "runtime").rglob("*.py"))
    names = [".".join(path.relative_to(packed).with_suffix("").parts) for path in files]
    assert "runtime.table" in names
    run = alone(packed, "import importlib\nfor name in sys.argv[1:]: importlib.import_module(name)", *names)
    assert run.stderr == ""


def test_the_bundle_scores_events_with_a_compiled_table(packed: Path, tmp_path: Path) -> None:
    table = compile_text(MODEL).table
    assert table is not None
    (tmp_path / "table.json").write_bytes(dump(table))
    events = [
        {
            "specversion": "1.0",
            "id": str(n),
            "source": "web",
            "subject": "ann",
            "type": kind,
            "time": time,
            "data": data,
        }
        for n, (kind, time, data) in enumerate(EVENTS)
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    run = alone(packed, SCORE, str(tmp_path / "table.json"), str(tmp_path / "events.jsonl"))
    assert run.stderr == ""
    assert json.loads(run.stdout) == {
        "lead": "ann",
        "at": "2026-01-05T11:30:00Z",
        "scores": {"readiness": 30},
        "bands": {"readiness": "hot"},
        "tallies": {"visits": 1},
        "stage": "mql",
        "entered": {"subscriber": "2026-01-05T10:00:00Z", "mql": "2026-01-05T11:30:00Z"},
        "tags": [],
        "fields": {},
        "fired": [{"trigger": "qualify", "at": "2026-01-05T11:30:00Z"}],
    }


def test_the_compiled_files_of_the_bundle_are_taken_without_a_look_at_their_dates(packed: Path) -> None:
    compiled = list(packed.rglob("*.pyc"))
    assert {file.with_suffix("").stem.partition(".")[0] for file in compiled} >= {"table", "six", "client", "logger"}
    # The second word of a .pyc: bit 0 says that it goes by a hash, bit 1 that the hash is checked.
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {0b01}


def test_two_builds_are_the_same_bytes(
    packed: Path, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "ROOT", sources)
    other = bundle.build(tmp_path / "elsewhere" / "other", from_here)
    assert bundle.archive_of(packed).read_bytes() == bundle.archive_of(other).read_bytes()


def test_the_archive_holds_the_folder_and_no_date_and_no_owner(packed: Path) -> None:
    with zipfile.ZipFile(bundle.archive_of(packed)) as archive:
        names = sorted(path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file())
        assert archive.namelist() == names
        assert {(entry.date_time, entry.external_attr >> 16) for entry in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


def test_the_bundle_knows_the_services_that_functions_call_and_no_others(packed: Path) -> None:
    clients = "".join(path.read_text(encoding="utf-8") for path in (packed / "runtime").rglob("*.py"))
    called = set(re.findall(r"""client\(\s*"([a-z0-9-]+)\"""", clients))
    assert called == bundle.SERVICES
    described = {path.name for path in (packed / "botocore" / "data").iterdir() if path.is_dir()}
    assert described == bundle.SERVICES


def test_every_service_can_be_called_from_the_bundle(packed: Path) -> None:
    program = "import boto3\nfor name in sys.argv[1:]: boto3.client(name, region_name='eu-west-1')"
    run = alone(packed, program, *sorted(bundle.SERVICES))
    assert run.stderr == ""


def test_a_new_bundle_replaces_an_older_one(tmp_path: Path) -> None:
    folder = bundle.build(tmp_path / "lambda", lambda _: None)
    (folder / "runtime" / "gone.py").write_text("", encoding="utf-8")
    bundle.build(folder, lambda _: None)
    assert not (folder / "runtime" / "gone.py").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    assert bundle.main([str(tmp_path)]) == 2
    assert "is no bundle and not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_machine_gets_ready_made_wheels_only(tmp_path: Path) -> None:
    arguments = bundle.pip_arguments(tmp_path, "arm64", "3.13")
    assert {"--require-hashes", "--only-binary=:all:", "--python-version=3.13"} <= set(arguments)
    assert "--platform=manylinux2014_aarch64" in arguments


def test_a_package_that_pip_refuses_ends_the_build_with_what_pip_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lambda.txt"
    lock.write_text("msgspec==0.22.0\n", encoding="utf-8")  # no hash
    monkeypatch.setattr(bundle, "LOCK", lock)
    with pytest.raises(bundle.BundleError, match="Hashes are required"):
        bundle.build(tmp_path / "lambda", bundle.with_pip(None, bundle.HERE))
