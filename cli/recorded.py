"""What `plan`, `backtest` and `calibrate` share: which recorded events they look at.

`takes_recorded` gives a command the options, `Recorded` holds what was said, and `recording` reads it: event files as
`score` reads them, a database of `--db`, or an export of the DynamoDB table to S3.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.events import WORTH_A_BAR, feed, opened
from cli.findings import counted
from cli.inputs import read_time
from cli.mapped import Mapped
from cli.problem import Problem, reason
from runtime.arrivals import Reject
from runtime.times import now as clock_now

if TYPE_CHECKING:
    from insight.recorded import Recording
    from runtime.dynamo.model import Model

_Command = TypeVar("_Command", bound=Callable[..., Any])
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was said of the events; times in microseconds, None where not given."""

    events: tuple[str, ...] = ()
    source: str | None = None
    db: str | None = None
    export: str | None = None
    now: int | None = None

    def check(self) -> None:
        """Raises Problem unless exactly one kind is named."""
        given = [bool(self.events), self.db is not None, self.export is not None]
        if not any(given):
            raise Problem(
                "there are no events to look at",
                hint="name files with --events F… (`-` is standard input), a database with --db F, or an export of the "
                "table with --export DIR",
            )
        if sum(given) > 1:
            raise Problem("--events, --db and --export each name all events there are: choose one")
        if self.source is not None and not self.events:
            raise Problem("--source says how event files are read, and there are none", hint="name them with --events")
        if self.events.count("-") > 1:
            raise Problem("standard input can be read only once", hint="name `-` once after --events")


def takes_recorded(command: _Command) -> _Command:
    """Give a command the options that say which events it looks at; to be used with `EventsCommand`."""
    file = click.Path()
    options = [
        click.option("--events", type=file, multiple=True, metavar="F…", help="Event files; `-` is standard input."),
        click.option("--source", metavar="NAME", help="Read the files as payloads of this source of the model."),
        click.option("--db", type=file, metavar="F", help="All events in this database of `score --db`."),
        click.option("--export", type=file, metavar="DIR", help="An export of the DynamoDB table to S3, copied here."),
        click.option("--now", callback=read_time, metavar="T", help="The clock that events are held against."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def recording(given: Recorded, models: Sequence[Model]) -> Iterator[Recording]:
    """The events that were named, read for each of the models. Raises Problem, also for what a shelf can't give."""
    from insight.recorded import RecordedError

    found: Recording | None = None
    try:
        found = _read(given, models)
        yield found
    except RecordedError as error:
        raise Problem(str(error)) from None
    finally:
        if found is not None:
            found.close()


def _read(given: Recorded, models: Sequence[Model]) -> Recording:
    if given.db is not None:
        from insight.database import Database

        return Database(Path(given.db), len(models))
    if given.export is not None:
        from insight.export import Export

        with _bar(given.export) as told:
            return Export(Path(given.export), len(models), told=told)
    return _event_files(given, models)


@contextmanager
def _bar(folder: str) -> Iterator[Callable[[int], None]]:
    """What to tell of bytes read of an export; a bar on a terminal, where it takes long enough to be watched."""
    size = sum(each.stat().st_size for each in Path(folder).rglob("*.json.gz"))
    if not sys.stderr.isatty() or size < WORTH_A_BAR:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading the export"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the export", total=size)
        yield lambda count: bar.advance(task, count)


def _event_files(given: Recorded, models: Sequence[Model]) -> Recording:
    from insight.event_files import EventFiles

    files = EventFiles(models, clock_now() if given.now is None else given.now)
    try:
        if given.source is None:
            with opened(given.events) as sources:
                feed(sources, files.take)
        else:
            _take_mapped(given, models, files)
        files.finish()
    except BaseException:
        files.close()
        raise
    files.versions += [("file", path, version_of(path)) for path in given.events]
    return files


def _take_mapped(given: Recorded, models: Sequence[Model], files: Any) -> None:
    """Read payloads as the source of each model says. Models may map them differently: then files are read again."""
    assert given.source is not None
    alike = len({repr((each.table.sources.get(given.source), each.table.events)) for each in models}) == 1
    if not alike and "-" in given.events:
        raise Problem(
            f"the models read the source `{given.source}` differently, and standard input can be read only once",
            hint="put it into a file first",
        )
    for at, model in enumerate(models[:1] if alike else models):
        rejects: list[Reject] = []
        mapped = Mapped(model.table, given.source, rejects)

        def take(lines: Iterable[bytes], mapped: Mapped = mapped, at: int = at) -> None:
            files.take(mapped.events(lines), None if alike else at)

        with opened(given.events) as sources:
            feed(sources, take)
        for reject in rejects:
            for own in range(len(models)) if alike else (at,):
                files.reject(own, reject.reason)


def version_of(path: str) -> str:
    """What tells a file from another one of its name: a hash of its bytes; empty for what can be read only once."""
    target = Path(path)
    if path == "-" or not target.is_file():
        return ""
    digest = hashlib.sha256()
    try:
        with target.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise Problem(f"{path} can't be read: {reason(error)}") from None
    return digest.hexdigest()


def report_rejects(found: Recording, names: Sequence[str]) -> list[str]:
    """A line for what each model did not take in, `names` being theirs; one line where all say the same."""
    told: dict[str, list[str]] = {}
    for name, tally in zip(names, found.tallies, strict=True):
        if tally.rejects:
            told.setdefault(_rejected(tally.rejects), []).append(name)
    whole = len(told) == 1 and len(names) == len(next(iter(told.values())))
    return [text if whole else f"{' and '.join(by)}: {text}" for text, by in told.items()]


def _rejected(rejects: Counter[str]) -> str:
    why = ", ".join(f"{count:,} {text}" for text, count in rejects.most_common())
    return f"{counted(sum(rejects.values()), 'event')} rejected: {why}"


def say(lines: Iterable[str]) -> None:
    """Write what is said about a run to standard error."""
    for line in lines:
        print(line, file=sys.stderr)
