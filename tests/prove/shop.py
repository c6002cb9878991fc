"""A small model with a field of each type, and questions about conditions in it."""

from __future__ import annotations

from collections.abc import Sequence

from cli.judging import judge_of
from compiler.compile import compile_text
from compiler.program import Program
from compiler.prove.answer import Answer
from compiler.prove.prover import Prover
from compiler.prove.settle import settled
from runtime.table import Term

MODEL = """
model shop { }
lead {
  country: text  email: text ignoring case  employees: integer  ratio: number -10..1000  vip: boolean  trial: date
  renewal: instant  share: percent  tier: one of "a", "b"  langs: list of text  kinds: list of text
  next_call: date  level: number computed
}
event visit {
  page: text  title: text ignoring case  n: number  pages: integer 1..10  watched: percent  flag: boolean
  part: one of "a", "b", "c"  words: list of text  day: date  path: text required
}
tally visits { on visit }
score other { range 0..100  ready at 50  bands cold < 20, warm < 50, hot  rule r { on visit  add n } }
score third { range -1000..  rule r { on visit  add n } }
score blend = 0.5 * other + 0.25 * third { bands low < 4, high }
score tiny = 0.0005 * other
stages new, known, customer  also lost
"""


def program(*parts: str) -> Program:
    """The settled program of the model with more declarations."""
    compilation = compile_text(MODEL + "\n".join(parts))
    assert compilation.program is not None, [each.message for each in compilation.diagnostics]
    return settled(compilation.program)


def at_event(*conditions: str) -> tuple[Program, list[Term]]:
    """Conditions as they stand in `on visit where …`."""
    rules = [f"rule r{at} {{ on visit where {each}  add 1 }}" for at, each in enumerate(conditions)]
    found = program("score asked { " + "\n".join(rules) + " }")
    rules_of = {each.name: each.body for each in found.scores}["asked"].on
    return found, [rule.match.where for rule in rules_of if rule.match.where is not None]


def at_look(*conditions: str) -> tuple[Program, list[Term]]:
    """Conditions as they stand in the `when` of a trigger."""
    found = program(*[f'trigger t{at} {{ when {each}  tag "x" }}' for at, each in enumerate(conditions)])
    return found, [trigger.when for trigger in found.triggers if trigger.when is not None]


def decided(conditions: Sequence[str], *, look: bool = False, solver: bool = True) -> Answer:
    """Whether the conditions can hold together; an example has been confirmed by the engine."""
    found, terms = (at_look if look else at_event)(*conditions)
    prover = Prover(found, seconds=20, judge=judge_of(found), solver=solver)
    return prover.decide(terms, None if look else "visit")
