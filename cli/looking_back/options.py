"""The options that say what is looked back at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.inputs import read_time
from cli.model import read_bytes
from cli.problem import Problem, did_you_mean
from cli.recorded import takes_recorded
from runtime.table import Table
from runtime.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from insight.backtest.instants import Method
    from insight.backtest.outcomes import Told
    from runtime.table import Outcome

_Command = TypeVar("_Command", bound=Callable[..., Any])
_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY}
_COLUMNS = ("lead", "time", "value", "worth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is looked back at; times and durations in microseconds, None where not given."""

    outcome: str | None = None
    columns: str | None = None
    won: tuple[str, ...] = ()
    score: str | None = None
    at: int | None = None
    since: int | None = None
    until: int | None = None
    gap: int | None = None
    age: int | None = None
    horizon: int | None = None
    open_is_lost: bool = False
    seed: int = 1

    def check(self) -> None:
        """Raises Problem where the options don't go together."""
        if self.gap and self.age is not None:
            raise Problem("--gap looks at leads so long before the outcome, --age at an age of theirs: choose one")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise Problem("the period is empty: --since is not before --until")

    def method(self) -> Method:
        from insight.backtest.instants import Method

        return Method(self.gap or 0, self.age, self.horizon, self.open_is_lost, self.since, self.until, self.seed)


def read_duration(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """``7 days`` in microseconds."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6}) ?(minute|hour|day|week)s?", value.strip())
    if found is None:
        raise click.BadParameter(f"`{value}` is not a duration: write `7 days` or `12 hours`", ctx, param)
    return int(found[1]) * _UNITS[found[2]]


def takes_look(command: _Command) -> _Command:
    """Give a command the argument MODEL and the options that say what is looked back at."""
    options = [
        click.argument("model", type=click.Path(), required=False),
        click.option("--outcome", metavar="NAME|F", help="An outcome of the model, or a CSV file: lead, time, …"),
        click.option("--columns", metavar="lead=C,…", help="What the columns of that file are called."),
        click.option("--won", multiple=True, metavar="VALUE", help="The values in it that count as won."),
        click.option("--score", metavar="KEY", help="The score, if the model has several."),
        click.option(
            "--at", callback=read_time, metavar="T", help="Where the events end; the newest's time by itself."
        ),
        click.option("--since", callback=read_time, metavar="T", help="Only leads that came first at T or later."),
        click.option("--until", callback=read_time, metavar="T", help="Only leads that came first before T."),
        click.option("--gap", callback=read_duration, metavar="D", help="Look so long before the outcome."),
        click.option("--age", callback=read_duration, metavar="D", help="Look at each lead when it is so old."),
        click.option("--horizon", callback=read_duration, metavar="D", help="How long a lead has to be won."),
        click.option("--open-is-lost", is_flag=True, help="Take leads that are still open for lost ones."),
        click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The seed of what is drawn."),
    ]
    command = takes_recorded(command)
    for option in reversed(options):
        command = option(command)
    return command


def check_extra() -> None:
    """Raises Problem where the packages that compute are missing: to be called before the work."""
    if any(find_spec(name) is None for name in ("numpy", "scipy", "sklearn")):
        raise Problem(
            "this is computed by scipy and scikit-learn, which are missing", hint="pip install 'leadscore[insight]'"
        )


def score_of(table: Table, asked: str | None, *, of_rules: bool = False) -> str:
    """The score that is meant: the one asked for, else the only one, or the only one with a line. Raises Problem."""
    known = [key for key, score in table.scores.items() if not of_rules or score.value is None]
    if asked is not None:
        if asked not in table.scores:
            raise Problem(f"the model has no score `{asked}`{did_you_mean(asked, known)}", hint=_named("score", known))
        if asked not in known:
            raise Problem(
                f"the score `{asked}` is computed, so it has no points to propose", hint=_named("score", known)
            )
        return asked
    if not known:
        raise Problem("the model has no score")
    ready = [key for key in known if table.scores[key].ready is not None]
    found = known if len(known) == 1 else ready
    if len(found) != 1:
        raise Problem("the model has several scores: name one with --score KEY", hint=_named("score", known))
    return found[0]


def outcome_of(table: Table, look: Look) -> tuple[str, Outcome | Told]:
    """The outcome that is meant, and its name: one of the model, or a file. Raises Problem."""
    known = list(table.outcomes)
    if look.outcome is None:
        if len(known) == 1:
            return known[0], table.outcomes[known[0]]
        hint = (
            _named("outcome", known)
            if known
            else ('declare one, as in `outcome won { on crm_status where status = "won" }`, or name a CSV file')
        )
        raise Problem("which outcome? name it with --outcome" if known else "the model has no outcome", hint=hint)
    if look.outcome in table.outcomes:
        for option, given in (("--columns", look.columns), ("--won", look.won)):
            if given:
                raise Problem(f"{option} is about an outcome file, and `{look.outcome}` stands in the model")
        return look.outcome, table.outcomes[look.outcome]
    if not Path(look.outcome).exists():
        hint = _named("outcome", known) if known else None
        raise Problem(
            f"there is no outcome `{look.outcome}` in the model, and no such file{did_you_mean(look.outcome, known)}",
            hint=hint,
        )
    return Path(look.outcome).name, _told(look)


def _told(look: Look) -> Told:
    from insight.backtest.outcomes import Columns, OutcomeError, read_outcomes

    assert look.outcome is not None
    names = dict(zip(_COLUMNS, _COLUMNS, strict=True))
    for pair in (look.columns or "").split(","):
        ours, is_pair, theirs = pair.partition("=")
        if not pair:
            continue
        if not is_pair or ours.strip() not in names:
            raise Problem(f"--columns `{pair}` is not understood", hint="write --columns lead=case_id,time=closed_at")
        names[ours.strip()] = theirs.strip()
    columns = Columns(**names, won=frozenset(look.won) if look.won else None)
    try:
        text = read_bytes(look.outcome).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{look.outcome} is not UTF-8") from None
    try:
        return read_outcomes(text.splitlines(), look.outcome, columns)
    except OutcomeError as error:
        raise Problem(str(error)) from None


def _named(noun: str, known: list[str]) -> str | None:
    return f"its {noun}s are {', '.join(known)}" if known else None
