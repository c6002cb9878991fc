"""The command line as a whole: statuses, help, start-up, streams that end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli import main as entry
from cli.problem import Problem

LEADSCORE = [sys.executable, "-m", "cli"]
COMMANDS = list(entry.COMMANDS)


def spawn(*argv: object, root: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LEADSCORE, *map(str, argv)], cwd=root, capture_output=True, text=True, timeout=240, check=False, **options
    )


def test_without_a_command_the_help_goes_to_standard_error_with_status_2(leadscore):
    result = leadscore()
    assert (result.status, result.out) == (2, "")
    assert "leadscore check model.score" in result.err


def test_help_lists_every_command_and_the_exit_statuses(leadscore):
    result = leadscore("--help")
    assert (result.status, result.err) == (0, "")
    assert all(f"\n  {name} " in result.out for name in COMMANDS)
    assert "Exit status: 0 done; 1 the answer is no; 2 wrong usage" in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_shows_examples_that_name_it(name, leadscore):
    for flag in ("--help", "-h"):
        result = leadscore(name, flag)
        assert (result.status, result.err) == (0, "")
        assert f"leadscore {name} " in result.out.partition("Examples:")[2]


def test_the_version_is_printed(leadscore):
    result = leadscore("--version")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("leadscore")


@pytest.mark.parametrize(
    ("argv", "line", "hint"),
    [
        (["chekc"], "leadscore: there is no command `chekc`; did you mean `check`?", "`leadscore --help`"),
        (["score", "--jsn"], "leadscore score: no such option", "`leadscore score --help`"),
        (["check"], "leadscore check: missing argument 'FILES...'", "`leadscore check --help`"),
        (["score"], "leadscore score: MODEL is missing", "`leadscore score --help`"),
        (["score", "m.score"], "leadscore: there are no events", "--events F… (`-` is standard input), or --db F"),
        (["score", "m.score", "--events"], "leadscore score: --events needs a file", "--help"),
        (["score", "m.score", "--events", "--json"], "leadscore score: --events needs a file", "--help"),
        (["score", "m.score", "--events", "e", "--refold"], "leadscore: --refold needs a database", "--db F"),
        (["score", "m.score", "--events", "-", "-"], "leadscore: standard input can be read only once", "once"),
        (["score", "m.score", "--events", "e", "--at", "noon"], "leadscore score: invalid value for '--at'", "--help"),
        (["score", "m.score", "--events", "e", "--limit", "-1"], "leadscore score: invalid value for '--limit'", ""),
        (["score", "m.score", "--db", "none/such.db"], "leadscore: there is no database none/such.db", "--events F…"),
        (["score", "m.score", "more", "--events", "e"], "leadscore score: got unexpected extra argument", "--help"),
        (["segment", "m.score", "--db", "x"], "leadscore segment: NAME is missing", "--help"),
        (["check", "m.score", "--format", "xml"], "leadscore check: invalid value for '--format'", "--help"),
        (["completion", "tcsh"], "leadscore completion: invalid value for", "--help"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint_with_status_2(argv, line, hint, leadscore):
    result = leadscore(*argv)
    assert (result.status, result.out) == (2, "")
    first, second = result.err.splitlines()
    assert first.lower().startswith(line.lower())
    assert second.startswith("  hint: ")
    assert hint in second


@pytest.mark.parametrize(("argv", "name"), [(["score"], "MODEL"), (["segment", "m.score", "--db", "x"], "NAME")])
def test_a_missing_argument_is_spelled_as_in_the_help(argv, name, leadscore):
    assert leadscore(*argv).err.startswith(f"leadscore {argv[0]}: {name} is missing\n")
    assert name in leadscore(argv[0], "--help").out


def test_help_costs_no_import_of_the_compiler_the_runtime_or_a_table_renderer(root):
    code = (
        "import sys; from cli.main import main; main(['--help']); "
        "print(sorted({'lark', 'msgspec', 'pydantic', 'rich', 'dsl', 'compiler', 'runtime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_table_is_scored_without_the_parser_and_with_the_schema_alone(leadscore, model, history, tmp_path, root):
    assert leadscore("compile", model, "-o", tmp_path / "table.json").status == 0
    code = (
        "import sys; from cli.main import main; status = main(sys.argv[1:]); "
        "print(status, sorted(name for name in sys.modules if name.startswith(('lark', 'rich', 'dsl', 'compiler.'))))"
    )
    argv = ["score", tmp_path / "table.json", "--events", history, "--json"]
    done = subprocess.run([sys.executable, "-c", code, *argv], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 ['compiler.schema', 'compiler.terms']"


def test_an_interrupt_ends_with_130_and_no_traceback(leadscore, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry.leadscore, "invoke", interrupted)
    result = leadscore("check", "m.score")
    assert (result.status, result.err) == (130, "leadscore: interrupted\n")


def test_a_process_that_waits_for_events_can_be_interrupted(model, events, root, tmp_path):
    db = tmp_path / "s.db"
    argv = [*LEADSCORE, "score", str(model), "--events", "-", "--db", str(db)]
    with subprocess.Popen(argv, cwd=root, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(events.view("2026-01-05T10:00:00Z").encode() + b"\n")
        process.stdin.flush()
        until = time.monotonic() + 60
        while not waits_for_more(process.pid) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        assert process.communicate(timeout=120)[1] == b"leadscore: interrupted\n"
    assert process.returncode == 130
    assert db.exists()


def waits_for_more(pid: int) -> bool:
    """Whether a process sleeps in reading a pipe; where the system does not tell, after a while."""
    try:
        return "pipe" in Path(f"/proc/{pid}/wchan").read_text(encoding="ascii")
    except OSError:
        time.sleep(5)
        return True


def test_a_reader_that_stops_reading_ends_the_command_quietly(model, events, root, tmp_path):
    path = events.file(*[events.view("2026-01-05T10:00:00Z", f"lead-{n}") for n in range(5000)])
    argv = [*LEADSCORE, "score", str(model), "--events", str(path), "--json", "--outbox", str(tmp_path / "out")]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["lead"] == "lead-0"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_results_are_utf8_whatever_the_locale_says(model, history, root):
    result = spawn(
        "score", model, "--events", history, "--json", root=root,
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}, encoding="utf-8",
    )  # fmt: skip
    assert [json.loads(line)["lead"] for line in result.stdout.splitlines()] == ["l1", "Ärmel"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_told_in_one_line(unbuffered, model, history, root):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*LEADSCORE, "score", str(model), "--events", str(history), "--json"],
            cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=240,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["leadscore: no space left on device"]


def test_a_problem_without_a_message_ends_silently(leadscore, monkeypatch):
    def ended(*_):
        raise Problem(status=1)

    monkeypatch.setattr(entry.leadscore, "invoke", ended)
    result = leadscore("check", "m.score")
    assert (result.status, result.out, result.err) == (1, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_asks_the_command(shell, leadscore):
    result = leadscore("completion", shell)
    assert result.status == 0
    assert f"_LEADSCORE_COMPLETE={shell}_complete" in result.out


@pytest.mark.parametrize(
    ("words", "at", "found"),
    [
        ("leadscore sc", 1, "plain,score\n"),
        ("leadscore score --re", 2, "plain,--refold\nplain,--rejects\n"),
        ("leadscore check --format gi", 3, "plain,github\n"),
        ("leadscore score ", 2, "file,\n"),
        ("leadscore score m.score --events a.jsonl ", 5, "file,\n"),
    ],
)
def test_completion_knows_commands_options_choices_and_files(words, at, found, leadscore, monkeypatch):
    monkeypatch.setenv("_LEADSCORE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(at))
    assert leadscore().out == found
