"""What a person at a terminal sees: drawn tables, colours, progress; all of it only there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


def at_a_terminal(*argv: object, root: Path, columns: int = 80) -> str:
    """Everything that `leadscore ARGV` writes to a terminal of so many columns."""
    master, slave = pty.openpty()
    found: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(master, 65536):
                found.append(chunk)
        except OSError:
            return  # the other end was closed: on Linux that is an error, not an end

    reader = threading.Thread(target=read)
    reader.start()
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    subprocess.run(
        [sys.executable, "-m", "cli", *map(str, argv)],
        cwd=root, env=env, stdin=slave, stdout=slave, stderr=slave, check=False, timeout=240,
    )  # fmt: skip
    os.close(slave)
    reader.join(120)
    os.close(master)
    return b"".join(found).decode()


def test_leads_are_drawn_as_a_table_that_cuts_nothing(model, history, root):
    text = at_a_terminal("score", model, "--events", history, root=root, columns=200)
    assert "───" in text
    assert "engage 2026-01-07T09:00:00Z" in text
    narrow = at_a_terminal("segment", model, "hottest", "--events", history, root=root, columns=12)
    assert "…" not in narrow
    assert "\x1b[?" not in text, "a short file needs no progress bar"


def test_leads_that_are_too_wide_for_the_terminal_get_a_paragraph_each(model, history, root):
    lines = unpainted(at_a_terminal("score", model, "--events", history, root=root, columns=60)).splitlines()
    assert lines[0] == "l1"
    assert lines[lines.index("Ärmel") + 1 :][:2] == [
        "  interest[crm] 0   interest[field service] 0", "  readiness 10 hot   stage subscriber",
    ]  # fmt: skip
    assert "engage 2026-01-07T09:00:00Z" in " ".join(lines)


def unpainted(text: str) -> str:
    """The text without colours, and without spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines())


def test_diagnostics_are_painted_unless_one_asks_for_none(tmp_path, root, monkeypatch):
    path = tmp_path / "m.score"
    path.write_text("modle m { }\n")
    assert "\x1b[1;31merror" in at_a_terminal("check", path, root=root)


def test_a_big_file_has_a_progress_bar_that_leaves_no_trace_in_the_results(model, events, root, tmp_path):
    padding = "x" * 50_000
    path = events.file(*[events.view("2026-01-05T10:00:00Z", f"lead-{n}", path=padding) for n in range(100)])
    text = at_a_terminal("score", model, "--events", path, "--limit", "0", root=root)
    assert "reading events" in text
    assert text.rstrip().endswith("100 leads; 100 new events")


def test_what_goes_to_a_file_has_no_colours_and_no_bar(leadscore, model, events):
    padding = "x" * 50_000
    path = events.file(*[events.view("2026-01-05T10:00:00Z", f"lead-{n}", path=padding) for n in range(100)])
    result = leadscore("score", model, "--events", path)
    assert "\x1b" not in result.out + result.err
    assert "reading" not in result.err
