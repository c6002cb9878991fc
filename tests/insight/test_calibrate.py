"""Calibration: points that reach the line, that generalise, and a patch that says what it was judged by."""

from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cli.looking_back.spots import Sheet
from compiler.compile import compile_file, compile_text
from dsl.format import format_source
from dsl.source import Source
from insight.calibrate.fit import fit, grouped
from insight.calibrate.tallies import plain_points, share_of, tallied
from tests.insight.trials import MODEL, lives, written

STEP = st.sampled_from([Decimal("0.001"), Decimal("0.5"), Decimal(1), Decimal(5)])


# --- tallies ----------------------------------------------------------------------------------------------------------


def test_twelve_interactions_reach_a_line_of_a_hundred() -> None:
    """5 + 3 + 4: the mistake is 8 points each, which make 96."""
    counted = [{"visitor": 5, "subscriber": 3, "qualified": 4}] * 3
    found = tallied(counted, ["visitor", "subscriber", "qualified"], Decimal(100), Decimal(1))
    assert found is not None
    assert [stage.interactions for stage in found.stages] == [5, 3, 4] and found.total == 12
    assert found.each == 9 and found.each * found.total >= 100
    assert share_of(Decimal(100), 12, Decimal("0.001")) == Decimal("8.334")


@given(st.integers(1, 500), st.integers(1, 60), STEP)
def test_the_share_is_the_least_that_reaches_the_line(line: int, total: int, step: Decimal) -> None:
    each = share_of(Decimal(line), total, step)
    assert each % step == 0
    assert each * total >= line > (each - step) * total


def test_winners_that_did_nothing_give_no_tallies() -> None:
    assert tallied([{}, {"visitor": 0}], ["visitor"], Decimal(100), Decimal(1)) is None


# --- regression -------------------------------------------------------------------------------------------------------


def made(leads: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    counts = dice.integers(0, 4, size=(leads, 3)).astype(float)
    logits = counts @ np.array([1.0, 0.5, 0.0]) - 2
    return counts, dice.random(leads) < 1 / (1 + np.exp(-logits))


def test_the_fit_is_that_of_the_library_where_no_sign_binds() -> None:
    counts, truth = made(400, 1)
    columns = counts / counts.std(axis=0)
    penalty = 0.01
    theirs = LogisticRegression(C=1 / (penalty * len(truth)), tol=1e-10, max_iter=1000).fit(columns, truth)
    ours = fit(grouped(counts, truth)[0], np.ones(3), penalty)
    assert ours.each * counts.std(axis=0) == pytest.approx(np.maximum(theirs.coef_[0], 0), abs=2e-3)


def test_a_rule_keeps_its_sign() -> None:
    counts, truth = made(400, 2)
    against = fit(grouped(counts, truth)[0], np.array([-1.0, 1.0, 1.0]), 0.01)
    assert against.each[0] == 0 and against.each[1] > 0


# --- the file ---------------------------------------------------------------------------------------------------------

RICH = """# Kept as it is.
model m {}
lead { size: integer }
event a { n: number }
event b {}
let five = 5
score s {
  ready at 20
  rule one   { on a  add 4, at most 12 points per 7 days }  # and this
  rule two   { on a  add 0.5 * n, at most 10 points }
  rule three { on b  subtract 3 }
  rule four {
    when size > 10      add 7
    else when size > 5  add 3
  }
  rule let { on b  add five }
  group both {
    at most 30 points
    rule five { on a where n > 5  add 10 }
    rule six  { on b  add -2 }
  }
}
"""


def sheet(text: str, folder: Path) -> Sheet:
    path = folder / "model.score"
    path.write_text(text)
    return Sheet(compile_file(path), str(path), "s")


def test_the_numbers_that_may_change_are_found(tmp_path: Path) -> None:
    found = {site.name: (site.now, site.factor, site.on) for site in sheet(RICH, tmp_path).sites}
    assert found == {
        "one": (4, False, True), "two": (Decimal("0.5"), True, True), "three": (-3, False, True),
        "four": (7, False, False), "four, branch 2": (3, False, False), "five": (10, False, True),
        "six": (-2, False, True),
    }  # fmt: skip


def test_only_numbers_change_and_limits_follow_their_points(tmp_path: Path) -> None:
    given = sheet(RICH, tmp_path)
    sites = {site.name: site for site in given.sites}
    points = {sites["one"]: Decimal(6), sites["three"]: Decimal(-9), sites["two"]: Decimal("0.25"),
              sites["four, branch 2"]: Decimal("2.5"), sites["five"]: Decimal(20)}  # fmt: skip
    (text,) = given.changed(points, {"five": 3.0, "six": 0.0}).values()
    assert "add 6, at most 18 points per 7 days }  # and this" in text
    assert "add 0.25 * n, at most 5 points" in text
    assert "subtract 9" in text and re.search(r"else when size > 5 +add 2.5", text)
    assert "at most 60 points" in text and "let five = 5" in text
    bare = [re.sub(r"\d+(\.\d+)?", "N", each) for each in (RICH, text)]
    assert [" ".join(each.split()) for each in bare[:1]] == [" ".join(each.split()) for each in bare[1:]]
    assert compile_text(text).table is not None


def test_a_file_in_its_layout_stays_so_and_another_one_is_left_alone(tmp_path: Path) -> None:
    given = sheet(RICH, tmp_path)
    assert format_source(Source("m", RICH)).text == RICH
    (site, *_) = given.sites
    (text,) = given.changed({site: Decimal(123)}, {}).values()
    assert format_source(Source("m", text)).text == text
    wild = RICH.replace("rule one   {", "rule   one{").replace("\n", "\r\n")
    (tmp_path / "x").mkdir()
    path = tmp_path / "x" / "model.score"
    path.write_bytes(wild.encode())
    odd = Sheet(compile_file(path), str(path), "s")
    (text,) = odd.changed({odd.sites[0]: Decimal(123)}, {}).values()
    assert text == wild.replace("add 4, at most 12", "add 123, at most 369")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def events() -> bytes:
    return b"\n".join(written(lives(500, 3)))


@pytest.fixture
def folder(tmp_path: Path, events: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.score").write_text(MODEL)
    (tmp_path / "events.jsonl").write_bytes(events)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(command: str, *argv: str) -> tuple[int, str, str]:
    from tests.cli.conftest import call

    found = call(command, "model.score", "--events", "events.jsonl", "--now", "2027-01-01", *argv)
    return found.status, found.out, found.err


def test_a_proposal_is_a_patch_that_does_better_on_other_leads(folder: Path) -> None:
    status, out, err = called("calibrate", "--format", "json", "--patch", "points.patch")
    assert (status, err) == (0, "")
    found = json.loads(out)
    trials = {each["points"]: each for each in found["trials"]}
    assert trials["regression"]["auc"] > trials["today"]["auc"] + 0.05
    points = {each["rule"]: each for each in found["points"]}
    assert points["webinar"]["regression"] > points["click"]["regression"]
    assert all(each["low"] <= each["regression"] <= each["high"] for each in found["points"])
    before = json.loads(called("backtest", "--format", "json")[1])
    subprocess.run(["git", "apply", "points.patch"], check=True, timeout=60)
    text = (folder / "model.score").read_text()
    assert "# a click is a click" in text and text.startswith("# Which trials become customers.")
    assert format_source(Source("m", text)).text == text
    fresh = b"\n".join(written(lives(700, 99)))
    (folder / "events.jsonl").write_bytes(fresh)
    after = json.loads(called("backtest", "--format", "json")[1])
    (folder / "model.score").write_text(MODEL)
    today = json.loads(called("backtest", "--format", "json")[1])
    assert after["auc"]["value"] > today["auc"]["value"] + 0.05
    assert after["auc"]["value"] > trials["regression"]["auc"] - 0.06
    assert before["auc"]["value"] < after["auc"]["value"]


def test_the_same_seed_proposes_the_same_and_write_puts_it_into_the_file(folder: Path) -> None:
    one = called("calibrate", "--patch", "-")
    assert one[0] == 0 and one[1].startswith("--- a/model.score\n+++ b/model.score\n")
    assert called("calibrate", "--write")[0] == 0
    written_text = (folder / "model.score").read_text()
    (folder / "model.score").write_text(MODEL)
    subprocess.run(["patch", "-p1"], input=one[1].encode(), check=True, timeout=60, capture_output=True)
    assert (folder / "model.score").read_text() == written_text != MODEL


def test_the_points_of_tallies_make_the_typical_winner_ready(folder: Path) -> None:
    found = json.loads(called("calibrate", "--method", "tallies", "--anyway", "--write", "--format", "json")[1])
    tallies = found["tallies"]
    assert tallies["each"] * tallies["total"] >= tallies["line"] > (tallies["each"] - 1) * tallies["total"]
    text = (folder / "model.score").read_text()
    assert f"rule click   {{ on click  add {tallies['each']} }}" in text


def test_too_little_data_is_refused_and_says_how_much_is_needed(folder: Path) -> None:
    (folder / "events.jsonl").write_bytes(b"\n".join(written(lives(60, 3))))
    status, out, err = called("calibrate", "--patch", "points.patch")
    assert (status, out) == (1, "")
    assert "4 rules need 40 leads that were won and 40 that were not, and there are" in err
    assert not (folder / "points.patch").exists()


def test_nothing_is_learnt_from_leakage(folder: Path) -> None:
    """A contract is signed half a minute before each order."""
    events = lives(400, 3)
    signed = [(lead, t - 30_000_000, "signed", {}) for lead, t, kind, _ in events if kind == "order"]
    (folder / "events.jsonl").write_bytes(b"\n".join(written([*events, *signed])))
    text = MODEL.replace("event gave_up", "event signed  {}\nevent gave_up")
    text = text.replace("  rule large   {", "  rule signed  { on signed  add 10 }\n  rule large   {")
    (folder / "model.score").write_text(text)
    found = json.loads(called("calibrate", "--format", "json", "--anyway", "--patch", "points.patch")[1])
    assert [each["what"][-1] for each in found["leaks"]] == ["signed"]
    assert "signed" not in {each["rule"] for each in found["points"]}
    assert "signed" not in "".join(
        line for line in (folder / "points.patch").read_text().splitlines() if line[0] in "+-"
    )


def test_noise_is_not_proposed(folder: Path) -> None:
    kinds = {"order": "gave_up", "gave_up": "order"}
    events = lives(500, 5)
    mixed = [
        (
            lead,
            t,
            kinds[kind] if kind in kinds and int(lead[-4:]) % 2 else kind,
            {"amount": 1} if kind in kinds else data,
        )
        for lead, t, kind, data in events
        if kind != "lead"
    ]
    mixed = [(lead, t, kind, data if kind == "order" else {}) for lead, t, kind, data in mixed]
    (folder / "events.jsonl").write_bytes(b"\n".join(written(mixed)))
    status, _, err = called("calibrate", "--patch", "points.patch")
    assert status == 1 and "nothing is proposed" in err
    assert not (folder / "points.patch").exists()


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        (
            ("score interest {", 'score interest for x in ["a"] {'),
            ("--score", "interest[a]"),
            "one of a family of scores",
        ),
        (("", ""), ("--step", "0"), "`0` is no step of points"),
        (("add 10 }", "add 5 + 5 }"), ("--score", "nothing"), "the model has no score `nothing`"),
    ],
)
def test_what_can_not_be_calibrated_is_told(
    folder: Path, change: tuple[str, str], more: tuple[str, ...], said: str
) -> None:
    text = MODEL.replace(*change)
    if "for x in" in text:
        text = text.replace("when interest >= ready", "when interest[a] >= 50")
    (folder / "model.score").write_text(text)
    status, _, err = called("calibrate", *more)
    assert status == 2 and said in err


def test_plain_points_leave_profiles_and_factors_alone(tmp_path: Path) -> None:
    given = sheet(RICH, tmp_path)
    found = tallied([{"": 4}], [], Decimal(20), Decimal(1))
    assert found is not None
    assert {site.name: points for site, points in plain_points(found, given.sites).items()} == {"one": 5, "five": 5}
