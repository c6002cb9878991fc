"""Finds the answer of a plan: two models ready to fold, recorded events, and what must be known beside the numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from cli.findings import counted
from cli.models_of import Side
from cli.plans.answer import Answer, Named, movers_to_tell
from cli.plans.sections import FEW_MOVERS, short
from cli.problem import NO, Problem
from cli.recorded import report_rejects
from cli.stack import Place
from insight.change.compare import Comparison, Question
from insight.change.facts import MOST_MOVERS, Facts
from insight.change.movers import details
from insight.change.variants import Change, changes
from insight.crew import CrewError, over
from insight.recorded import Recording
from runtime.dynamo.model import Model, mark_of
from runtime.plan import Plan
from runtime.table import Table
from runtime.times import write_instant

_FOLDS = 20_000
"""So many leads are folded at most to find out which change moved them."""
_VARIANTS = 40
_WORTH_A_BAR = 50_000


class Asked:
    """Two models, made ready to fold recorded events. Where OLD is live, both are what they are in the stack: the chain
    of tables that leads are folded under, and the chain that it would be after a release of NEW."""

    def __init__(self, old: Side, new: Side, here: Place | None, now: int) -> None:
        self.old, self.new = old, new
        self._here, self._now = here, now
        self._elders: dict[bytes, Plan] = {}
        self.models = self._made()
        self._elders |= {mark_of(link.digest): link.plan for model in self.models for link in model.chain.links[-1:]}

    def _made(self) -> tuple[Model, Model]:
        release = self.old.release
        if release is None or self._here is None:
            return self.of(self.old.table), self.of(self.new.table)
        from runtime.dynamo.program import TooLong
        from runtime.dynamo.releases import Maker

        releases = self._here.releases
        try:
            proposal = releases.propose(self.new.table, Maker(""), self._now)
        except TooLong:
            raise Problem(
                "so many tables follow one another where points were kept that one more is too many",
                hint="release it with --anew, and plan against a compiled table instead of what is live",
                status=NO,
            ) from None
        return releases.model(release), releases.model(proposal.release)

    def of(self, table: Table) -> Model:
        """A single table as a model."""
        return Model(table, self._elder)

    def _elder(self, mark: bytes) -> Plan | None:
        """The plan of the table that made a state, for leads that begin with one."""
        if mark in self._elders:
            return self._elders[mark]
        return None if self._here is None else self._here.releases.made_by(mark)

    @property
    def generation(self) -> int | None:
        return None if self.old.release is None else self.old.release.generation

    @cached_property
    def changes(self) -> list[Change]:
        return changes(self.old.table, self.new.table)

    @property
    def variants(self) -> tuple[tuple[int, Model], ...]:
        """NEW with one change taken back, each with its number; none where leads are folded along several tables."""
        if any(len(model.chain.links) > 1 for model in self.models):
            return ()
        found = [(at, each.undone) for at, each in enumerate(self.changes) if each.undone is not None]
        return tuple([(at, self.of(table)) for at, table in found[:_VARIANTS]])


def answer(
    asked: Asked, found: Recording, until: int | None, since: int | None, *, whole: bool, jobs: int | None
) -> Answer:
    """What recorded events say; `until` and `since` are microseconds. Raises Problem where there is nothing to say."""
    rejected = report_rejects(found, [asked.old.name, asked.new.name])
    if found.newest is None or until is None:
        hint = "; ".join(rejected) or None
        raise Problem("there are no events that either model takes", hint=hint, status=NO)
    _something_shared(asked)
    if since is not None and found.newest <= since:
        told = f"no event lies after {write_instant(since)}: the newest is of {write_instant(found.newest)}"
        raise Problem(told, hint="begin the period earlier, with --since", status=NO)
    old, new = asked.models
    variants = asked.variants
    most = max(_FOLDS // max(len(variants), 1) // found.shelves, 5)
    question = Question(old, new, until, since, variants, most)
    facts = _counted(found, Comparison(question), jobs)
    if not facts.both + facts.only_old + facts.only_new:
        hint = f"the newest event is of {write_instant(found.newest)}"
        raise Problem(f"no lead has an event up to {write_instant(until)}", hint=hint, status=NO)
    movers = movers_to_tell(facts, MOST_MOVERS if whole else FEW_MOVERS)
    explained = details(found, question, movers if whole else movers[:FEW_MOVERS], (asked.old.places, asked.new.places))
    return Answer(
        Named(asked.old.name, asked.old.hash, asked.old.table),
        Named(asked.new.name, asked.new.hash, asked.new.table),
        until,
        since,
        asked.generation,
        found.fingerprint,
        facts,
        tuple(asked.changes),
        tuple(explained),
        (*_lacking(asked), *_incomplete(asked, found, facts), *rejected),
    )


def _counted(found: Recording, comparison: Comparison, jobs: int | None) -> Facts:
    facts, events = Facts(), found.fingerprint.events
    with _bar(found.shelves, events) as told:
        try:
            for part in over(
                found.shelves, lambda at: comparison.shelf(found.shelf(at), at), jobs=jobs, events=events, done=told
            ):
                facts.add(part)
        except CrewError as error:
            raise Problem(str(error)) from None
    facts.order()
    return facts


@contextmanager
def _bar(shelves: int, events: int) -> Iterator[Callable[[int], None]]:
    """What to tell of shelves that are done; a bar on a terminal, where it takes long enough to be watched."""
    if not sys.stderr.isatty() or events < _WORTH_A_BAR:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("folding leads"), BarColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("folding leads", total=shelves)
    started = False

    def told(count: int) -> None:
        nonlocal started
        if not started:  # not before processes are forked: the bar has a thread
            bar.start()
            started = True
        bar.update(task, completed=count)

    try:
        yield told
    finally:
        if started:
            bar.stop()


# --- what must be known -----------------------------------------------------------------------------------------------


def _something_shared(asked: Asked) -> None:
    old, new = asked.old.table, asked.new.table
    if not (old.scores.keys() & new.scores.keys() or old.triggers or new.triggers):
        hint = f"{asked.old.name} has {_listed(old.scores)}; {asked.new.name} has {_listed(new.scores)}"
        raise Problem(
            "the two models share no score and have no triggers: nothing can be compared", hint=hint, status=NO
        )


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(f"`{name}`" for name in found) if found else "none"


def _lacking(asked: Asked) -> Iterator[str]:
    """What one model has and the other has not, so that it can't be compared."""
    sides = ((asked.old.name, asked.old.table), (asked.new.name, asked.new.table))
    if sides[0][1].model != sides[1][1].model:
        yield f"the models have different names: `{sides[0][1].model}` and `{sides[1][1].model}`"
    for (name, table), (_, other) in (sides, sides[::-1]):
        alone = sorted(table.scores.keys() - other.scores.keys())
        if alone:
            yield f"only {name} has {_plural('score', alone)}: nothing to compare with"
        for key in sorted(table.scores.keys() & other.scores.keys()):
            if table.scores[key].ready is not None and other.scores[key].ready is None:
                yield f"only {name} has a ready line for `{key}`: who qualifies by it can't be compared"
            if table.scores[key].bands and not other.scores[key].bands:
                yield f"only {name} has bands for `{key}`: their moves can't be compared"
        if table.stages.path and not other.stages.path:
            yield f"only {name} has stages: their moves can't be compared"
    if any(table.account is not None and table.account.triggers for _, table in sides):
        yield "triggers of accounts are not part of a plan"


def _plural(noun: str, names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"the {noun} {listed}" if len(names) == 1 else f"the {noun}s {listed}"


def _exported(asked: Asked, found: Recording) -> Iterator[str]:
    """Whether an export says that something else was live than what it is held against."""
    from insight.export import Export
    from runtime.dynamo.program import read_steps

    if not isinstance(found, Export) or found.live is None or asked.old.release is not None:
        return
    hash, steps = found.live["hash"], read_steps(found.live["steps"])
    if hash != asked.old.hash:
        yield f"when the table was exported {short(hash)} was live, not {asked.old.name}"
    elif len(steps) > 1:
        yield "in the stack points were kept at a release; --stack folds leads along all tables that count there"


def _incomplete(asked: Asked, found: Recording, facts: Facts) -> Iterator[str]:
    """How much of the leads is not known."""
    yield from found.remarks
    yield from _exported(asked, found)
    if facts.unfit:
        yield (
            f"{counted(facts.unfit, 'lead')} left out: they begin with expired events that were folded under a model "
            "that is not known here; --stack looks it up"
        )
    if facts.cut_short:
        yield f"{counted(facts.cut_short, 'lead')} known for a part of the period only: earlier events have expired"
    for side, count in zip((asked.old, asked.new), facts.aside, strict=True):
        if count:
            yield f"{counted(count, 'event')} left aside by {side.name}: it does not take them"
    if any(len(model.chain.links) > 1 for model in asked.models):
        yield "points were kept at a release, so which change moves a lead is not found out"
    elif sum(each.undone is not None for each in asked.changes) > _VARIANTS:
        yield f"of {len(asked.changes)} changes {_VARIANTS} are held against the leads that they may have moved"
