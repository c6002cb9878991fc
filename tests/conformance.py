"""Runs the conformance cases: hand-computed results, against the real command and against the reference.

`cases` reads the folder; a `Driver` takes events in, run after run, and gives an `Outcome` each time: `ByReference`
folds them naively, `ByCommand` calls `cli.main.main` in this process, on one database where there are several runs.
"""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from dsl.parse import parse
from dsl.source import Source
from tests.reference_runs import History, Json, Outcome
from tests.reference_terms import Model
from tests.reference_values import read_instant, read_json

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "conformance"


@dataclass(frozen=True)
class Run:
    """The lines that one run takes in, and the command's options (`--at T`, `--now T`)."""

    lines: tuple[str, ...]
    args: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One folder; `outboxes` holds what each run publishes, None where the case does not say."""

    name: str
    model: str
    runs: tuple[Run, ...]
    leads: list[Json]
    rejects: list[Any]
    accounts: list[Json] | None
    segments: dict[str, list[Json]]
    outboxes: tuple[list[Json] | None, ...]


class Driver(Protocol):
    def run(self, run: Run) -> Outcome: ...


def read_lines(path: Path) -> tuple[str, ...]:
    return tuple(line for line in path.read_text(encoding="utf-8").split("\n") if line.strip())


def exact(text: str) -> Any:
    """JSON by value, where a float that should not be written so (`5.0`, `1e2`, `0.50`) is a mistake."""

    def number(written: str) -> Decimal:
        assert "e" not in written.lower(), f"number {written}"
        assert not written.endswith("0"), f"number {written}"
        return Decimal(written)

    return json.loads(text, parse_float=number)


def exact_lines(path: Path) -> list[Any]:
    return [exact(line) for line in read_lines(path)]


def cases() -> list[Case]:
    return [read_case(folder) for folder in sorted(FOLDER.iterdir()) if (folder / "model.score").exists()]


def read_case(folder: Path) -> Case:
    two = (folder / "events-1.jsonl").exists()
    names = [("events-1.jsonl", "args-1"), ("events-2.jsonl", "args")] if two else [("events.jsonl", "args")]
    outs = ["outbox-1.jsonl", "outbox-2.jsonl"] if two else ["outbox.jsonl"]
    args = {name: tuple((folder / name).read_text().split()) if (folder / name).exists() else () for _, name in names}
    segments = {path.stem.removeprefix("segment-"): exact_lines(path) for path in folder.glob("segment-*.jsonl")}
    return Case(
        folder.name,
        (folder / "model.score").read_text(encoding="utf-8"),
        tuple(Run(read_lines(folder / events), args[name]) for events, name in names),
        exact_lines(folder / "expected.jsonl"),
        [line["event"] for line in exact_lines(folder / "rejects.jsonl")]
        if (folder / "rejects.jsonl").exists()
        else [],
        exact_lines(folder / "accounts.jsonl") if (folder / "accounts.jsonl").exists() else None,
        segments,
        tuple(exact_lines(folder / out) if (folder / out).exists() else None for out in outs),
    )


def read_model(text: str) -> Model:
    parsed = parse(Source("model.score", text))
    assert not parsed.diagnostics, parsed.diagnostics
    return Model(parsed.file)


def option(args: Sequence[str], name: str) -> int | None:
    return read_instant(args[args.index(name) + 1]) if name in args else None


class ByReference:
    """The naive fold as a driver."""

    def __init__(self, model: str) -> None:
        self.history = History(read_model(model))

    def run(self, run: Run) -> Outcome:
        now = option(run.args, "--now")
        now = time.time_ns() // 1000 if now is None else now
        return self.history.run(list(run.lines), option(run.args, "--at"), now)


class ByCommand:
    """The command line as a driver: `kept` keeps the state in a database between the runs."""

    def __init__(
        self, model: str, folder: Path, kept: bool, segments: Sequence[str] = (), accounts: bool = True
    ) -> None:
        self.folder, self.kept, self.segments, self.accounts = folder, kept, segments, accounts
        self.model, self.count = folder / "model.score", 0
        self.model.write_text(model, encoding="utf-8")
        self.outbox: list[Json] = []

    def run(self, run: Run) -> Outcome:
        self.count += 1
        events = self.folder / f"events-{self.count}.jsonl"
        events.write_text("\n".join(run.lines) + "\n", encoding="utf-8")
        rejects, outbox = self.folder / f"rejects-{self.count}.out", self.folder / f"outbox-{self.count}.out"
        database = ["--db", str(self.folder / "state.db")] if self.kept else []
        source = ["--events", str(events)]
        common = [*run.args, *database, "--json"]
        leads = self.lines(
            "score", str(self.model), *source, "--rejects", str(rejects), "--outbox", str(outbox), *common
        )
        again = common if self.kept else [*source, *common]
        accounts = self.lines("accounts", str(self.model), *again) if self.accounts else []
        segments = {name: self.lines("segment", str(self.model), name, *again) for name in self.segments}
        self.outbox = exact_lines(outbox)
        return Outcome(
            leads,
            accounts,
            segments,
            [read_json(line)["event"] for line in read_lines(rejects)],
            [reduced(line) for line in self.outbox],
        )

    def lines(self, *argv: str) -> list[Any]:
        status, out, err = command(*argv)
        assert status == 0, f"status {status} of {argv}\n{err}"
        return [exact(line) for line in out.split("\n") if line.strip()]


def command(*argv: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of `leadscore ARGV`, called in this process."""
    from cli.main import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(argv))
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return status, texts[0], texts[1]


def reduced(line: Json) -> Json:
    """A publication without its id and what else the command adds: what is compared."""
    keep = ["trigger"] if line["type"].endswith(".retracted") else ["trigger", "late", "scores", "stage"]
    data = {key: line["data"][key] for key in keep if line["data"].get(key) is not None}
    return {"type": line["type"], "subject": line["subject"], "time": line["time"], "data": data}


def without_state(line: Json) -> Json:
    """A publication as the cases write it: of data, trigger and late only."""
    return line | {"data": {key: item for key, item in line["data"].items() if key in ("trigger", "late")}}


def bag(items: Sequence[object]) -> Counter[str]:
    """Items whose order is free: JSON by value, numbers in one spelling, keys sorted."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: plain(item[key]) for key in sorted(item)}
        if isinstance(item, list):
            return [plain(each) for each in item]
        if isinstance(item, Decimal) or (isinstance(item, int) and not isinstance(item, bool)):
            return f"number {Decimal(item).normalize():f}"
        return item

    return Counter(json.dumps(plain(item), ensure_ascii=False, sort_keys=True) for item in items)
