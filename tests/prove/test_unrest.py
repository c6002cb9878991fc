"""What is decided of triggers that do not come to rest: no random history of a random model shows what was ruled out.

At a look at which nothing has happened a trigger fires only if another one was found to be able to set it off; and who
goes on firing after many years of silence is driven by a circle that was found. Cases are told from their near misses.
"""

from __future__ import annotations

import random

import pytest

from cli.replay import Replay
from compiler.compile import compile_text
from compiler.prove.histories import DAY
from compiler.prove.prover import Prover
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.study import Study
from compiler.prove.track import Track
from compiler.prove.unrest import Unrest, circles
from tests.proofs import codes, proved

YEAR = 365 * DAY
OFTEN = 3
CONDITIONS = [
    "s >= 20", "s < 20", "s between 10 and 40", "s >= 50", "s < 50", "total >= 60", "not s >= 30", "s != 0",
    "stage = a", "stage < c", "stage = off", "stage = b for 10 days", "not stage = c for 5 days", 'has tag "x"',
    'not has tag "x"', "idle for 30 days", "s not increased for 20 days", "since more than 15 days ago",
    "not since in the last 10 days", "since is missing", 'team = "u"', 'team != "u"', "size >= 3", "recent >= 2",
]  # fmt: skip
ACTIONS = [
    "move to a", "move to b", "move to c", "move to off", 'tag "x"', 'untag "x"', "set since = time", 'set team = "u"',
    'set team = "v"', "add 5 to s", "add 30 to s", "subtract 30 from s", "subtract 10 from s", "reset s to 0",
    "reset s to 30", "set n = s", "set since = renewal",
]  # fmt: skip
AGEING = [
    "", "expire after 30 days", "fade 50% every 10 days", "degrade { by 5 points every 10 days not below 10 }",
    "degrade { after 20 days without activity by 50% every 7 days }",
]  # fmt: skip
PROFILES = [
    "", "rule p { when size >= 3 add 15 }", "rule p { when size >= 3 subtract 10 }",
    'rule p { when team = "u" add 20 }', "rule p { when since more than 12 days ago add 25 }",
]  # fmt: skip
RANGES = ["", "range 0..60", "range -50..100", "range ..80"]


def model_of(seed: int) -> str:
    """A model whose triggers are drawn so that they often set each other off."""
    draw = random.Random(seed)
    parts = " ".join(draw.choice(each) for each in (RANGES, PROFILES, AGEING))
    text = f"""model m {{ }}
lead {{ size: integer 0..  renewal: instant  team: text computed  since: instant computed  n: number computed }}
event visit {{ }}
event bye passive {{ }}
score s {{ rule v {{ on visit add 10 }} rule b {{ on bye subtract 15 }} {parts} }}
score total = 2 * s + 10
tally recent over 5 days {{ on visit }}
stages a, b, c also off
"""
    for at in range(draw.choice([2, 3, 3, 4, 5])):
        event = draw.choice(["", "", "", "on visit ", "on bye "])
        some = draw.sample(CONDITIONS, draw.choice([1, 1, 1, 2]))
        when = "" if event and draw.random() < 0.5 else f"when {draw.choice([' and ', ' and ', ' or ']).join(some)} "
        limit = draw.choice(["", "", "", " at most 1 times per 30 days", " once"])
        text += f"trigger t{at} {{ {event}{when}{' '.join(draw.sample(ACTIONS, draw.choice([1, 1, 2])))}{limit} }}\n"
    return text


def unrest_of(text: str) -> Unrest:
    compiled = compile_text(text)
    assert compiled.table is not None, ([each.message for each in compiled.diagnostics], text)
    assert compiled.program is not None
    program = settled(compiled.program)
    study = Study(program, Prover(program, seconds=20), Replay(compiled.table), percents=False)
    return Unrest(Reach(study))


class Watch:
    """Random histories of a model, and what they do that was ruled out."""

    def __init__(self, unrest: Unrest, seed: int) -> None:
        self.unrest = unrest
        self.draw = random.Random(seed)
        self.triggers = {each.name: each for each in unrest.study.program.triggers}
        self.able = {name for circle in unrest.endless() for name in circle}
        self.late = unrest.late()
        self.seen = 0
        self.said: list[str] = []

    def run(self) -> None:
        for _ in range(6):
            track = Track(self.unrest.study.program, self.unrest.study.engine)
            for _ in range(self.draw.choice([1, 2, 4, 8])):
                event = self.draw.choice(["visit", "visit", "visit", "bye", None])
                data = {} if event else {"size": self.draw.randint(0, 5), "renewal": "2026-02-01T00:00:00Z"}
                track.give(event, data)
                self.look_again(track)
                track.now += self.draw.choice([0, 0, 0, DAY, 9 * DAY, 40 * DAY])
            self.be_silent(track)

    def look_again(self, track: Track) -> None:
        again = track.copy()
        before = again.see().fired
        for _ in range(4):
            again.give(None, {})
            after = again.see().fired
            fired = [name for name in after if after[name] > before.get(name, 0) and not self.triggers[name].match]
            for name in fired:
                self.seen += 1
                others = [self.triggers[other] for other in after if other != name]
                if not any(self.unrest.sets_off(other, self.triggers[name]) for other in others):
                    self.said.append(f"{name} fires though nothing sets it off")
            if fired and not any(name in self.late for name in fired):
                self.said.append(f"{fired} fire, and none was found to wait for one below")
            before = after

    def be_silent(self, track: Track) -> None:
        engine = self.unrest.study.engine
        before, after = (engine.see(track.state, track.now + years * YEAR).fired for years in (10, 20))
        on = {name for name, count in after.items() if count - before.get(name, 0) >= OFTEN}
        self.seen += len(on)
        if on and not on & self.able:
            self.said.append(f"{sorted(on)} go on firing in silence")


def watched(seed: int) -> Watch:
    watch = Watch(unrest_of(model_of(seed)), seed)
    watch.run()
    return watch


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_no_history_shows_what_is_ruled_out(first: int) -> None:
    seen = 0
    for seed in range(first, first + 50):
        watch = watched(seed)
        seen += watch.seen
        assert watch.said == [], seed
    assert seen > 5


def test_circles_are_what_leads_round() -> None:
    assert [*circles({"a": ["b"], "b": ["c"], "c": [], "d": ["d"]})] == [("d",)]
    assert [*circles({"a": ["b"], "b": ["c", "a"], "c": ["d"], "d": ["c"], "e": ["a"]})] == [("a", "b"), ("c", "d")]


STAGES = " stages n, a, b, c trigger go { on signup move to a }"
SCORE = "score s { range 0..200 rule r { on visit add 5 } "
CASES = {
    "points that one adds and the other takes set each other off": (
        "P520",
        SCORE + "} trigger u { when s >= 20 subtract 30 from s } trigger t { when s < 20 add 30 to s }",
        SCORE + "} trigger u { when s >= 60 subtract 30 from s } trigger t { when s < 20 add 30 to s }",
    ),
    "a reset below the line that another tests": (
        "P520",
        SCORE + "} trigger up { when s between 20 and 40 add 50 to s } trigger down { when s >= 60 reset s to 30 }",
        SCORE + "} trigger up { when s between 20 and 40 add 50 to s } trigger down { when s >= 95 reset s to 10 }",
    ),
    "three stages in a ring": (
        "P520",
        STAGES + " trigger v { when stage = c move to a } trigger u { when stage = b move to c }"
        " trigger t { when stage = a move to b }",
        STAGES + " trigger v { when stage = c move to n } trigger u { when stage = b move to c }"
        " trigger t { when stage = a move to b }",
    ),
    "points of an event that go as they come": (
        "P523",
        SCORE + "} trigger t { on signup add 30 to s } trigger u { when s >= 30 reset s to 0 }",
        SCORE + "} trigger t { on signup add 30 to s } trigger u { when s >= 100 reset s to 0 }",
    ),
    "points that a line brings and another takes": (
        "P523",
        SCORE + "} trigger up { when s >= 60 add 50 to s } trigger down { when s >= 100 reset s to 20 }",
        SCORE + "} trigger up { when s >= 60 add 50 to s } trigger down { when s < 60 reset s to 20 }",
    ),
    "a stage below the line that another one asks for": (
        "P523",
        SCORE + "} stages n, a, b trigger up { when s >= 20 and stage < b move to b }"
        " trigger down { when s < 40 and stage = b move to a }",
        SCORE + "} stages n, a, b trigger up { when s >= 20 and stage < b move to b }"
        " trigger down { when s < 20 and stage = b move to a }",
    ),
    "points that wait for their own end": (
        "P521",
        SCORE + "expire after 30 days } trigger t { when s < 5 add 10 to s }",
        SCORE + "} trigger t { when s < 5 add 10 to s }",
    ),
    "an increase that is one": (
        "P521",
        SCORE + "} trigger t { when s not increased for 30 days add 5 to s }",
        SCORE + "} trigger t { when s not increased for 30 days subtract 5 from s }",
    ),
    "a reset that falls again": (
        "P521",
        SCORE + "degrade { by 50% every 7 days } } trigger t { when s < 5 reset s to 50 }",
        SCORE + "degrade { by 50% every 7 days not below 10 } } trigger t { when s < 5 reset s to 50 }",
    ),
    "points of a trigger below": (
        "P522",
        SCORE + '} trigger told { when s >= 100 emit "x" } trigger big { on signup add 100 to s }',
        SCORE + '} trigger told { when s >= 100 emit "x" } trigger less { on signup subtract 100 from s }',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_rest_is_told_from_what_does(case: str) -> None:
    code, told, near = CASES[case]
    assert code in {each.code for each in proved(told).findings}
    rest = proved(near)
    assert code not in {each.code for each in rest.findings}
    assert not [each for each in rest.undecided if "no history was found that shows it" in each]


def test_what_is_neither_found_nor_ruled_out_is_told_as_open() -> None:
    found = proved(
        SCORE + "degrade { after 30 days without activity by 10% every 7 days } }"
        ' trigger hot { when s >= 100 and not has tag "hot" tag "hot" }'
        ' trigger cool { when s < 50 and has tag "hot" untag "hot" }'
        ' trigger lift { when s between 50 and 60 and not has tag "hot" add 60 to s }'
    )
    assert any(each.startswith("whether lift goes on firing in silence") for each in found.undecided)


MIXED = """model mixed { }
lead { asked: instant computed  country: text  size: integer 0..  renewal: date }
event visit { page: text }
event consent { given: boolean required }
event crm passive { status: one of "won", "lost" required }
score s {
  range 0..200  ready at 50
  rule v { on visit where page starts with "/pricing" add 10, at most 2 times per 1 day }
  expire after 30 days
}
stages new, mql, sql also lost
trigger up { when s >= 50 and stage < mql move to mql emit "up" }
trigger sql { on consent where given when stage = mql move to sql set asked = time }
trigger lost { on crm where status = "lost" when stage = sql move to lost reset s to 0 }
trigger nurture { when stage = lost for 10 days and country = "DK" and not has tag "n" tag "n" }
trigger again { when has tag "n" and asked more than 20 days ago and s < 20 and size >= 50 set asked = time }
trigger renew { when renewal in the next 30 days and stage = lost emit "renew" }
"""


def test_what_takes_stages_attributes_dates_and_silence_is_found() -> None:
    found = proved(MIXED)
    assert "P521" in codes(found)
    assert not [each for each in found.undecided if "can fire" in each or ("in silence" in each and "again" in each)]
