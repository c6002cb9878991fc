"""What the tests of the command share: calling it in this process, a small model, and events for it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

MODEL = """
model demo "A small model" { lateness 10 days }
lead { country: text  company: account  note: text computed }
event page_view { path: text required  pages: integer 1..10 }
event opened passive { mail: text  hot: boolean  day: date }
score readiness {
  ready at 20
  bands cold < 10, hot
  rule pricing { on page_view where path starts with "/pricing"  add 10, at most 30 points per 7 days }
  rule danish  { when country = "DK"  add 2.5 }
}
score interest for line in ["crm", "field service"] { rule read { on page_view where path = "/{line}"  add 1 } }
tally views { on page_view }
stages subscriber, engaged  also rejected
trigger engage { when readiness >= ready  move to engaged  emit "lead.engaged"  tag "keen"  set note = "engaged" }
account { score readiness = sum of readiness  trigger big { when readiness >= 30  emit "account.big"  tag "big" } }
segment hottest { highest 50% by readiness }
segment engaged_ones { where stage = engaged }
"""


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def call(*argv: object, stdin: bytes = b"") -> Result:
    """`leadscore ARGV` in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.stdin", given)
        status = main([str(arg) for arg in argv])
    return Result(status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())


@pytest.fixture
def leadscore() -> Callable[..., Result]:
    return call


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "demo.score"
    path.write_text(MODEL, encoding="utf-8")
    return path


class Events:
    """Writes event files; each event has an id of its own unless one is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def line(self, type: str, time: str, lead: str = "l1", id: str | None = None, **data: Any) -> str:
        self.count += 1
        return json.dumps(
            {"specversion": "1.0", "id": id or str(self.count), "source": "web", "type": type, "subject": lead}
            | {"time": time, "data": data},
            ensure_ascii=False,
        )

    def view(self, time: str, lead: str = "l1", path: str = "/pricing", **more: Any) -> str:
        return self.line("page_view", time, lead, path=path, **more)

    def file(self, *lines: str | bytes, name: str = "events.jsonl") -> Path:
        path = self.folder / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
        return path


@pytest.fixture
def events(tmp_path: Path) -> Events:
    return Events(tmp_path)


@pytest.fixture
def history(events: Events) -> Path:
    """Two leads, one of them engaged on the third day, an account of 32.5."""
    return events.file(
        events.line("lead", "2026-01-05T10:00:00Z", country="DK", company="acme"),
        events.view("2026-01-05T10:00:00Z"),
        events.view("2026-01-07T10:00:00+01:00"),
        events.view("2026-01-07T09:00:00.5Z", path="/crm"),
        events.line("lead", "2026-01-08T00:00Z", "Ärmel", company="acme"),
        events.view("2026-01-08T00:00Z", "Ärmel"),
    )
