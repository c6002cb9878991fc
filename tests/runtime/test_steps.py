"""Gliding over many steps at once gives the digits of taking them one by one, and every firing its instant."""

from __future__ import annotations

import random
import time

import pytest

from compiler.compile import compile_text
from runtime import steps
from runtime.lines import LeadLines
from runtime.run import Run
from runtime.state import encode
from runtime.times import DAY, HOUR, read_instant, write_date, write_instant

START = read_instant("2024-01-01T00:00:00Z")

DEGRADE = [
    "by 10% every 1 day",
    "by 1% every 12 hours",
    "by 0.1% every 7 days",
    "by 33.3% every 1 day",
    "by 100% every 1 day",
    "by 1 points every 1 hour",
    "by 0.5 points every 1 day",
    "by 7 points every 1 day",
    "by 0.001 points every 1 hour",
]
TRIGGERS = [
    "",
    'trigger t { when s >= 50  emit "t" }',
    (
        'trigger t { when s < 20  emit "x" }  trigger u { when s between 5 and 10  tag "b" }'
        ' trigger v { when has tag "b" and s > 4.9995  tag "c" }'
    ),
    'trigger t { when s < 30  emit "x"  reset s to 40  at most 3 times }',
    'trigger w { when half < 9  emit "w" }',
    'trigger q { when s not increased for 10 days  tag "q" }  trigger z { when has tag "q" and s < 40  add 5 to s }',
    'trigger late { when has tag "low"  tag "seen" }  trigger low { when s < 15  tag "low" }',
]


WAITS = [
    "trigger i { when idle for 9 days  add 2 to s  at most 3 times per 20 days }",
    'trigger g { when stage = b for 6 days  tag "g" }  trigger b { when s < 25  move to b  add 1 to s }',
    'trigger h { when s = 30 or s >= 70  tag "h"  emit "h" }',
]


def degrading(dice: random.Random) -> str:
    after = dice.choice(["", "after 3 days without activity ", "after 2 days without increase "])
    floor = dice.choice(["", " not below 50% of ready", " not below 3"])
    return f"degrade {{ {after}{dice.choice(DEGRADE)}{floor} }}"


def narrow(dice: random.Random) -> str:
    """A model in which one score degrades, and nothing else happens by time but that triggers wait."""
    return f"""
        model m "x" {{ lateness 900 days }}
        lead {{ d: date }}
        event v {{ n: number }}
        event p passive {{ n: number }}
        score s {{
          ready at 20  range {dice.choice(["0..100", "0..", "-10..", "-100..50"])}
          rule r {{ on v  add n }}
          rule q {{ on p  add n }}
          {dice.choice([degrading(dice), degrading(dice), degrading(dice), ""])}
        }}
        score half = s * 0.3 - 1
        stages a, b
        {dice.choice(TRIGGERS)}
        {dice.choice(["", *WAITS])}
    """


def model(dice: random.Random) -> str:
    return f"""
        model m "x" {{ lateness 900 days }}
        lead {{ d: date }}
        event v {{ n: number }}
        event p passive {{ n: number }}
        score s {{
          ready at 20  range {dice.choice(["0..100", "0..", "-10..", "-100..50"])}
          rule r {{ on v  add n }}
          rule q {{ on p  add n }}
          rule k {{ when d in the last 20 days  add 4 }}
          rule below {{ when d is missing  subtract {dice.choice([0, 0, 1, 60])} }}
          {degrading(dice)}
        }}
        score half = s * 0.3 - 1
        score other {{ rule r {{ on v  add n }}  degrade {{ after 1 day without activity  by 13% every 5 days }} }}
        {dice.choice(TRIGGERS)}
    """


def history(dice: random.Random) -> tuple[list[bytes], int]:
    lines, t = [], START
    for at in range(dice.randrange(1, 6)):
        t += dice.randrange(40 * 24) * HOUR
        kind, data = dice.choice("vvp"), '{"n":%s}' % dice.choice([5, 20, 33.333, 100, -3, 0.007])
        if dice.random() < 0.2:
            kind, data = "lead", '{"d":"%s"}' % write_date(t + dice.randrange(30) * DAY)
        lines.append(
            f'{{"specversion":"1.0","id":"{at}","source":"s","type":"{kind}","subject":"L",'
            f'"time":"{write_instant(t)}","data":{data}}}'.encode()
        )
    return lines, t + dice.randrange(120) * DAY


def result(table, lines, at):
    run = Run(table)
    run.take(lines)
    outcome = run.finish(at)
    lines = LeadLines(run.plan, at)
    return [(lines.write(lead), lead.looked) for lead in outcome.leads]


def states(table, lines, at):
    """What each lead's line says, and all that is kept of it."""
    run = Run(table)
    run.take(lines)
    outcome = run.finish(at)
    lines = LeadLines(run.plan, at)
    return [(lines.write(lead), encode(lead)) for lead in outcome.leads]


@pytest.mark.parametrize("seed", range(120))
def test_a_glide_gives_what_single_steps_give(seed, monkeypatch):
    dice = random.Random(seed)
    text = model(dice)
    table = compile_text(text).table
    assert table is not None, text
    lines, at = history(dice)
    with_glide = result(table, lines, at)
    monkeypatch.setattr(steps, "glide", lambda *_: (None, 0))
    assert with_glide == result(table, lines, at), text


@pytest.mark.parametrize("seed", range(240))
def test_the_time_of_a_narrow_model_written_out_is_the_time_of_any_model(seed, monkeypatch):
    dice = random.Random(seed)
    text = narrow(dice)
    table = compile_text(text).table
    assert table is not None, text
    lines, at = history(dice)
    written_out = states(table, lines, at)
    monkeypatch.setattr("runtime.plan.idle", lambda *_: None)
    assert written_out == states(table, lines, at), text
    monkeypatch.setattr(steps, "glide", lambda *_: (None, 0))
    assert [state[0] for state in written_out] == [state[0] for state in states(table, lines, at)], text


def test_two_million_steps_of_silence_take_no_time():
    table = compile_text(
        """model m "x" { }
        event v { n: number }
        score s { rule r { on v  add n }  degrade { by 0.001 points every 1 minute } }
        score u { rule r { on v  add n }  degrade { by 0.001% every 1 minute } }
        trigger t { when s < 10 and u < 10  emit "t" }"""
    ).table
    assert table is not None
    line = (
        b'{"specversion":"1.0","id":"1","source":"s","type":"v","subject":"L","time":"2020-01-01T00:00:00Z",'
        b'"data":{"n":2000}}'
    )
    began = time.process_time()
    [(found, _)] = result(table, [line], read_instant("2026-06-21T00:00:00Z"))
    assert time.process_time() - began < 2
    assert '"scores":{"s":0,"u":0}' in found
    assert '"fired":[{"trigger":"t","at":"2023-10-13T22:41:00Z"}]' in found
