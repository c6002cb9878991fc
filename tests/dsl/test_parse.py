"""Each construct of the language, and the tree that it gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dsl import syntax as s
from dsl.parse import parse
from dsl.source import Source
from tests.conftest import ROOT
from tests.dsl.reading import condition, one, read, tree, value, whole_file

DAY = 86_400_000_000
A, B = s.Ref("a"), s.Ref("b")


def num(number: int | str) -> s.Number:
    return s.Number(Decimal(number))


def days(count: int) -> s.Duration:
    return s.Duration(count * DAY, Decimal(count), "day")


CONDITIONS: dict[str, Any] = {
    "a = 5": s.Compare("=", A, num(5)),
    "a != 5": s.Compare("!=", A, num(5)),
    "a + b * 2 <= -2.5": s.Compare("<=", s.Arithmetic("+", A, s.Arithmetic("*", B, num(2))), num("-2.5")),
    "a - b - 1 > 0": s.Compare(">", s.Arithmetic("-", s.Arithmetic("-", A, B), num(1)), num(0)),
    "(a + b) * 2 < -b": s.Compare("<", s.Arithmetic("*", s.Arithmetic("+", A, B), num(2)), s.Negative(B)),
    "a between 1 and 3 and b": s.And((s.Between(A, num(1), num(3)), B)),
    'a in ["x", "y",]': s.In(A, s.ListOf((s.Text("x"), s.Text("y"))), False),
    "a not in b": s.In(A, B, True),
    '"x" in b': s.In(s.Text("x"), B, False),
    'a starts with "x"': s.TextTest("starts with", A, s.Text("x")),
    'a ends with ["x"]': s.TextTest("ends with", A, s.ListOf((s.Text("x"),))),
    "a contains b": s.TextTest("contains", A, B),
    'a matches "x*"': s.TextTest("matches", A, s.Text("x*")),
    'a has word "x"': s.TextTest("has word", A, s.Text("x")),
    "a is present": s.Presence(A, True),
    "a is missing": s.Presence(A, False),
    "a is hot": s.InBand(A, s.Name("hot"), False),
    'a is at least "A+"': s.InBand(A, s.Name("A+"), True),
    "a in the last 3 days": s.DateWindow("last", A, days(3)),
    "a in the next b": s.DateWindow("next", A, B),
    "a more than 3 days ago": s.DateWindow("ago", A, days(3)),
    "not a in the last 3 days": s.Not(s.DateWindow("last", A, days(3))),
    "a not increased for 3 days": s.NotIncreased(A, days(3)),
    "stage = b for 3 days": s.StageFor(s.Name("b"), days(3)),
    'stage = "paying customer" for 3 days': s.StageFor(s.Name("paying customer"), days(3)),
    "stage = idle for 3 days": s.StageFor(s.Name("idle"), days(3)),
    "stage < b": s.Compare("<", s.Ref("stage"), B),
    "idle for 3 days": s.IdleFor(days(3)),
    'has tag "x"': s.HasTag(s.Text("x")),
    "not a = b": s.Not(s.Compare("=", A, B)),
    "not not a": s.Not(s.Not(A)),
    "a or b and a": s.Or((A, s.And((B, A)))),
    "a or b or a": s.Or((A, B, A)),
    "(a or b) and a": s.And((s.Or((A, B)), A)),
    "a and (b and a)": s.And((A, s.And((B, A)))),
    "event.a = lead.b": s.Compare("=", s.Qualified("event", s.Name("a")), s.Qualified("lead", s.Name("b"))),
    "a[b] > 5": s.Compare(">", s.Member(s.Name("a"), s.Name("b")), num(5)),
    'a["b c"] > 5': s.Compare(">", s.Member(s.Name("a"), s.Name("b c")), num(5)),
    "a >= 0.8 * ready": s.Compare(">=", A, s.Arithmetic("*", num("0.8"), s.Ref("ready"))),
    "a = true": s.Compare("=", A, s.Flag(True)),
    "a = 80%": s.Compare("=", A, s.Percent(Decimal("0.8"))),
    "min(a, 3) > max(b)": s.Compare(">", s.Extreme("min", (A, num(3))), s.Extreme("max", (B,))),
    "a = 2026-03-02": s.Compare("=", A, s.Date(20_514 * DAY)),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_is_read_as_it_is_meant(text: str) -> None:
    assert condition(text) == CONDITIONS[text]


LIMITS: dict[str, s.Limit] = {
    "once": s.TimesLimit(num(1)),
    "once per 3 days": s.TimesLimit(num(1), days(3)),
    "once for each a": s.TimesLimit(num(1), None, s.Name("a")),
    "at most 1 time": s.TimesLimit(num(1)),
    "at most 2 times per b for each a": s.TimesLimit(num(2), B, s.Name("a")),
    "at most a times": s.TimesLimit(A),
    "at most 1 point": s.PointsLimit(num(1)),
    "at most (a + 2) points per 3 days": s.PointsLimit(s.Arithmetic("+", A, num(2)), days(3)),
    "best": s.Best(),
    "best for each a": s.Best(s.Name("a")),
}


@pytest.mark.parametrize("text", LIMITS)
def test_a_limit_stands_after_the_points_and_in_a_group(text: str) -> None:
    rule = one(f"score s {{ rule r {{ on e add 5, {text}, once }} }}").members[0]
    assert rule.limits == (LIMITS[text], s.TimesLimit(num(1)))
    group = one(f"score s {{ group g {{ {text}, once rule r {{ on e add 5 }} }} }}").members[0]
    assert (group.limits, len(group.rules)) == ((LIMITS[text], s.TimesLimit(num(1))), 1)


def test_an_on_rule_has_all_its_clauses() -> None:
    text = """score s { rule r "R" { note 2026-01-01 "a" on e where a repeated 3 times in 3 days
      when b subtract 5, once } }"""
    (rule,) = one(text).members
    on = s.On(s.Name("e"), A, s.Repeated(num(3), days(3)))
    note = s.Note(s.Date(20_454 * DAY), s.Text("a"))
    branch = s.Branch(B, num(5), True)
    assert rule == s.Rule(s.Name("r"), s.Text("R"), on, (branch,), (s.TimesLimit(num(1)),), (note,))


def test_repeated_may_follow_the_condition_beside_the_event_and_means_the_same() -> None:
    usual = one("score s { rule r { on e where a repeated 3 times in 3 days when b add 5, once } }")
    other = one("score s { rule r { on e where a when b repeated 3 times in 3 days add 5, once } }")
    assert other == usual
    notes = one("""score s { group g { rule r { on e when b note 2026-01-01 "a" repeated 3 times in 3 days
      note 2026-01-01 "b" add 5 note 2026-01-01 "c" } } }""")
    (rule,) = notes.members[0].rules
    assert rule.on.repeated == s.Repeated(num(3), days(3))
    assert [note.text.value for note in rule.notes] == ["a", "b", "c"]


def test_repeated_follows_only_a_condition_that_stands_beside_an_event() -> None:
    for text in (
        "score s { rule r { when b repeated 3 times in 3 days add 5 } }",
        "score s { rule r { when a add 5 else when b repeated 3 times in 3 days add 5 } }",
    ):
        (found,) = parse(Source("a.score", text)).diagnostics
        assert (found.code, text[found.span.start : found.span.end]) == ("E120", "repeated")


def test_a_when_rule_goes_on_with_else() -> None:
    (rule,) = one("score s { rule r { when a add 5 else when b subtract 1 else when a add b } }").members
    assert rule.on is None
    assert rule.branches == (s.Branch(A, num(5)), s.Branch(B, num(1), True), s.Branch(A, B))


def test_a_limit_on_a_when_rule_is_read_for_the_checker() -> None:
    (rule,) = one("score s { rule r { when a add 5, once } }").members
    assert rule.limits == (s.TimesLimit(num(1)),)


MEMBERS: dict[str, s.ScoreMember] = {
    "ready at 100": s.ReadyAt(num(100)),
    "ready at a": s.ReadyAt(A),
    "range 0..200": s.Range(num(0), num(200)),
    "range ..80": s.Range(None, num(80)),
    "range -10..": s.Range(num(-10), None),
    "range -5..a": s.Range(num(-5), A),
    'bands low < 5, "A+" < a, high': s.Bands(
        (s.Band(s.Name("low"), num(5)), s.Band(s.Name("A+"), A), s.Band(s.Name("high"), None))
    ),
    "expire after 3 days": s.Expire(days(3)),
    "fade 10% every 3 days": s.Fade(s.Percent(Decimal("0.1")), False, days(3)),
    "fade 10% of the first value every 3 days": s.Fade(s.Percent(Decimal("0.1")), True, days(3)),
    "degrade { by 10% every 3 days }": s.Degrade(None, None, s.Percent(Decimal("0.1")), True, days(3)),
    "degrade { not below 50% of ready after 3 days without increase by 5 points every 3 days }": s.Degrade(
        days(3), "increase", num(5), False, days(3), s.Percent(Decimal("0.5")), True
    ),
    "degrade { after a without activity by 1 point every a not below -5 }": s.Degrade(
        A, "activity", num(1), False, A, num(-5), False
    ),
}


@pytest.mark.parametrize("text", MEMBERS)
def test_a_member_of_a_score_is_read(text: str) -> None:
    assert one(f"score s {{ {text} rule r {{ on e add 5 }} }}").members[0] == MEMBERS[text]
    assert one(f"score s = a {{ {text} }}").members == (MEMBERS[text],)


def test_a_family_is_read_with_a_list_or_a_set_or_a_formula() -> None:
    family = s.Family(s.Name("v"), s.ListOf((s.Text("x"),)))
    assert one('score s "S" for v in ["x"] { }') == s.Score(s.Name("s"), s.Text("S"), family, None, ())
    assert one("score s for v in b = a").family == s.Family(s.Name("v"), B)
    assert one("score s for v in b = a").value == A


ACTIONS: dict[str, s.Action] = {
    "move to a": s.MoveTo(s.Name("a")),
    'move to "a b"': s.MoveTo(s.Name("a b")),
    'emit "x"': s.Emit(s.Text("x")),
    'tag "x"': s.SetTag(s.Text("x")),
    'untag "x"': s.SetTag(s.Text("x"), True),
    "set a = b + 5": s.SetField(s.Name("a"), s.Arithmetic("+", B, num(5))),
    "set a = time": s.SetField(s.Name("a"), s.Ref("time")),
    "add 5 to a": s.AddTo(num(5), A),
    "subtract 5 from a[b]": s.AddTo(num(5), s.Member(s.Name("a"), s.Name("b")), True),
    "reset a to -5": s.Reset(A, num(-5)),
}


@pytest.mark.parametrize("text", ACTIONS)
def test_an_action_is_read_among_the_clauses_of_a_trigger(text: str) -> None:
    trigger = one(f'trigger t "T" {{ on e where a once, {text} note 2026-01-01 "n" when b {text} }}')
    assert (trigger.on, trigger.when) == (s.On(s.Name("e"), A), B)
    assert trigger.actions == (ACTIONS[text], ACTIONS[text])
    assert (trigger.limits, len(trigger.notes), trigger.label) == ((s.TimesLimit(num(1)),), 1, s.Text("T"))


FIELDS: dict[str, s.Field] = {
    "f: text": s.Field(s.Name("f"), s.TypeRef("text")),
    "f: text required ignoring case": s.Field(s.Name("f"), s.TypeRef("text", ignoring_case=True), True),
    'f: text as "$f" computed': s.Field(s.Name("f"), s.TypeRef("text"), False, True, s.Text("$f")),
    "f: integer 1..10 required": s.Field(s.Name("f"), s.TypeRef("integer", low=Decimal(1), high=Decimal(10)), True),
    "f: number -2.5..": s.Field(s.Name("f"), s.TypeRef("number", low=Decimal("-2.5"))),
    "f: number ..10": s.Field(s.Name("f"), s.TypeRef("number", high=Decimal(10))),
    'f: one of "a", "b",': s.Field(s.Name("f"), s.TypeRef("one of", options=(s.Text("a"), s.Text("b")))),
    "f: list of text": s.Field(s.Name("f"), s.TypeRef("list of text")),
} | {
    f"f: {kind}": s.Field(s.Name("f"), s.TypeRef(kind))
    for kind in ("number", "integer", "percent", "boolean", "date", "instant", "account")
}


@pytest.mark.parametrize("text", FIELDS)
def test_a_field_is_read_before_another_whatever_its_name(text: str) -> None:
    other = s.Field(s.Name("required"), s.TypeRef("boolean"))
    assert one(f"lead {{ {text} required: boolean }}").fields == (FIELDS[text], other)
    assert one(f'event e as "E" passive {{ {text} }}') == s.Event(s.Name("e"), s.Text("E"), True, (FIELDS[text],))


def test_the_model_has_its_settings_in_order() -> None:
    text = """model m "M" { note 2026-01-01 "n" review "P" { first after 3 days then every 3 days }
      owner "o" lateness 3 days }"""
    model = one(text)
    assert model.settings[1:] == (s.Review(s.Text("P"), days(3), days(3)), s.Owner(s.Text("o")), s.Lateness(days(3)))
    assert one("model m { review { every 3 days } }").settings == (s.Review(None, None, days(3)),)


def test_a_review_has_its_beginning_and_when_it_was_held() -> None:
    [review] = one('model m { review { since 1970-01-02  held 1970-01-03 stable  held 1970-01-04 "b" } }').settings
    held = (s.Held(s.Date(2 * DAY), stable=True), s.Held(s.Date(3 * DAY), text=s.Text("b")))
    assert review == s.Review(None, None, None, s.Date(DAY), held)


def test_the_small_declarations_are_read() -> None:
    text = """import "a.score" let x = 3 days set y = ["a"] set z from "z.txt" stages a, "b c" also d
      tally t "T" over 3 days { on e }"""
    assert tree(text) == (
        s.Import(s.Text("a.score")),
        s.Let(s.Name("x"), days(3)),
        s.SetOf(s.Name("y"), s.ListOf((s.Text("a"),)), None),
        s.SetOf(s.Name("z"), None, s.Text("z.txt")),
        s.Stages((s.Name("a"), s.Name("b c")), (s.Name("d"),)),
        s.Tally(s.Name("t"), s.Text("T"), days(3), s.On(s.Name("e"))),
    )


def test_account_scores_are_read_in_each_way() -> None:
    text = "sum of a", "max of a", "average of a", "top 3 of a where b", "count", "count where b"
    scores = one("account { " + " ".join(f"score x = {each}" for each in text) + " trigger t { when x } }").members
    assert [(m.how, m.top, m.score, m.where) for m in scores[:-1]] == [
        ("sum", None, A, None), ("max", None, A, None), ("average", None, A, None), ("top", num(3), A, B),
        ("count", None, None, None), ("count", None, None, B),
    ]  # fmt: skip


def test_segments_are_read_in_each_way() -> None:
    name = s.Name("x")
    assert one("segment x { where a }") == s.Segment(name, None, None, None, False, None, A)
    percent = s.Percent(Decimal("0.025"))
    assert one("segment x { highest 2.5% by a }") == s.Segment(name, None, "highest", percent, True, A, None)
    assert one('segment x "X" { lowest 3 by a where b }') == s.Segment(name, s.Text("X"), "lowest", num(3), False, A, B)


def test_a_test_has_its_steps_in_order() -> None:
    text = """test "t" { lead { a: null "b c": true, c: ["x"] } at 2026-01-01 e { a: -5% } after 3 days
      at 2026-01-01T10:00Z expect a = 5 expect fired x expect not fired x expect fired x 2 times
      expect emitted "y" expect not emitted "y" }"""
    name, text_ = s.Name("x"), s.Text("y")
    values = s.Value(s.Name("a"), s.Null()), s.Value(s.Name("b c"), s.Flag(True)), s.Value(s.Name("c"), value('["x"]'))
    assert one(text).steps == (
        s.GiveLead(values), s.At(s.Date(20_454 * DAY)),
        s.GiveEvent(s.Name("e"), (s.Value(s.Name("a"), s.Percent(Decimal("-0.05"))),)), s.After(days(3)),
        s.At(s.Instant(20_454 * DAY + 36_000_000_000, "")), s.Expect(s.Compare("=", A, num(5))),
        s.ExpectFired(name, None, False), s.ExpectFired(name, None, True), s.ExpectFired(name, num(2), False),
        s.ExpectEmitted(text_, False), s.ExpectEmitted(text_, True),
    )  # fmt: skip


def test_a_test_may_stand_for_each_line_of_a_table() -> None:
    test = one("""test "fit of {a}" for each line of "cases.csv" {
      at line.seen after line.waited e { a: line.b  c: [line["d e"], line[f]] }
      expect a = -line.a and line > 5 expect fired x line.n times }""")
    cell = {name: s.Cell(s.Name(name)) for name in ["seen", "waited", "b", "d e", "f", "a", "n"]}
    values = s.Value(s.Name("a"), cell["b"]), s.Value(s.Name("c"), s.ListOf((cell["d e"], cell["f"])))
    assert (test.label, test.lines) == (s.Text("fit of {a}"), s.Text("cases.csv"))
    expected = s.And((s.Compare("=", A, s.Negative(cell["a"])), s.Compare(">", s.Ref("line"), num(5))))
    assert test.steps == (
        s.At(cell["seen"]), s.After(cell["waited"]), s.GiveEvent(s.Name("e"), values), s.Expect(expected),
        s.ExpectFired(s.Name("x"), cell["n"], False),
    )  # fmt: skip


def test_a_line_in_brackets_is_a_score_of_a_family_where_there_is_no_table() -> None:
    assert one('test "t" { at 2026-01-01 expect line["a"] = 5 }').steps[1] == s.Expect(
        s.Compare("=", s.Member(s.Name("line"), s.Name("a")), num(5))
    )


def test_an_assertion_has_its_claims_in_order() -> None:
    text = """assert "x" { always a < 5 never b reachable a reachable b within 3 days
      within 3 days a < 5 within b not a never fired x never fired never without e where a = 5 }"""
    x, less = s.Name("x"), s.Compare("<", A, num(5))
    assert one(text) == s.Assertion(s.Text("x"), (
        s.Always(less), s.Never(B), s.Reachable(A), s.Reachable(B, days(3)), s.Within(days(3), less),
        s.Within(B, s.Not(A)), s.NeverFired(x),
        s.NeverFired(s.Name("never"), s.On(s.Name("e"), s.Compare("=", A, num(5)))),
    ))  # fmt: skip


def test_a_within_behind_reachable_is_a_claim_of_its_own_where_a_condition_follows() -> None:
    claims = one('assert "x" { reachable a within 3 days b reachable a within 3 days within within b }').claims
    assert claims == (
        s.Reachable(A), s.Within(days(3), B), s.Reachable(A, days(3)), s.Within(s.Ref("within"), B),
    )  # fmt: skip
    text = 'assert "x" { reachable a > 5 within 3 days b < 5 }'
    assert [text[each.span.start : each.span.end] for each in one(text).claims] == [
        "reachable a > 5", "within 3 days b < 5",
    ]  # fmt: skip


def test_what_the_checker_refuses_is_read() -> None:
    tree("event lead { x: text required } lead { x: text required } account { trigger t { when a move to b } }")
    tree("score s = a { rule r { on e add 5 } degrade { by 1 points every 1 day } }")


def test_every_kind_of_declaration_is_read() -> None:
    parts = tree(whole_file())
    assert len({type(each) for each in parts}) == 16


def test_white_space_means_nothing() -> None:
    lines = [line.split("# ")[0] for line in whole_file().splitlines()]
    assert tree(" ".join(" ".join(lines).split())) == tree("\r\n\t".join(lines)) == tree(whole_file())


def test_each_node_spans_its_text() -> None:
    text = 'score s { rule r "R" { on e where (a + 1) * 2 > 5 add 5, once per 3 days } }'
    (score,) = tree(text)
    source = Source("model.score", text)
    rule = score.members[0]
    spans = [score, rule, rule.on, rule.on.where, rule.on.where.left, rule.branches[0], rule.limits[0], rule.label]
    assert [source.read(each.span) for each in spans] == [
        text, text[10:-2], "on e where (a + 1) * 2 > 5", "(a + 1) * 2 > 5", "(a + 1) * 2", "add 5", "once per 3 days",
        '"R"',
    ]  # fmt: skip


def test_spans_fit_a_file_that_is_not_in_nfc() -> None:
    text = 'let cafe\u0301 = "e\u0301" let x = 5'
    first, second = tree(text)
    assert (first.name.text, first.value.value) == ("caf\u00e9", "\u00e9")
    assert (text[first.span.start : first.span.end], text[second.span.start :]) == (text[:16], "let x = 5")


def test_comments_are_kept_with_their_places() -> None:
    parsed = read('# first\nlet x = "# no" # second\r\n#')
    assert [(span.start, text) for span, text in parsed.comments] == [(0, "# first"), (23, "# second"), (33, "#")]
    assert len(parsed.file.items) == 1


def test_the_files_of_the_product_are_read() -> None:
    paths = sorted((ROOT / "examples").rglob("*.score"))
    for path in paths:
        assert parse(Source(path.name, path.read_text(encoding="utf-8"))).diagnostics == (), path


def test_an_empty_file_is_an_empty_tree() -> None:
    assert tree("") == tree(" \n# nothing\n") == ()
