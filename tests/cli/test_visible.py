"""Control characters in ids, names, tags and labels: written out for a person, as they are in JSON."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from cli.visible import visible

LEAD = "a\x1b[2J\x07\x00b\r\nc\x85\u2028\u202e\ufffe"
SHOWN = r"a\u{1b}[2J\u{7}\u{0}b\u{d}\nc\u{85}\u{2028}\u{202e}\u{fffe}"
MODEL = """
model demo { }
lead { company: account }
event view { }
score s "Hot\\u{1b}[1m\\nlabel" {
  bands "low\\u{7}" < 10, "high\\u{1b}"
  rule r "Rule\\u{1b}" { on view  add 20 }
}
stages new, done
trigger t { when s >= 20  move to done  tag "keen\\u{1b}]0;\\u{7}" }
account { score all = sum of s  trigger big { when all >= 20  tag "big\\u{9b}" } }
segment hot { highest 50% by s }
"""


@pytest.fixture
def given(tmp_path, events):
    """A model and events in which all names that can be are full of control characters."""
    model = tmp_path / "m.score"
    model.write_text(MODEL, encoding="utf-8")
    company = events.line("lead", "2026-01-05T10:00:00Z", LEAD, company="acme\x1b[31m\n")
    return model, events.file(company, events.line("view", "2026-01-05T11:00:00Z", LEAD))


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["score"], [SHOWN, r"keen\u{1b}]0;\u{7}"]),
        (["accounts"], [r"acme\u{1b}[31m\n", r"big\u{9b}"]),
        (["segment", "hot"], [SHOWN]),
    ],
)
def test_a_listing_has_a_line_for_each_row_and_writes_control_characters_out(argv, shown, leadscore, given):
    model, history = given
    result = leadscore(argv[0], model, *argv[1:], "--events", history)
    assert result.status == 0, result.err
    lines = result.out.split("\n")
    assert (len(lines), lines[2]) == (3, "")
    assert all(text in lines[1] for text in shown)
    assert all(line.isprintable() for line in [*lines, *result.err.split("\n")])


def explained(leadscore, model, history, *more):
    """`explain` of the lead, whose id has a NUL, which no argument can have; so it is called by another."""
    renamed = history.with_name("renamed.jsonl")
    renamed.write_bytes(history.read_bytes().replace(rb"\u0000", b""))
    return leadscore("explain", model, "--events", renamed, "--lead", LEAD.replace("\0", ""), *more)


def test_a_statement_writes_control_characters_out(leadscore, given):
    result = explained(leadscore, *given)
    assert result.status == 0, result.err
    assert result.out.startswith("lead " + SHOWN.replace(r"\u{0}", "") + " in demo, ")
    assert r"s “Hot\u{1b}[1m\nlabel” = 20" in result.out
    assert all(line.isprintable() for line in result.out.split("\n"))


def test_a_plot_with_control_characters_is_well_formed(leadscore, given, tmp_path):
    target = tmp_path / "a.svg"
    assert explained(leadscore, *given, "--plot", target).status == 0
    whole = "".join(ET.parse(target).getroot().itertext())
    assert SHOWN.replace(r"\u{0}", "") in whole
    assert r"Hot\u{1b}[1m\nlabel" in whole


def test_json_keeps_ids_as_they_are(leadscore, given):
    model, history = given
    (line,) = leadscore("score", model, "--events", history, "--json").out.rstrip("\n").split("\n")
    assert json.loads(line)["lead"] == LEAD


def test_a_message_about_an_unknown_lead_is_one_line_without_control_characters(leadscore, given):
    model, history = given
    result = leadscore("explain", model, "--events", history, "--lead", "x\x1b\ny")
    assert result.status == 1
    assert r"`x\u{1b}\ny`" in result.err
    assert all(line.isprintable() for line in result.err.split("\n"))


@pytest.mark.parametrize("text", ["", "Zoë", "点数", "👩\u200d💻", "می\u200cخواهم", "山田\u3000太郎", r"a\n"])
def test_text_in_any_script_is_left_alone(text):
    assert visible(text) == text
