"""What `score`, `accounts`, `segment` and `explain` share: the model, the events, the database, the clock.

`takes_inputs` gives a command the options, `Inputs` holds what was said, and `EventsCommand` lets `--events` take
several files after one flag and the model stand behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from cli.problem import Problem
from cli.writing import check_outputs
from runtime.times import read_moment

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The options of a command that folds events; times in microseconds since 1970, None where not given."""

    model: str
    events: tuple[str, ...] = ()
    source: str | None = None
    at: int | None = None
    now: int | None = None
    db: str | None = None
    refold: bool = False
    rejects: str | None = None
    outbox: str | None = None
    strict: bool = False
    json: bool = False

    def check(self) -> None:
        """Raises Problem where the options don't go together."""
        if not self.events and self.db is None:
            raise Problem("there are no events", hint="name files with --events F… (`-` is standard input), or --db F")
        if self.refold and self.db is None:
            raise Problem("--refold needs a database", hint="name it with --db F")
        if self.source is not None and not self.events:
            raise Problem("--source says how events are read, and there are none", hint="name files with --events F…")
        if self.events.count("-") > 1:
            raise Problem("standard input can be read only once", hint="name `-` once after --events")
        if self.db is not None and not self.events and not Path(self.db).exists():
            raise Problem(f"there is no database {self.db}", hint="give --events F… to make one")
        check_outputs([self.model, *self.events, self.db], {"--rejects": self.rejects, "--outbox": self.outbox})


def read_time(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """An instant, or a date for its 00:00Z, as microseconds."""
    try:
        return None if value is None else read_moment(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is not a time: {error}", ctx, param) from None


class EventsCommand(click.Command):
    """A command whose option `--events` takes all the files up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args if ctx.resilient_parsing else spread(args, ctx))
        if not ctx.resilient_parsing:
            self._fill(ctx)
        return rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Options after a dash; else files, for a further one after --events may follow."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(incomplete, type="file")]

    def _fill(self, ctx: click.Context) -> None:
        """Take what stands behind the files of `--events` for arguments that are missing; or say what is missing."""
        names = [each.name or "" for each in self.params if isinstance(each, click.Argument)]
        missing = [name for name in names if ctx.params[name] is None]
        if not missing:
            return
        events: tuple[str, ...] = ctx.params["events"]
        behind = events[-len(missing) :]
        models = {"model", "new"} & set(missing)
        if len(events) > len(missing) and (not models or behind[0].endswith((".score", ".json"))):
            ctx.params.update(zip(missing, behind, strict=True), events=events[: -len(missing)])
            return
        raise click.UsageError(f"{missing[0].upper()} is missing", ctx)


def spread(args: list[str], ctx: click.Context | None = None) -> list[str]:
    """``--events a b`` as ``--events a --events b``."""
    out: list[str] = []
    files: int | None = None
    for at, arg in enumerate(args):
        if arg == "--":
            return out + args[at:]
        is_option = arg.startswith("-") and arg != "-"
        if is_option or files is None:
            if files == 0:
                break
            files = 0 if arg == "--events" else None
            out.append(arg)
        else:
            out += ["--events", arg] if files else [arg]
            files += 1
    if files == 0:
        raise click.UsageError("--events needs a file", ctx)
    return out


def takes_inputs(command: _Command) -> _Command:
    """Give a command the argument MODEL and the options that all commands on events have."""
    file = click.Path()
    options = [
        click.argument("model", type=file, required=False),
        click.option("--events", type=file, multiple=True, metavar="F…", help="Event files; `-` is standard input."),
        click.option("--source", metavar="NAME", help="Read the files as payloads of this source of the model."),
        click.option(
            "--at", callback=read_time, metavar="T", help="The instant to look at; the newest event's if not given."
        ),
        click.option("--now", callback=read_time, metavar="T", help="The clock that events are held against."),
        click.option("--db", type=file, metavar="F", help="Keep the state in this SQLite file between runs."),
        click.option("--refold", is_flag=True, help="Fold the database anew under another model."),
        click.option("--rejects", type=file, metavar="F", help="Write rejected events with reasons to this file."),
        click.option("--outbox", type=file, metavar="F", help="Write the publications of this run to this file."),
        click.option("--strict", is_flag=True, help="Exit with status 1 if any event is rejected."),
        click.option("--json", is_flag=True, help="One JSON object a line."),
    ]
    for option in reversed(options):
        command = option(command)
    return command
