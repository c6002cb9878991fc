"""A run that is killed at any moment loses nothing and doubles nothing.

Batches of events go into one database, run after run. Each run is killed (SIGKILL) at a random moment of its last part
(folding, committing, writing, telling) and then run again. Scores, rejects and publications must be those of the same
batches taken in without a kill: the publications that were ever written, over all runs, are the same by id and content.

LEADSCORE_KILLS is the number of kills; the default keeps the suite quick.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.main import main

KILLS = int(os.environ.get("LEADSCORE_KILLS", "10"))
SEED = int(os.environ.get("LEADSCORE_SEED", "1"))
EVENTS = 2000
LEADS = 60
NOW = "2026-06-01"

MODEL = """
model endurance { lateness 20 days }
lead { company: account  country: text  met: date }
event visit { page: text required }
event mail passive { }
score interest {
  ready at 30
  range 0..80
  rule page { on visit where page starts with "/p"  add 7, at most 28 points per 7 days }
  rule docs { on visit where page = "/docs" repeated 2 times in 5 days  add 5.5 }
  rule dane { when country = "DK"  add 3 }
  degrade { after 4 days without activity by 12.5% every 2 days }
}
score heat { fade 30% every 1 days  rule any { on visit add 9 } }
tally week over 7 days { on visit }
stages new, warm, hot
trigger warm { when interest >= ready  move to warm  emit "lead.warm" }
trigger cold { when idle for 6 days  emit "lead.cold"  at most 2 times per 30 days }
trigger busy { when week >= 4  emit "lead.busy"  add 2 to interest }
trigger read { on visit where page = "/docs"  emit "lead.read"  at most 3 times }
account { score best = max of interest  trigger team { when best >= 60  emit "account.hot" } }
"""


def history(chance: random.Random) -> list[str]:
    """Lines in the order of their arrival: mostly in time, some late, some too late, some no events at all."""
    lines = []
    for n in range(EVENTS):
        minute = n * 60 * 24 * 50 // EVENTS
        if chance.random() < 0.04:
            minute = max(minute - chance.randrange(60 * 24 * 25), 0)
        day, rest = divmod(minute, 60 * 24)
        month, day = (1, day + 1) if day < 31 else (2, day - 30)
        event = {
            "specversion": "1.0", "id": str(n), "source": "s", "subject": f"lead-{chance.randrange(LEADS)}",
            "time": f"2026-{month:02}-{day:02}T{rest // 60:02}:{rest % 60:02}:00Z",
        }  # fmt: skip
        kind = chance.choices(["visit", "mail", "lead", "nonsense"], [80, 12, 7, 1])[0]
        data: dict[str, str] = {}
        if kind == "visit":
            data = {"page": chance.choice(["/pricing", "/products", "/docs", "/", "/jobs"])}
        elif kind == "lead":
            data = {"company": chance.choice("abc"), "country": chance.choice(["DK", "SE"])}
        lines.append(json.dumps(event | {"type": kind, "data": data}))
        if chance.random() < 0.01:
            lines.append(f"broken line {n}")
    return lines


class Runs:
    """Runs of one database in one folder, and everything that they ever wrote."""

    def __init__(self, folder: Path, table: Path, root: Path) -> None:
        folder.mkdir()
        self.folder, self.table, self.root = folder, table, root
        self.published: dict[str, str] = {}
        self.rejects: set[str] = set()

    def argv(self, events: Path | str) -> list[str]:
        given = ["score", self.table, "--events", events, "--json", "--now", NOW, "--db", self.folder / "state.db"]
        return list(map(str, [*given, "--outbox", self.folder / "out.jsonl", "--rejects", self.folder / "bad.jsonl"]))

    def run(self, batch: bytes) -> None:
        """One run over a batch, to its end."""
        events = self.folder / "events.jsonl"
        events.write_bytes(batch)
        status, _ = called(self.argv(events))
        assert status == 0
        self.collect()

    def killed(self, batch: bytes, delay: float) -> tuple[bool, float]:
        """One run over a batch, killed `delay` seconds after its last line; gives whether it reached its end before,
        and how long that took after the last line."""
        db = self.folder / "state.db"
        argv = [sys.executable, "-m", "cli", *self.argv("-")]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(argv, cwd=self.root, **streams) as process:
            assert process.stdin is not None
            process.stdin.write(batch)
            process.stdin.flush()
            while not is_open(process.pid, db) and process.poll() is None:
                time.sleep(0.005)
            process.stdin.close()
            began = time.monotonic()
            time.sleep(delay)
            process.kill()
            ended = process.wait(180) == 0
        took = time.monotonic() - began
        self.collect()
        return ended, took

    def collect(self) -> None:
        """What a consumer finds after a run: whole files, or none."""
        out, bad = self.folder / "out.jsonl", self.folder / "bad.jsonl"
        if out.exists():
            for line in out.read_text(encoding="utf-8").splitlines():
                assert self.published.setdefault(json.loads(line)["id"], line) == line
            out.unlink()
        if bad.exists():
            self.rejects.update(bad.read_text(encoding="utf-8").splitlines())
            bad.unlink()

    def scores(self) -> str:
        status, out = called(["score", str(self.table), "--db", str(self.folder / "state.db"), "--json"])
        assert status == 0
        return out


def called(argv: list[str]) -> tuple[int, str]:
    """Status and standard output of the command in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(argv)
    return status, out.buffer.getvalue().decode()


def is_open(process: int, path: Path) -> bool:
    """Whether a process has got so far as to open a file; where the system does not tell, whether the file is there."""
    try:
        return any(os.path.realpath(handle) == str(path) for handle in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        time.sleep(0.5)
        return path.exists()


@pytest.mark.parametrize("seed", [SEED])
def test_runs_that_are_killed_at_any_moment_lose_nothing_and_double_nothing(seed, tmp_path, root):
    chance = random.Random(seed)
    (tmp_path / "model.score").write_text(MODEL, encoding="utf-8")
    table = tmp_path / "table.json"
    assert called(["compile", str(tmp_path / "model.score"), "-o", str(table)])[0] == 0
    lines = history(chance)
    size = -(-len(lines) // KILLS)
    batches = ["".join(f"{line}\n" for line in lines[at : at + size]).encode() for at in range(0, len(lines), size)]

    clean, shot = Runs(tmp_path / "clean", table, root), Runs(tmp_path / "shot", table, root)
    for batch in batches:
        clean.run(batch)
    assert len(clean.published) > 100
    assert {line.split(":")[1][:9] for line in clean.rejects} > {'"not JSON', '"too late'}

    usual, shots = 0.1, 0
    for batch in batches:
        ended, took = shot.killed(batch, chance.uniform(0, usual))
        while not ended and chance.random() < 0.3:
            shots += 1
            ended, took = shot.killed(batch, chance.uniform(0, usual))
        shots += not ended
        usual = 0.8 * usual + 0.2 * max(took, 0.05)
        shot.run(batch)
    assert shots > 0, "no kill came in time"
    assert shot.published == clean.published
    assert shot.rejects == clean.rejects
    assert shot.scores() == clean.scores()
