"""`leadscore test --watch`: a real process that runs again when a file changes."""

from __future__ import annotations

import os
import pty
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cli.watch import watch_files

ROOT = Path(__file__).resolve().parents[2]
MODEL = """import "lib.score"
model m { }
set cities from "cities.txt"
event e { city: text required }
score s { rule r { on e where city in cities  add points } }
test "a city" { at 2026-01-05  e { city: "Wien" }  expect s = 5 }
"""
WAITING = "waiting for a change to"


class Watching:
    """The command as it runs; what it writes to either stream is read as it comes."""

    def __init__(self, *args: object, terminal: bool = False) -> None:
        self.lines: queue.Queue[str] = queue.Queue()
        shared = None
        if terminal:
            shared, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", "test", "--watch", *map(str, args)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=other if terminal else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "xterm"},
        )
        if terminal:
            os.close(other)
            stream = os.fdopen(shared, encoding="utf-8", errors="replace")
        else:
            stream = self.process.stdout
            stream = os.fdopen(os.dup(stream.fileno()), encoding="utf-8")
        self.stream = stream
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        try:
            for line in self.stream:
                self.lines.put(line)
        except OSError:
            pass  # the other end of a terminal is closed

    def until(self, text: str, seconds: float = 120) -> str:
        """What is written up to the first line with a text."""
        told, end = "", time.monotonic() + seconds
        while text not in told:
            try:
                told += self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no {text!r} within {seconds} s in:\n{told}") from None
        return told

    def quiet(self, seconds: float) -> bool:
        """Whether nothing is written for so long."""
        try:
            self.lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)


@pytest.fixture
def watching():
    begun = []

    def start(*args, **given):
        begun.append(Watching(*args, **given))
        return begun[-1]

    yield start
    for each in begun:
        each.process.kill()
        each.process.wait()
        each.reader.join(120)
        each.stream.close()
        if each.process.stdout is not None:
            each.process.stdout.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "m.score").write_text(MODEL, encoding="utf-8")
    (tmp_path / "lib.score").write_text("let points = 5\n", encoding="utf-8")
    (tmp_path / "cities.txt").write_text("Wien\n", encoding="utf-8")
    return tmp_path


def test_it_runs_again_when_a_file_changes_that_has_a_say(watching, folder):
    seen = watching(folder / "m.score")
    assert "1 passed" in seen.until(WAITING)
    (folder / "m.score").write_text(MODEL.replace("s = 5", "s = 6"), encoding="utf-8")
    assert "1 failed" in seen.until(WAITING)
    (folder / "lib.score").write_text("let points = 6\n", encoding="utf-8")
    assert "1 passed" in seen.until(WAITING)
    (folder / "cities.txt").write_text("Graz\n", encoding="utf-8")
    assert "1 failed" in seen.until(WAITING)
    assert seen.end() == 0


def test_it_runs_again_when_a_table_of_cases_changes(watching, folder):
    table = folder / "cases.csv"
    table.write_text("city,points\nWien,5\n", encoding="utf-8")
    cases = (
        'test "{city}" for each line of "cases.csv" { at 2026-01-05  e { city: line.city }  expect s = line.points }\n'
    )
    (folder / "m.score").write_text(MODEL + cases, encoding="utf-8")
    seen = watching(folder / "m.score")
    assert "2 passed" in seen.until(WAITING)
    table.write_text("city,points\nWien,5\nGraz,0\n", encoding="utf-8")
    assert "3 passed" in seen.until(WAITING)


def test_it_goes_on_after_a_file_with_errors_and_waits_for_what_is_missing(watching, folder):
    (folder / "lib.score").unlink()
    seen = watching(folder / "m.score")
    assert "can't be used" in seen.until(WAITING)
    (folder / "lib.score").write_text("let points = 5\n", encoding="utf-8")
    assert "1 passed" in seen.until(WAITING)
    (folder / "m.score").unlink()
    assert "can't be read" in seen.until(WAITING)
    (folder / "m.score").write_text(MODEL, encoding="utf-8")
    assert "1 passed" in seen.until(WAITING)


def test_a_file_that_changes_while_the_tests_run_is_run_again(tmp_path):
    rules, read = tmp_path / "m.score", tmp_path / "lib.score"
    rules.write_text("", encoding="utf-8")
    runs = []

    def run(files, inputs):
        inputs.update([str(rules), str(read)])
        runs.append(files)
        if len(runs) == 2:
            raise KeyboardInterrupt
        read.write_text("let a = 1", encoding="utf-8")  # looked for and not there a moment ago
        return 0

    assert watch_files([str(rules)], run) == 0
    assert len(runs) == 2


def test_in_a_folder_files_may_come_and_go(watching, folder):
    seen = watching(folder)
    assert "1 passed" in seen.until(WAITING)
    (folder / "n.score").write_text(MODEL.replace("a city", "another"), encoding="utf-8")
    assert "2 passed" in seen.until(WAITING)
    (folder / "n.score").unlink()
    assert "1 passed" in seen.until(WAITING)
    (folder / "notes.txt").write_text("nothing to do with it", encoding="utf-8")
    assert seen.quiet(1)


def test_a_file_saved_in_steps_causes_one_run(watching, folder):
    seen = watching(folder / "m.score")
    seen.until(WAITING)
    for step in range(12):
        draft = folder / "draft"
        draft.write_text(MODEL + f"# {step}\n", encoding="utf-8")
        (folder / "m.score").unlink(missing_ok=True)
        draft.replace(folder / "m.score")
        time.sleep(0.03)
    told = seen.until(WAITING)
    assert told.count("1 passed") == 1
    assert "can't be read" not in told
    assert seen.quiet(1)


def test_only_a_terminal_is_cleared(watching, folder):
    plain = watching(folder / "m.score")
    plain.until(WAITING)
    (folder / "m.score").write_text(MODEL + "# more\n", encoding="utf-8")
    assert "\x1b" not in plain.until(WAITING)
    drawn = watching(folder / "m.score", terminal=True)
    drawn.until(WAITING)
    (folder / "m.score").write_text(MODEL + "# and more\n", encoding="utf-8")
    assert "\x1b[2J" in drawn.until(WAITING)
    assert drawn.end() == 0


def test_reports_are_written_anew_each_time(watching, folder):
    report = folder / "lcov.info"
    seen = watching(folder / "m.score", "--coverage-lcov", report, "--jobs", 2)
    seen.until(WAITING)
    first = report.read_text(encoding="utf-8")
    (folder / "m.score").write_text("\n" + MODEL, encoding="utf-8")
    seen.until(WAITING)
    assert report.read_text(encoding="utf-8") != first


def test_what_is_not_there_to_begin_with_is_wrong_usage(leadscore, tmp_path):
    result = leadscore("test", tmp_path, "--watch")
    assert (result.status, result.err) == (2, f"leadscore: there is no .score file in {tmp_path}\n")
