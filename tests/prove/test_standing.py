"""What stands in each state once a look is over: no history of a made-up model ever breaks it, and claims are decided
by it."""

from __future__ import annotations

import os
import random

import pytest

from cli.replay import Replay, Watching
from compiler.compile import compile_text
from compiler.prove.prover import Prover
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.standing import Standing
from compiler.prove.study import Study
from runtime.fold import Fold
from runtime.lead import Key, Lead
from runtime.plan import Plan
from runtime.table import Table, Term
from tests.proofs import verdict

CASES = int(os.environ.get("LEADSCORE_CASES", "40"))
FIRST = int(os.environ.get("LEADSCORE_SEED", "0"))
BLOCK = 10
HOUR = 3_600_000_000
MODEL = """
event gone { }
score s { range 0..200  ready at 50  rule v { on visit add 10 } }
score t {
  range 0..200
  rule v { on visit add 10 }
  rule b { on back subtract 5, at most 2 times }
  degrade { after 7 days without activity by 10% every 7 days not below 30 }
}
score u { range 0..100  rule v { on visit add 10 } }
score w { rule v { on visit add 10 }  expire after 30 days }
stages new, warm, hot
trigger up { when s >= 50 and stage = new move to warm }
trigger hot { when t >= 80 and stage = warm move to hot }
trigger wipe { on gone reset u to 0 }
"""


@pytest.mark.parametrize(
    ("claim", "state", "why"),
    [
        ("never stage = warm and s < 50", "proved", "in warm s shows at least 50"),
        ("never stage = hot and s < 50", "proved", "in hot s shows at least 50"),
        ("never stage = warm and s < 51", "refuted", ""),
        ("never stage = new and s >= 50", "proved", "fire as soon as they may"),
        ("never stage = warm and t >= 80", "proved", ""),
        ("never stage = hot and t < 20", "proved", "in hot t shows at least 20"),
        ("never stage = hot and t < 21", "refuted", ""),
        ("never stage = hot and u < 10", "refuted", ""),
        ("never stage = hot and w < 10", "refuted", ""),
        ("never stage > new and s + t < 80", "refuted", ""),
        ("reachable stage = hot and s < 50", "refuted", "in hot s shows at least 50"),
        ("reachable stage = hot and s < 90", "proved", ""),
    ],
)
def test_a_claim_about_a_stage_and_a_score_is_decided(claim: str, state: str, why: str) -> None:
    found = verdict(MODEL, claim)
    assert (found.state, why in found.why) == (state, True)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ("", "proved"),
        ("trigger less { on gone subtract 1 from s }", "refuted"),
        ("trigger less { on gone subtract 1 from s once }", "refuted"),
        ("trigger less { on gone reset s to 49 }", "refuted"),
        ("trigger less { on gone reset s to 50 }", "proved"),
        ("trigger more { on gone move to warm }", "refuted"),
        ("trigger back { on gone when stage = warm move to new }", "proved"),
    ],
)
def test_what_may_lower_a_score_afterwards_is_taken_in(more: str, state: str) -> None:
    assert verdict(MODEL + more, "never stage = warm and s < 50").state == state


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        ("trigger up { when s >= 20 and stage = new move to warm }", "proved"),
        ("trigger up { when s >= 20 and stage = new move to warm once }", "refuted"),
        ("trigger up { on visit when s >= 20 and stage = new move to warm }", "refuted"),
        ("trigger up { when s >= 20 and stage = new move to warm } trigger x { on gone move to new }", "refuted"),
        ("trigger x { on gone move to new } trigger up { when s >= 20 and stage = new move to warm }", "proved"),
        ('trigger up { when s >= 20 and stage = new tag "x" }', "refuted"),
    ],
)
def test_a_condition_never_stands_only_if_its_trigger_ends_it_at_each_look(trigger: str, state: str) -> None:
    text = f"event gone {{ }} score s {{ rule v {{ on visit add 10 }} }} stages new, warm {trigger}"
    text += " trigger reset { on back reset s to 0 move to new }" if "once" in trigger else ""
    text += " trigger plus { on back add 50 to s }" if "on visit" in trigger else ""
    assert verdict(text, "never stage = new and s >= 20").state == state


# --- soundness --------------------------------------------------------------------------------------------------------


def made(seed: int) -> str:
    """A model of stages and scores, made up: lines, demotions, resets, points that triggers give and take."""
    draw = random.Random(seed)
    lines = ["model m { }", "lead { size: integer 0.. }", "event visit { }", "event back passive { }", "event gone { }"]
    for key in ("a", "b"):
        often = draw.choice(["", ", at most 3 times", ", at most 1 times per 2 days"])
        rules = [f"rule v {{ on visit add {draw.choice([5, 10, 30])}{often} }}"]
        taken = draw.choice(["", ", at most 2 times", ", at most 1 times"])
        rules += [f"rule k {{ on back subtract {draw.choice([1, 5, 20])}{taken} }}"] * draw.choice([0, 1])
        rules += [f"rule p {{ when size > 3 add {draw.choice([10, -10, 20])} }}"] * draw.choice([0, 0, 1])
        floor = draw.choice(["", " not below 20", " not below 40"])
        ages = draw.choice(["", "", f"degrade {{ after 3 days without activity by 20% every 2 days{floor} }}",
                            "expire after 5 days"])  # fmt: skip
        lines.append(
            f"score {key} {{ range {draw.choice([0, -20])}..{draw.choice([60, 100])} {' '.join(rules)} {ages} }}"
        )
    lines.append("stages new, warm, hot also lost")
    for at in range(draw.choice([2, 3, 4])):
        key, line, stage = draw.choice("ab"), draw.choice([10, 20, 30, 40]), draw.choice(["new", "warm", "hot"])
        when = draw.choice([f"{key} >= {line}", f"{key} >= {line}", f"{key} < {line}", "idle for 4 days"])
        act = draw.choice(["move to new", "move to warm", "move to hot", "move to lost", f"add 10 to {key}",
                           f"reset {key} to 15", f"subtract 5 from {key}"])  # fmt: skip
        on = draw.choice(["", "", "on gone ", "on visit "])
        once = draw.choice(["", "", " once", " at most 1 times per 3 days"])
        lines.append(f"trigger t{at} {{ {on}when {when} and stage = {stage} {act}{once} }}")
    return "\n".join(lines)


class Looks(Watching):
    """A watcher that keeps what every look left."""

    def __init__(self, plan: Plan, never: list[Term]) -> None:
        self.plan = plan
        self.tests = [plan.terms.test(term) for term in never]
        self.seen: list[tuple[str | None, dict[str, int], list[bool]]] = []

    def looked(self, lead: Lead, t: int, key: Key | None, before: str | None) -> None:
        shown = {key: shown(lead, t) for key, shown in zip(self.plan.keys, self.plan.shown, strict=True)}
        self.seen.append((lead.stage, shown, [test(lead, {}, t) for test in self.tests]))


def history(table: Table, looks: Looks, draw: random.Random) -> None:
    """A lead of whom and to whom anything happens."""
    fold = Fold(looks.plan, None, looks)
    lead, time = fold.new("x"), 20_458 * 24 * HOUR
    kinds = dict(looks.plan.events)
    for at in range(40):
        time += draw.choice([0, 1, 1, 20, 50, 200]) * HOUR
        name = draw.choice(["visit", "visit", "visit", "back", "gone", "lead"])
        data = {"size": draw.choice([None, 1, 9])} if name == "lead" else {}
        fold.event(lead, (time, "t", f"{at:03}"), kinds[name], data)
    fold.advance(lead, time + 60 * 24 * HOUR)


def broken(seed: int) -> tuple[list[str], int]:
    """What histories of a made-up model leave that was proved not to stand, and how much was proved."""
    compiled = compile_text(made(seed))
    assert compiled.table is not None, [each.message for each in compiled.diagnostics]
    assert compiled.program is not None
    study = Study(settled(compiled.program), Prover(settled(compiled.program), seconds=5), Replay(compiled.table))
    standing = Standing(Reach(study))
    never = standing.never()
    said, proved = [], len(never)
    for number in range(6):
        looks = Looks(Plan(compiled.table), never)
        history(compiled.table, looks, random.Random(seed * 100 + number))
        for stage, shown, held in looks.seen:
            said += [f"{seed}: {term} stands" for term, true in zip(never, held, strict=True) if true]
            for key, points in shown.items():
                lows = [standing.low(key, state) for state in standing.reach.states if state.stage == stage]
                low = None if None in lows else min((each for each in lows if each is not None), default=None)
                proved += low not in (None, standing.reach.looked[key].low)
                if low is not None and points < low:
                    said.append(f"{seed}: {key} shows {points} in {stage}, proved {low}")
    return list(dict.fromkeys(said)), proved


@pytest.mark.parametrize("block", range(0, CASES, BLOCK))
def test_no_look_leaves_what_is_proved_not_to_stand(block: int) -> None:
    found = [broken(seed) for seed in range(FIRST + block, FIRST + min(block + BLOCK, CASES))]
    assert [line for said, _ in found for line in said] == []
    assert CASES < BLOCK or sum(proved for _, proved in found) > 0, "something is proved of so many models"
