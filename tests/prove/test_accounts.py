"""What is proved of accounts: ends of their scores, triggers, and claims about both, held against accounts of many
leads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from cli.replay import Replay
from compiler.compile import compile_text
from compiler.prove.crowds import Crowd
from compiler.prove.histories import moment
from compiler.prove.ledger import AccountSheet, Ledger, Team
from compiler.prove.prover import Prover
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.study import Study
from compiler.terms import parts
from runtime.accounts import AccountPlan, AccountState, Look, Looks
from runtime.fold import Fold
from runtime.run import Run
from tests.models import make
from tests.proofs import codes, proved

CASES = int(os.environ.get("LEADSCORE_CASES", "40"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
BLOCK = 10
MODEL = """model m { }
lead { company: account  role: text  size: integer 0.. }
event visit { }
event demo { }
event back passive { }
score s { range -10..  ready at 40  bands cold < 20, warm < 40, hot
  rule visit { on visit add 10, at most 3 times }
  rule demo { on demo add 25, once }
  rule back { on back subtract 15, once }
  rule size { when size >= 50 add 5 } }
stages new, mql
trigger q { when s >= ready and stage < mql move to mql }
account {
  score total = sum of s
  score best = max of s
  score typical = average of s
  score two = top 2 of s
  score people = count
  score hot = count where s is hot
  score heat = sum of s where s is hot
  score bosses = count where role has word "ceo" and stage = mql
  %s
}
"""


def of(block: str, after: str = "") -> Ledger:
    return proved(MODEL % block + after)


def ends(sheet: AccountSheet) -> tuple[object, object]:
    return (
        "endless" if sheet.lowest.endless else sheet.lowest.reached,
        "endless" if sheet.highest.endless else sheet.highest.reached,
    )


def test_the_ends_of_each_score_are_decided() -> None:
    found = of("score nobody = count where s > 60")
    assert {each.name: ends(each) for each in found.accounts} == {
        "total": ("endless", "endless"),
        "best": (-10_000, 60_000),
        "typical": (-10_000, 60_000),
        "two": (-20_000, 120_000),
        "people": (0, "endless"),
        "hot": (0, "endless"),
        "heat": (0, "endless"),
        "bosses": (0, "endless"),
        "nobody": (0, 0),
    }
    assert all(each.lowest.decided and each.highest.decided for each in found.accounts)
    assert [each.highest.endless for each in found.accounts][:5] == [
        "each lead adds up to 60", "", "", "", "each lead counts one more",
    ]  # fmt: skip
    assert codes(found) == ["P525"]
    assert found.undecided == []


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ("total >= 250 and hot >= 3", "fires"),
        ("hot >= 3 and heat < 120", "never"),
        ("hot >= 3 and heat < 121", "fires"),
        ("heat > 0 and hot = 0", "never"),
        ("best > 60", "never"),
        ("best = 60 and typical > 30", "fires"),
        ("typical > best", "never"),
        ("best < 40 and hot >= 1", "never"),
        ("two > 120", "never"),
        ("two >= 120 and people < 3", "fires"),
        ("hot > people", "never"),
        ("hot > 2 and hot < 3", "never"),
        ("total >= 1000 and people < 17", "never"),
        ("total >= 1000 and people <= 17", "fires"),
        ("total < -25 and people = 3", "fires"),
        ("total < -20 and people = 2", "never"),
        ("people < 1", "fires"),
        ('has tag "x"', "never"),
        ('has tag "y" and bosses >= 2', "fires"),
    ],
)
def test_whether_a_trigger_fires_is_decided(when: str, state: str) -> None:
    block = f'trigger t {{ when {when} emit "t" }} trigger y {{ when two >= 120 tag "y" }}'
    found = of(block)
    firing = next(each for each in found.firings if each.trigger == "t")
    assert ("never" if firing.never else "fires" if firing.team else firing.why) == state
    assert len({"P511", "P530"} & {*codes(found)}) == (state == "never")
    if firing.team is not None:
        assert "t" in fired_in(MODEL % block, firing.team)


def fired_in(model: str, team: Team) -> set[str]:
    """The triggers of an account that fire when the leads of a team come as events do."""
    table = compile_text(model).table
    assert table is not None
    run = Run(table, None, now=team.time)
    run.take(_lines(model, team))
    outcome = run.finish(team.time)
    state = outcome.accounts[team.name]
    return {table.account.triggers[at].name for at, _ in state.fired}  # type: ignore[union-attr]


def _lines(model: str, team: Team) -> Iterator[bytes]:
    for at, (count, history) in enumerate(team.leads):
        for copy in range(count):
            for number, each in enumerate(history):
                event = {
                    "specversion": "1.0", "id": f"{at}-{copy}-{number:05}", "source": "test",
                    "type": each.event or "lead", "subject": f"lead-{at}-{copy}", "time": moment(each.time),
                    "data": dict(each.data),
                }  # fmt: skip
                yield json.dumps(event).encode()


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("always best <= 60", "proved"),
        ("always best < 60", "refuted"),
        ("never hot >= 3 and heat < 120", "proved"),
        ("never hot >= 3 and heat < 121", "refuted"),
        ("reachable total >= 1000 and people < 18", "proved"),
        ("reachable total >= 1000 and people < 17", "refuted"),
        ("never people < 1", "refuted"),
        ("never fired t", "refuted"),
        ("never fired u", "proved"),
    ],
)
def test_a_claim_about_accounts_is_decided(claim: str, state: str) -> None:
    block = 'trigger t { when hot >= 2 emit "t" } trigger u { when best > 60 emit "u" }'
    (found,) = of(block, f'assert "a" {{ {claim} }}').verdicts
    assert (found.state, found.test) == (state, None)
    assert found.why, "what is decided of accounts says with which leads, or why none"


def test_what_is_not_decided_of_accounts_is_said() -> None:
    twice = 'trigger cool { when has tag "x" and hot = 0 emit "c" } trigger warm { when hot >= 2 tag "x" }'
    found = of(twice)
    open_ = "no leads were found with which it fires, and no proof that there are none"
    assert found.undecided == [f"whether account trigger cool can fire: {open_}"]


def test_a_lead_that_no_trigger_brings_to_an_account_counts_for_none() -> None:
    text = """model m { }
lead { company: account computed }
event visit { }
score s { rule r { on visit add 10 } }
account { score total = sum of s  score people = count  trigger t { when people >= 1 emit "t" } }
"""
    found = proved(text)
    assert [ends(each) for each in found.accounts] == [(0, 0), (0, 0)]
    assert [each.never for each in found.firings] == [True]
    brought = proved(text + 'trigger b { on visit set company = "umbrella" }')
    assert [ends(each) for each in brought.accounts] == [(0, "endless"), (0, "endless")]
    assert [each.team.name for each in brought.firings if each.team] == ["umbrella"]


def test_lists_families_and_accounts_that_triggers_set_are_taken_in() -> None:
    found = proved("""model m { }
lead { company: account computed  title: text  country: text }
set nordics = ["DK", "NO"]
event visit { about: one of "crm", "field service" required  domain: text }
score interest for line in ["crm", "field service"] {
  expire after 90 days
  rule r { on visit where about = line add 5, at most 4 times per 90 days }
}
score all = interest[crm] + interest["field service"]
trigger who { on visit where domain is present set company = domain }
account {
  score crm = sum of interest[crm]
  score best = max of all
  score north = count where country in nordics
  score bosses = top 2 of interest["field service"] where title has word "ceo"
  trigger t { when north >= 2 and bosses >= 25 emit "t" }
}
""")
    assert {each.name: ends(each) for each in found.accounts} == {
        "crm": (0, "endless"), "best": (0, 40_000), "north": (0, "endless"), "bosses": (0, 40_000),
    }  # fmt: skip
    (firing,) = found.firings
    assert firing.team is not None


# --- soundness --------------------------------------------------------------------------------------------------------


class Seen(AccountPlan):
    """An account block that keeps what each look saw."""

    seen: list[dict[str, int]]

    def _look(self, state: AccountState, members: list[Any], t: int, out: list[Any]) -> None:
        super()._look(state, members, t, out)
        self.seen.append(dict(state.scores))


def broken(seed: int) -> tuple[list[str], int]:
    """What the accounts of a random model do that was proved not to be, and how many looks were held against it."""
    sample = make(seed)
    compiled = compile_text(sample.model)
    assert compiled.table is not None
    assert compiled.program is not None
    program = settled(compiled.program)
    if program.account is None or not program.account.scores:
        return [], 0
    study = Study(program, Prover(program, seconds=5), Replay(compiled.table), percents=False)
    crowd = Crowd(Reach(study), program.account)
    said, looked = [], 0
    for given in sample.runs:
        run = Run(compiled.table, None, now=given.now)
        run.take(line.encode() for line in given.lines)
        looks = _looks(run, [lead.id for lead in run.finish(given.at).leads])
        for name in {name for each in looks for name in (each.before, each.after) if name is not None}:
            plan, state = Seen(run.plan), AccountState(name, {}, set(), [], {})
            plan.seen = []
            plan.go_on(state, {}, [each for each in looks if name in (each.before, each.after)])
            looked += len(plan.seen)
            said += [
                f"{name}: {key} shows {points}, proved {crowd.shown[key]}"
                for scores in plan.seen
                for key, points in scores.items()
                if not crowd.shown[key].holds(points)
            ]
            fired = {plan.triggers[at].name for at, _ in state.fired}
            said += [f"{name}: {trigger} fires" for trigger in fired - crowd.able]
    return said, looked


def _looks(run: Run, ids: list[str]) -> list[Look]:
    found: list[Look] = []
    for id in ids:
        watcher = Looks(run.plan)
        fold = Fold(run.plan, None, watcher)
        lead = fold.new(id)
        for event in run.events_of(id):
            if event[0][0] <= run.at:
                fold.event(lead, event[0], event[1].plan, event[2])
        fold.advance(lead, run.at)
        found += watcher.kept
    return found


@pytest.mark.parametrize("block", range(0, CASES, BLOCK))
def test_no_account_breaks_what_is_proved(block: int) -> None:
    found = [broken(seed) for seed in range(FIRST + block, FIRST + min(block + BLOCK, CASES))]
    assert [line for said, _ in found for line in said] == []
    assert CASES < BLOCK or sum(looked for _, looked in found) > 0, "there are accounts among so many models"


def test_something_is_proved_of_random_accounts() -> None:
    closed = 0
    for seed in range(FIRST, FIRST + 12):
        compiled = compile_text(make(seed).model)
        assert compiled.program is not None
        program = settled(compiled.program)
        if program.account is not None and compiled.table is not None:
            study = Study(program, Prover(program, seconds=5), Replay(compiled.table), percents=False)
            shown = Crowd(Reach(study), program.account).shown.values()
            closed += sum(each.low is not None or each.high is not None for each in shown)
            assert not any(part[0] == "ascore" for term in _wheres(program.account) for part in parts(term))
    assert closed > 0


def _wheres(account: Any) -> list[Any]:
    return [each.where for each in account.scores.values() if each.where is not None]
