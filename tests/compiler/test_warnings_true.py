"""What the warnings of the classical mistakes say happens, happens: each is warned of, and a test shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from compiler.compile import compile_text
from tests.compiler.test_warnings import PRELUDE

VISIT = 'visit { path: "/"  visit: "v"  pages_in_visit: 1 }'
SHOWN = {
    "W401": """score s { rule demo { on video where watched >= 50%  add 20 } }
test "t" { at 2026-01-05  video { asset: "a"  watched: 50% }  video { asset: "a"  watched: 100% }  expect s = 40 }""",
    "W402": """score s { rule up { on visit  add 10 }  rule down { on video where asset = "bye"  subtract 20 } }
test "t" { at 2026-01-05  video { asset: "bye"  watched: 1% }  VISIT  expect s = 10 }""",
    "W403": """score s { rule r { on visit  add 50 } }
trigger qualify { when s >= 50 and stage < mql  move to mql }
trigger reject { on mail  move to rejected }
test "t" { at 2026-01-05  mail {}  VISIT  VISIT  expect s = 100  expect stage = rejected }""",
    "W404": """score s { expire after 90 days  rule r { on visit  add 20, once } }
test "t" { at 2026-01-05  VISIT  expect s = 20  after 90 days  expect s = 0  VISIT  expect s = 0 }""",
    "W405": """event mail_sent { }
score s { rule r { on visit  add 100 }  rule v { on video  add 1, once }
  degrade { after 30 days without activity  by 10% every 7 days } }
test "t" { at 2026-01-05  VISIT  after 29 days  mail_sent {}  after 29 days  mail_sent {}  expect s = 100 }""",
    "W406": """score s { ready at 60  rule home { when country = "DK"  add 65 }  rule r { on visit  add 5 }
  rule v { on video  add 1, once }  degrade { after 30 days without activity  by 10% every 7 days } }
test "t" { at 2026-01-05  lead { country: "DK" }  VISIT  expect s = 70  after 3650 days  expect s = 65 }""",
    "W407": """score s { rule r { on video  add 5, once for each chapter } }
test "t" { at 2026-01-05  video { asset: "a"  watched: 1% }  video { asset: "b"  watched: 1% }  expect s = 5 }""",
    "W408": """score s { rule r { when country != "DK"  add 5 } }
test "t" { at 2026-01-05  VISIT  expect s = 0  lead { country: "SE" }  expect s = 5 }""",
    "W409": """score s { rule r { when title contains "cto"  add 5 } }
test "t" { at 2026-01-05  lead { title: "Director of sales" }  expect s = 5 }""",
    "W410": """score s { rule r { when email in ["gmail.com"]  add 5 } }
test "t" { at 2026-01-05  lead { email: "ada@gmail.com" }  expect s = 0 }""",
    "W411": """trigger count { on visit  set n = n + 1 }
test "t" { at 2026-01-05  VISIT  VISIT  expect n is missing }""",
    "W412": """trigger remember { on visit  set seen = time }
trigger back { on visit when seen more than 30 days ago  emit "back" }
test "t" { at 2026-01-05  VISIT  after 60 days  VISIT  expect not fired back }""",
    "W413": """score s { rule r { on visit  add 70 } }
trigger up { when s >= 60 and stage < mql  move to mql }
trigger down { when s < 80 and stage = mql  move to engaged }
test "t" { at 2026-01-05  VISIT  expect fired up  expect fired down  expect stage = engaged }""",
    "W420": """score s { ready at 50  rule r { on visit  add 90 }  rule v { on video  add 1, once }
  degrade { after 30 days without activity  by 50% every 7 days  not below 60 } }
test "t" { at 2026-01-05  VISIT  after 3650 days  expect s = 60  expect s >= ready }""",
    "W422": """score s { range -50..  expire after 90 days  rule r { on visit  add 10 }
  rule d { on video where asset = "bye"  subtract 20 } }
test "t" { at 2026-01-05  video { asset: "bye"  watched: 1% }  expect s = -20  after 90 days  expect s = 0 }""",
    "W427": """score s { rule a { on visit  add 10, once }  rule b { on visit  add 10, once } }
test "t" { at 2026-01-05  VISIT  expect s = 20 }""",
    "W433": """score s { rule r { when email ends with "gmail.com"  add 5 } }
test "t" { at 2026-01-05  lead { email: "ada@notgmail.com" }  expect s = 5 }""",
    "W430": """score s { rule r { on visit where path starts with "/a/*"  add 10 } }
test "t" { at 2026-01-05  visit { path: "/a/b"  visit: "v" }  expect s = 0 }""",
}

BESIDE = {
    "W402 by a trigger": """score s { rule up { on visit  add 10 } }
trigger bye { on video where asset = "bye"  subtract 20 from s }
test "t" { at 2026-01-05  video { asset: "bye"  watched: 1% }  VISIT  expect s = 10 }""",
    "W402 at the same event": """score s { rule up { on visit  add 10 }
  rule careers { on visit where path = "/careers"  subtract 20 } }
test "t" { at 2026-01-05  visit { path: "/careers"  visit: "v" }  VISIT  expect s = 10 }""",
    "W404 best": """score s { expire after 90 days  rule r { on video  add 20 * watched, best } }
test "t" { at 2026-01-05  video { asset: "a"  watched: 100% }  expect s = 20
  after 90 days  video { asset: "a"  watched: 100% }  expect s = 0 }""",
    "W409 by a pattern": """score s { rule r { when title matches "*cto*"  add 5 } }
test "t" { at 2026-01-05  lead { title: "director of sales" }  expect s = 5 }""",
    "W412 at one look": """trigger t { on visit  move to engaged }
trigger u { when stage = engaged  move to mql }
test "t" { at 2026-01-05  VISIT  expect fired t  expect stage = mql }""",
    "W412 shut out": """trigger rejected { on video when stage != rejected  move to rejected }
trigger lost { on video when stage = new  emit "lost" }
test "t" { at 2026-01-05  video { asset: "a"  watched: 1% }  expect not fired lost }""",
    "W412 reset": """score s { rule r { on visit  add 90 } }
trigger gone { on video  reset s to 0 }
trigger regret { on video when s >= 80  emit "regret" }
test "t" { at 2026-01-05  VISIT  video { asset: "a"  watched: 1% }  expect not fired regret }""",
    "W413 at an event": """score s { rule r { on visit  add 10 } }
trigger up { on video when stage < mql  move to mql }
trigger down { when s < 80 and stage = mql  move to engaged }
test "t" { at 2026-01-05  VISIT  video { asset: "a"  watched: 1% }  expect fired up  expect stage = engaged }""",
}
"""More of what a code is told of, behind the code."""


@pytest.mark.parametrize("code", [*SHOWN, *BESIDE])
def test_what_is_warned_of_happens(code: str, tmp_path: Path) -> None:
    text = PRELUDE + {**SHOWN, **BESIDE}[code].replace("VISIT", VISIT)
    assert {each.code for each in compile_text(text).diagnostics} == {code[:4]}
    path = tmp_path / "model.score"
    path.write_text(text, encoding="utf-8")
    assert main(["test", str(path)]) == 0
