"""`leadscore accounts`: fold events, print a line for each account."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli.findings import counted
from cli.inputs import EventsCommand, Inputs, takes_inputs
from cli.listing import print_table
from cli.model import load_model
from cli.running import carry_out, print_lines
from cli.score import footer, last_fired
from runtime.accounts import AccountPlan, AccountState, members_at, write_account
from runtime.lead import Lead
from runtime.run import Outcome, Run
from runtime.values import write_points

Members = dict[str, list[tuple[Lead, list[int]]]]


@click.command(
    "accounts",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore accounts model.score --events events.jsonl
  leadscore accounts model.score --db state.db --json""",
)
@takes_inputs
def command(**given: Any) -> int:
    """Fold the events with MODEL and print where each account stands.

    An account has a line once a lead has named it, in order of its name. A model whose `lead` block has no attribute of
    the type `account` has no accounts: nothing is printed. With --db and without --events the database is only read."""
    inputs = Inputs(**given)
    inputs.check()
    model = load_model(inputs.model)

    def show(run: Run, outcome: Outcome) -> None:
        if run.plan.account is None:
            print(f"{inputs.model} has no attribute of the type `account`, so there are no accounts", file=sys.stderr)
            return
        plan = AccountPlan(run.plan)
        members = members_at(run.plan, outcome.leads, outcome.at)
        if inputs.json:
            print_lines(
                write_account(plan, name, members[name], outcome.accounts.get(name), outcome.at)
                for name in sorted(members)
            )
        else:
            print_accounts(plan, members, outcome.accounts, outcome.at)
            print(f"{counted(len(members), 'account')}; {footer(run, outcome)}", file=sys.stderr)

    return carry_out(inputs, model, show, keeps=False)


def print_accounts(plan: AccountPlan, members: Members, states: dict[str, AccountState], at: int) -> None:
    """The table for reading."""
    names = [trigger.name for trigger in plan.triggers]
    columns = ["account", "leads", *plan.names, *(["tags", "last fired"] if names else [])]
    rows = []
    for name in sorted(members):
        row = [name, str(len(members[name]))]
        row += [write_points(points) for points in plan.scores(members[name], at).values()]
        if names:
            state = states.get(name)
            row += [", ".join(sorted(state.tags)), last_fired(names, state.fired)] if state is not None else ["", ""]
        rows.append(row)
    print_table(columns, rows, frozenset(["leads", *plan.names]), paragraphs=True)
