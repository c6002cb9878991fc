"""`leadscore test --jobs`: several processes write what one writes, and end with the one that began them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli import crew

ROOT = Path(__file__).resolve().parents[2]
MODEL = """model m { }
event e { n: integer required }
score s { rule r { on e where n = 1  add 1 } }
"""


@pytest.fixture
def folder(tmp_path):
    """Five files: one with errors, one without a model, one without tests, one with failing tests, one with many."""
    (tmp_path / "a.score").write_text("model m { }\nscore s { rule r { on x add 1 } }\n", encoding="utf-8")
    (tmp_path / "b.score").write_text("let a = 1\n", encoding="utf-8")
    (tmp_path / "c.score").write_text(MODEL, encoding="utf-8")
    (tmp_path / "d.score").write_text(MODEL + written(9, 2, 5), encoding="utf-8")
    (tmp_path / "e.score").write_text(MODEL + written(30, 29), encoding="utf-8")
    return tmp_path


def written(count, *wrong):
    """So many tests, of which those whose numbers are `wrong` fail."""
    parts = []
    for number in range(count):
        points = int(number % 3 == 1) + (number in wrong)
        parts.append(f'test "t{number}" {{ at 2026-01-05  e {{ n: {number % 3} }}  expect s = {points} }}\n')
    return "".join(parts)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--json"],
        ["-v"],
        ["--coverage"],
        ["--json", "--min", "99%"],
        ["--filter", "t2"],
        ["-x"],
        ["--filter", "d.score", "-x"],
    ],
)
def test_the_number_of_processes_changes_nothing_that_is_written(options, folder, leadscore, monkeypatch):
    monkeypatch.setattr(crew, "BATCH", 7)
    report = folder / "r.xml"
    runs = []
    for jobs in (1, 2, 3):
        result = leadscore("test", folder, "--jobs", jobs, "--junit", report, *options)
        times = [line for line in report.read_text(encoding="utf-8").splitlines() if "testcase" not in line]
        runs.append((result, len(times)))
    assert runs[0] == runs[1] == runs[2]
    assert runs[0][0].status == 1


def test_the_tests_of_one_file_are_shared_out_too(folder, leadscore, monkeypatch):
    monkeypatch.setattr(crew, "BATCH", 4)
    monkeypatch.setattr(crew, "cores", lambda: 2)
    begun, together = [], crew._together
    monkeypatch.setattr(
        crew, "_together", lambda paths, bench, jobs: begun.append(jobs) or together(paths, bench, jobs)
    )
    plain = leadscore("test", folder / "e.score", "--jobs", 1)
    assert begun == []
    assert leadscore("test", folder / "e.score") == plain
    assert begun == [2]


def test_what_can_be_read_only_once_stays_in_this_process(tmp_path, leadscore, monkeypatch):
    monkeypatch.setattr(crew, "BATCH", 1)
    read, write = os.pipe()
    os.write(write, (MODEL + written(3)).encode())
    os.close(write)
    try:
        result = leadscore("test", f"/dev/fd/{read}", "--jobs", 2)
    finally:
        os.close(read)
    assert (result.status, result.out.splitlines()[-1]) == (0, "3 tests in 1 file: 3 passed")


@pytest.mark.parametrize("jobs", ["0", "-1", "x"])
def test_a_number_of_processes_that_is_none_is_wrong_usage(jobs, folder, leadscore):
    assert leadscore("test", folder, "--jobs", jobs).status == 2


def test_a_process_that_is_ended_from_outside_ends_the_run_with_a_reason(folder, leadscore, monkeypatch):
    monkeypatch.setattr(crew, "_batch", _die)
    result = leadscore("test", folder, "--jobs", 2)
    assert result.status == 2
    assert result.err == (
        "leadscore: a process that ran tests was ended from outside\n"
        "  hint: with --jobs 1 all tests run in one process\n"
    )


def test_a_process_that_is_ended_before_all_work_is_handed_out_is_told_of_too(folder, leadscore, monkeypatch):
    from concurrent.futures import ProcessPoolExecutor

    submit = ProcessPoolExecutor.submit

    def slowly(pool, *args):
        ahead = submit(pool, *args)
        ahead.exception(60)
        return ahead

    monkeypatch.setattr(crew, "_batch", _die)
    monkeypatch.setattr(ProcessPoolExecutor, "submit", slowly)
    result = leadscore("test", folder, "--jobs", 2)
    assert result.status == 2
    assert result.err.startswith("leadscore: a process that ran tests was ended from outside\n")


def _die(path: str, start: int) -> list[object]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.fixture
def endless(tmp_path):
    """A file whose tests take minutes: steps every minute for a hundred years."""
    text = """model m { }
event e { }
score s { range -1000000..  rule r { on e  add 100000 }  degrade { by 0.001 points every 1 minutes } }
trigger t { when s < -5  emit "x" }
"""
    body = "".join(
        f'test "t{number}" {{ at 2026-01-05  e {{ }}  after 36500 days  expect s > 0 }}\n' for number in range(9)
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.score").write_text(text + body, encoding="utf-8")
    return tmp_path


def start(folder, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "test", str(folder), "--coverage", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def processes():
    """Of all processes that run: (their number, that of the one that began them)."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {(int(own), int(parent)) for own, parent, state in rows if not state.startswith("Z")}


def children(pid):
    return [own for own, parent in processes() if parent == pid]


def running(pid):
    return any(own == pid for own, _ in processes())


def wait_for(what, seconds=120.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("signals", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_process_is_left_however_the_first_one_ends(signals, status, endless):
    process = start(endless, "--jobs", "2")
    try:
        assert wait_for(lambda: len(children(process.pid)) == 2)
        others = children(process.pid)
        time.sleep(0.3)
        process.send_signal(signals)
        out, err = process.communicate(timeout=120)
        assert process.returncode == status
        assert (out, err) == ("", "leadscore: interrupted\n" if status == 130 else "")
        assert wait_for(lambda: not any(map(running, others)))
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_on_a_terminal_reaches_all_processes_and_says_one_word(endless):
    process = start(endless, "--jobs", "2")
    try:
        assert wait_for(lambda: len(children(process.pid)) == 2)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (130, "", "leadscore: interrupted\n")
    finally:
        process.kill()
        process.wait()


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_fail_fast_stops_at_the_first_test_that_does_not_pass(folder, leadscore):
    result = leadscore("test", folder / "d.score", folder / "e.score", "-x", "--jobs", 1)
    lines = result.out.splitlines()
    assert lines[1:4] == ["  pass   t0", "  pass   t1", "  FAIL   t2"]
    assert "expected  s = 1" in result.out
    assert lines[-1] == "3 tests in 1 file: 2 passed, 1 failed, stopped there"


def test_fail_fast_stops_at_a_file_that_can_not_be_used(folder, leadscore):
    result = leadscore("test", folder, "--fail-fast")
    assert (result.status, result.out) == (1, "0 tests in 1 file: 0 passed, 1 file can't be used, stopped there\n")


# --- choosing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "labels", "status"),
    [
        ("e.score", 30, 1),
        ("E.SCORE", 30, 1),
        ("[de].score", 0, 2),
        ("?.score", 39, 1),
        ("d.sc*", 9, 1),
        ("t1*", 12, 0),
        ("*/d.score", 9, 1),
        ("no/d.score", 0, 2),
    ],
)
def test_a_filter_is_held_against_labels_and_file_names(wanted, labels, status, folder, leadscore):
    (folder / "a.score").unlink()
    result = leadscore("test", folder, "--filter", wanted, "--json")
    assert (len(result.out.splitlines()), result.status) == (labels, status)
