"""The engine as the differential tests drive it: compiled with a choice of passes, over memory or one SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compiler.compile import ALL, compile_text
from runtime import table
from runtime.accounts import AccountPlan, members_at, write_account
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.segments import segment, write_segment
from runtime.sqlite import SQLite
from tests.conformance import exact, reduced
from tests.models import SampleRun
from tests.reference_runs import Outcome
from tests.reference_values import read_json

PASSES: tuple[Any, ...] = tuple(ALL)


class Engine:
    """One model over one store; `run` gives what the reference's run gives."""

    def __init__(self, model: str, folder: Path, passes: tuple[Any, ...] | None, *, kept: bool) -> None:
        compiled = compile_text(model) if passes is None else compile_text(model, passes=passes)
        assert compiled.table is not None, [d.message for d in compiled.diagnostics]
        self.table = table.load(table.dump(compiled.table))
        self.path = folder / "state.db" if kept else None

    def run(self, given: SampleRun) -> Outcome:
        store = None if self.path is None else SQLite(self.path)
        run = Run(self.table, store, now=given.now, publish=given.publish)
        run.take(line.encode() for line in given.lines)
        outcome = run.finish(given.at)
        run.save()
        outbox: list[str] = []
        if given.publish:
            due = run.due()
            outbox = list(run.publications(due))
            run.told(due)
        leads = [exact(LeadLines(run.plan, outcome.at).write(lead)) for lead in outcome.leads]
        done = Outcome(
            leads,
            self.accounts(run, outcome),
            {name: self.segment(run, outcome, name) for name in self.table.segments},
            [_as_json(reject.line.decode()) for reject in run.rejects],
            [reduced(exact(line)) for line in outbox],
        )
        if store is not None:
            store.commit()
            store.close()
        return done

    def accounts(self, run: Run, outcome: Any) -> list[Any]:
        if self.table.account is None:
            return []
        plan = AccountPlan(run.plan)
        at, among = outcome.at, members_at(run.plan, outcome.leads, outcome.at)
        return [exact(write_account(plan, name, among[name], outcome.accounts.get(name), at)) for name in sorted(among)]

    def segment(self, run: Run, outcome: Any, name: str) -> list[Any]:
        found = segment(run.plan, name, outcome.leads, outcome.at)
        return [exact(write_segment(name, rank, lead, points)) for rank, lead, points in found]


def _as_json(line: str) -> object:
    try:
        return read_json(line)
    except ValueError:
        return line
