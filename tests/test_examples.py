"""The examples are goldens: every one is checked, run, tested, and its README's commands give what stands there.

A model `NAME.score` that has events beside it (`NAME.events.jsonl`, or `events.jsonl` for `model.score`) must give the
files `scores.jsonl`, `accounts.jsonl` and `segment-NAME.jsonl` of the same prefix.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import Compilation, compile_file
from compiler.scenarios import CheckedTest, Expected, ExpectedEmission, ExpectedFiring, Given
from dsl import syntax
from runtime.lines import settle
from runtime.run import Run
from runtime.times import read_moment, write_instant
from tests.conformance import exact_lines, read_model
from tests.reference_runs import History

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
STORIES = sorted(path.parent for path in EXAMPLES.glob("*/README.md"))


def prefix(model: Path) -> str:
    return "" if model.stem == "model" else f"{model.stem}."


MODELS = sorted(path for path in EXAMPLES.glob("*/*.score") if (path.parent / f"{prefix(path)}events.jsonl").exists())


def named(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


@pytest.fixture(scope="module")
def compiled() -> dict[Path, Compilation]:
    return {path: compile_file(path) for path in MODELS}


def test_there_are_examples_to_test() -> None:
    assert {path.parent.name for path in MODELS} == {path.name for path in STORIES}
    assert len(MODELS) >= 7


@pytest.mark.parametrize("story", STORIES, ids=named)
def test_there_is_nothing_in_an_example_that_the_checker_speaks_of(story: Path, capsys) -> None:
    assert main(["check", *map(str, sorted(story.rglob("*.score")))]) == 0
    assert "warning" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("path", MODELS, ids=named)
def test_an_example_is_owned_reviewed_labelled_and_tested(path: Path, compiled) -> None:
    (model,) = (item for item in compiled[path].tree.items if isinstance(item, syntax.Model))
    assert {type(setting) for setting in model.settings} >= {syntax.Owner, syntax.Review, syntax.Note}
    assert model.label is not None
    assert len(compiled[path].tests) >= 2


@pytest.mark.parametrize("path", MODELS, ids=named)
def test_an_example_gives_the_results_that_stand_beside_it(path: Path, compiled, capsys, rewrite_goldens) -> None:
    table = compiled[path].table
    start = prefix(path)
    events = ["--events", str(path.parent / f"{start}events.jsonl"), "--strict", "--json"]
    wanted = {"scores.jsonl": ["score", str(path)]}
    if table.account is not None:
        wanted["accounts.jsonl"] = ["accounts", str(path)]
    for name in table.segments:
        wanted[f"segment-{name}.jsonl"] = ["segment", str(path), name]
    for name, command in wanted.items():
        capsys.readouterr()
        assert main([*command, *events]) == 0
        given = capsys.readouterr().out
        file = path.parent / f"{start}{name}"
        if rewrite_goldens:
            file.write_text(given, encoding="utf-8")
        assert given == file.read_text(encoding="utf-8"), f"{file} differs; see the diff of pytest --rewrite-goldens"


@pytest.mark.parametrize("path", MODELS, ids=named)
def test_the_naive_reference_gives_the_same_results(path: Path) -> None:
    start = prefix(path)
    lines = (path.parent / f"{start}events.jsonl").read_text(encoding="utf-8").splitlines()
    model = read_model(in_one_file(path, set()))
    outcome = History(model).run(lines, None, read_moment("2999-01-01"))
    assert outcome.rejects == []
    assert outcome.leads == exact_lines(path.parent / f"{start}scores.jsonl")
    if (path.parent / f"{start}accounts.jsonl").exists():
        assert outcome.accounts == exact_lines(path.parent / f"{start}accounts.jsonl")
    for name, held in outcome.segments.items():
        assert held == exact_lines(path.parent / f"{start}segment-{name}.jsonl")


def in_one_file(path: Path, known: set[Path]) -> str:
    """The text of a rule file with that of its imports and lists: the reference reads one text."""
    if path in known:
        return ""
    known.add(path)

    def entries(found: re.Match[str]) -> str:
        lines = (line.strip() for line in (path.parent / found[2]).read_text(encoding="utf-8").splitlines())
        listed = [line for line in lines if line and not line.startswith("#")]
        return f"set {found[1]} = {json.dumps(listed, ensure_ascii=False)}"

    text = re.sub(r'^set (\w+) +from "(.*)"$', entries, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return re.sub(
        r'^import "(.*)"$', lambda found: in_one_file(path.parent / found[1], known), text, flags=re.MULTILINE
    )


@pytest.mark.parametrize("path", MODELS, ids=named)
def test_the_tests_in_an_example_hold(path: Path, compiled) -> None:
    compilation = compiled[path]
    broken = [
        f"{test.name}: line {step.line}: {step.text}"
        for test in compilation.tests
        for at, step in enumerate(test.steps)
        if not isinstance(step, Given) and not holds(compilation, test, at)
    ]
    assert broken == []


def holds(compilation: Compilation, test: CheckedTest, at: int) -> bool:
    """Whether the expectation at position `at` of a test holds, after all that stands above it."""
    step = test.steps[at]
    run = Run(compilation.table, now=step.time, publish=True)
    run.take(as_line(number, given) for number, given in enumerate(test.steps[:at]) if isinstance(given, Given))
    (lead,) = run.finish(step.time).leads
    assert run.rejects == []
    settle(run.plan, lead)
    match step:
        case Expected(condition=condition):
            return bool(run.plan.terms.test(condition)(lead, {}, step.time))
        case ExpectedFiring(trigger=trigger, times=times, negated=negated):
            count = sum(run.plan.triggers[number].name == trigger for number, _ in lead.fired)
            return (count == times) if times is not None else (count == 0) if negated else count > 0
        case ExpectedEmission(name=name, negated=negated):
            run.save()
            return negated != (name in [json.loads(line)["type"] for line in run.publications(run.due())])
    raise AssertionError(step)


def as_line(number: int, given: Given) -> bytes:
    data = json.dumps(given.data, ensure_ascii=False, default=float)
    return (
        f'{{"specversion":"1.0","id":"{number:06d}","source":"test","type":{json.dumps(given.type)},'
        f'"subject":"lead","time":"{write_instant(given.time)}","data":{data}}}'
    ).encode()


# --- what the READMEs show --------------------------------------------------------------------------------------------

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("story", STORIES, ids=named)
def test_the_commands_of_a_readme_give_what_it_shows_and_change_no_file(story, tmp_path, rewrite_goldens) -> None:
    copy = tmp_path / story.name
    shutil.copytree(story, copy)
    readme = story / "README.md"
    text = readme.read_text(encoding="utf-8")
    shell = shell_in(copy, tmp_path)
    given = BLOCK.sub(lambda block: f"```console\n{replayed(block[1], shell)}```", text)
    if rewrite_goldens:
        readme.write_text(given, encoding="utf-8")
        text = given
        for file in copy.iterdir():
            if file.name != "README.md" and (story / file.name).is_file():
                shutil.copyfile(file, story / file.name)
    assert given == text
    assert len(BLOCK.findall(text)) > 2
    # A picture differs with the version of the library that draws it.
    kept = {path.name: path.read_bytes() for path in story.iterdir() if path.suffix in (".jsonl", ".score")}
    assert {name: (copy / name).read_bytes() for name in kept} == kept


def shell_in(folder: Path, tmp: Path):
    """Runs a command line in `folder`, where `leadscore` is the one of this project; gives what it prints."""
    bin = tmp / "bin"
    bin.mkdir()
    (bin / "leadscore").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', encoding="utf-8")
    (bin / "leadscore").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(EXAMPLES.parent),
        "PYTHONSAFEPATH": "1",
    }

    def run(command: str) -> str:
        done = subprocess.run(
            ["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


def replayed(block: str, run) -> str:
    """The block with what its commands print now: each is a line that begins with `$`."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{run(command[2:])}" for command in commands)
