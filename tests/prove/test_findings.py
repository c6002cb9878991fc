"""What prove says about rules that are right by the letter: each finding is said of one model, and not of its near
miss; its wording stands in `compiler.errors.proofs`, and docs/errors.md has a section on it."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.proofs import codes, proved

WORDING = ROOT / "compiler" / "errors" / "proofs.py"
LINE = "score s { ready at 20 rule r { on visit add 5 }"
SECTION = re.compile(
    r"## (P5[012]\d): .+\n\nAvoid:\n\n```score\n(.*?)```\n\nPrefer:\n\n```score\n(.*?)```\n\nWhy: .+", re.DOTALL
)
TAG = ' trigger b { when s >= 5 and not has tag "x" tag "x" }'
AGAIN = " } trigger a { on visit set since = time } trigger b { when since more than 3 days ago "
CASES = {
    "P510": (
        "score s { ready at 100 rule r { on video add 8, once for each asset } }",
        "score s { ready at 24 rule r { on video add 8, once for each asset } }",
    ),
    "P511": (
        'score s { range 0..50 rule r { on visit add 5 } } trigger t { when s > 50 tag "x" }',
        'score s { range 0..50 rule r { on visit add 5 } } trigger t { when s >= 50 tag "x" }',
    ),
    "P512": (
        "score s { rule r { on visit add 5, once } } stages new, warm trigger t { when s >= 6 move to warm }",
        "score s { rule r { on visit add 5, once } } stages new, warm trigger t { when s >= 5 move to warm }",
    ),
    "P513": (
        "score s { bands cold < 5, hot rule r { on visit add 4, once } }",
        "score s { bands cold < 5, hot rule r { on visit add 5, once } }",
    ),
    "P514": (
        "score s { rule r { on visit add 5, once } } segment g { where s > 5 }",
        "score s { rule r { on visit add 5, once } } segment g { where s >= 5 }",
    ),
    "P515": (
        "score s { ready at 5 rule r { on visit add 5 } }",
        "score s { ready at 6 rule r { on visit add 5 } }",
    ),
    "P516": (
        LINE + " degrade { after 7 days without activity by 10% every 7 days not below 20 } }",
        LINE + " degrade { after 7 days without activity by 10% every 7 days not below 19 } }",
    ),
    "P517": (
        "score s { rule r { on visit add 5, once } degrade { by 10% every 7 days not below 5 } }",
        "score s { rule r { on visit add 5, once } degrade { by 10% every 7 days not below 4 } }",
    ),
    "P518": (
        LINE + " rule p { when size >= 1 add 20 } degrade { by 10% every 7 days } }",
        LINE + " rule p { when size >= 1 add 19 } degrade { by 10% every 7 days } }",
    ),
    "P519": (
        LINE + " rule b { on back subtract 7 } expire after 30 days }",
        LINE + " rule b { on back subtract 7 } degrade { by 10% every 7 days } }",
    ),
    "P520": (
        LINE + ' } trigger a { when s < 10 and has tag "x" untag "x" }' + TAG,
        LINE + ' } trigger a { when s < 5 and has tag "x" untag "x" }' + TAG,
    ),
    "P521": (
        LINE + AGAIN + "set since = time }",
        LINE + AGAIN + 'tag "x" }',
    ),
    "P522": (
        LINE + ' } trigger a { when has tag "x" emit "x" } trigger b { when s >= 5 tag "x" }',
        LINE + ' } trigger b { when s >= 5 tag "x" } trigger a { when has tag "x" emit "x" }',
    ),
    "P523": (
        LINE + " } stages new, hot trigger a { when s >= 5 and stage = new move to hot }"
        " trigger b { when s < 10 and stage = hot move to new }",
        LINE + " } stages new, hot trigger a { when s >= 5 and stage = new move to hot }"
        " trigger b { when s < 5 and stage = hot move to new }",
    ),
    "P524": (
        LINE + " rule p { when size >= 1 add 20 } }",
        LINE + " rule p { when size >= 1 add 19 } }",
    ),
    "P525": (
        "score s { rule r { on visit add 5, once } } account { score n = count where s > 5 }",
        "score s { rule r { on visit add 5, once } } account { score n = count where s >= 5 }",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_it_is_said_of_the_one_and_not_of_its_near_miss(code: str) -> None:
    found, near_miss = CASES[code]
    assert code in codes(proved(found))
    assert code not in codes(proved(near_miss))


def test_the_classic_mistake_is_told_with_the_number() -> None:
    kinds = ", ".join(f'"a{at}"' for at in range(12))
    found = proved(
        f"""model m {{ }}
        event act {{ kind: one of {kinds} required }}
        score s {{ ready at 100 rule acts {{ on act add 8, once for each kind }} }}"""
    )
    (finding,) = found.findings
    assert finding.message == "no lead ever reaches `ready at 100`: `s` shows at most 96"
    assert finding.evidence == ("rule acts gives at most 96",)
    assert finding.help == "write `ready at 96` or less, or let rules give more"


def test_a_line_is_advised_only_if_a_history_gets_there() -> None:
    both = "score s { range 0..90 ready at 20 rule r { on visit add 8, at most 2 times } }"
    (found,) = proved(both + " trigger t { when s >= 10 subtract 5 from s }").findings
    assert found.message == "no lead ever reaches `ready at 20`: `s` shows at most 16"
    assert found.help == "lower the line to what is reached, at most 16, or let rules give more"
    (found,) = proved(LINE.replace("5 }", "8, at most 2 times }") + " }").findings
    assert found.help == "write `ready at 16` or less, or let rules give more"


def test_what_the_same_events_take_is_told_beside_what_rules_give() -> None:
    rules = "rule r { on visit add 8, at most 2 times } rule c { on visit subtract 3 } rule q { on signup add 1, once }"
    (found,) = proved(f"score s {{ range -9..90 ready at 20 {rules} }}").findings
    assert found.message == "no lead ever reaches `ready at 20`: `s` shows at most 11"
    assert found.evidence[:2] == ("`r` gives at most 10, less what the same events take", "rule q gives at most 1")


def test_a_trigger_that_a_limit_stops_for_good_does_not_fire_for_ever() -> None:
    rules = "score s { rule r { on visit add 10, at most 5 times } degrade { by 5 points every 1 day } }"
    often = "trigger up { when s < 15 reset s to 40 at most %s }"
    assert "P521" in codes(proved(rules + often % "1 times per 2 days"))
    assert "P521" not in codes(proved(rules + often % "100 times"))


def test_what_no_history_shows_to_rise_in_silence_is_left_open_where_points_are_taken() -> None:
    rules = "score s { range 0..100 rule r { on visit add 10 } fade 50% every 7 days } trigger t { when s >= 1000 "
    taken, given = proved(rules + "subtract 1 from s }"), proved(rules + "add 1 to s }")
    assert "P519" not in codes(taken)
    assert any(each.startswith("whether silence ever raises s") for each in taken.undecided)
    assert not any("silence ever raises" in each for each in given.undecided)


def test_a_model_in_order_is_told_nothing() -> None:
    found = proved(
        """score s {
          ready at 20
          rule r { on visit add 5, at most 10 points per 7 days }
          degrade { after 14 days without activity by 10% every 7 days not below 50% of ready }
        }
        stages new, hot
        trigger up { when s >= ready and stage < hot move to hot }"""
    )
    assert codes(found) == []
    assert found.undecided == []


def test_each_code_has_wording_a_section_and_a_test() -> None:
    written = re.findall(r'"(P\d{3})"', WORDING.read_text(encoding="utf-8"))
    assert len(written) == len(set(written))
    assert sorted(written) == [code for code, _, _ in sections()]
    assert set(written) == {*CASES, "P500", "P501"}


def sections() -> list[tuple[str, str, str]]:
    """Code, what to avoid and what to prefer, of the sections on what this finds."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    found = [SECTION.match(part) for part in parts]
    return [(each[1], each[2], each[3]) for each in found if each]


@pytest.mark.parametrize(("code", "avoid", "prefer"), sections(), ids=lambda given: given if given[0] == "P" else "")
def test_what_the_docs_avoid_is_told_so_and_what_they_prefer_is_not(code: str, avoid: str, prefer: str) -> None:
    bad, good = proved(avoid), proved(prefer)
    if code in ("P500", "P501"):
        state = "refuted" if code == "P500" else "unknown"
        assert [each.state for each in bad.verdicts] == [state]
        assert [each.state for each in good.verdicts] == ["proved"]
    else:
        assert code in codes(bad)
        assert code not in codes(good)


def test_what_is_meant_can_be_allowed() -> None:
    found, _ = CASES["P515"]
    assert "P515" not in codes(proved(f"# leadscore: allow P515\n{found}\n"))
