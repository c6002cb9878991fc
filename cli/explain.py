"""`leadscore explain`: the statement of one lead, every point of its scores."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from textwrap import TextWrapper
from typing import Any

import click

from cli.findings import counted
from cli.inputs import EventsCommand, Inputs, takes_inputs
from cli.listing import print_table
from cli.model import Places, load_model, read_bytes
from cli.places import read_map
from cli.problem import NO, Problem, did_you_mean
from cli.running import carry_out, print_lines
from cli.visible import visible
from runtime import wording
from runtime.arrivals import Reject
from runtime.explain import Explanation, explain
from runtime.intake import Rejected, envelope
from runtime.lines import band_of
from runtime.run import Outcome, Run
from runtime.statement import Row, Statement, Subtotal
from runtime.times import write_instant
from runtime.trace import trace

_WHAT, _WHY = 44, 62
"""The columns of what happened and why are this wide at most, but for words that are longer."""
_NEAR = 5000
"""Among so many leads at most is one of a similar name looked for."""


@click.command(
    "explain",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore explain model.score --events events.jsonl --lead lead-1
  leadscore explain model.score --db state.db --lead lead-1 --at 2026-03-01 --score readiness
  leadscore explain table.json --map table.map --events events.jsonl --lead lead-1 --json
  leadscore explain model.score --events events.jsonl --lead lead-1 --plot lead-1.svg

Exit status: 1 also if the lead has no accepted event up to T.""",
)
@takes_inputs
@click.option("--lead", required=True, metavar="ID", help="The lead to explain.")
@click.option("--score", "keys", multiple=True, metavar="KEY", help="Explain this score only; may be given again.")
@click.option("--map", "places", type=click.Path(), metavar="F", help="Where a compiled table's rules are declared.")
@click.option("--plot", type=click.Path(), metavar="F", help="Draw the scores over time to this .svg or .png file.")
def command(lead: str, keys: tuple[str, ...], places: str | None, plot: str | None, **given: Any) -> int:
    """Fold the events with MODEL and say where every point of one lead's scores comes from.

    The lead is folded anew by the same engine that scores it. The points of a score's rows add up to the score; a limit
    that cut points, a step of degradation and a trigger have rows of their own. With --db and without --events the
    database is only read."""
    inputs = Inputs(**given)
    inputs.check()
    model = load_model(inputs.model)
    for key in keys:
        if key not in model.table.scores:
            known = list(model.table.scores)
            hint = f"the scores are {', '.join(known)}" if known else None
            raise Problem(f"the model has no score `{key}`{did_you_mean(key, known)}", hint=hint)
    found = read_map(read_bytes(places), model.table, places) if places is not None else model.places
    if plot is not None:
        from cli.plot import check_plot

        check_plot(plot, len(keys) or len(model.table.scores))

    def show(run: Run, outcome: Outcome) -> None:
        explanation = explain(run.plan, lead, run.events_of(lead), outcome.at)
        if explanation is None:
            raise _unknown(run, outcome, lead)
        chosen = [key for key in run.plan.keys if not keys or key in keys]
        if plot is not None:
            from cli.plot import draw

            draw(explanation, chosen, plot)
        if inputs.json:
            print_lines(trace(explanation, chosen, found))
        else:
            write_statement(explanation, chosen, found, rejects_of(run.rejects, lead))

    return carry_out(inputs, model, show, keeps=False)


def _unknown(run: Run, outcome: Outcome, lead: str) -> Problem:
    """Why there is nothing to explain."""
    later = run.events_of(lead)
    if later:
        when = write_instant(later[0][0][0])
        return Problem(
            f"lead `{lead}` has no event up to {write_instant(outcome.at)}",
            hint=f"its first event is at {when}: give --at {when}, or later",
            status=NO,
        )
    rejected = rejects_of(run.rejects, lead)
    if rejected:
        told = f"of lead `{lead}` only rejected events are known: {rejected[0].reason}"
        return Problem(told, hint="--rejects F keeps them with their reasons", status=NO)
    near = [each.id for each in outcome.leads[:_NEAR]]
    return Problem(f"there is no lead `{lead}`{did_you_mean(lead, near)}", status=NO)


def rejects_of(rejects: Iterable[Reject], lead: str) -> list[Reject]:
    """The rejected events that name the lead, as far as they can be read."""
    found = []
    for reject in rejects:
        try:
            if envelope(reject.line)["subject"] == lead:
                found.append(reject)
        except Rejected:
            continue
    return found


# --- the statement as text --------------------------------------------------------------------------------------------


def write_statement(
    explanation: Explanation, keys: Iterable[str], places: Places, rejected: Iterable[Reject] = ()
) -> None:
    """Write the statement of the scores `keys` to standard output."""
    folder, near = _from_folder(places)
    statement = Statement(explanation, near)
    table = explanation.plan.table
    rules = f", rules in {folder}" if folder else ""
    who = visible(f"lead {explanation.lead.id} in {table.model}")
    print(f"{who}, at {write_instant(explanation.at)}; all times are UTC{rules}")
    unmoved = []
    for key in keys:
        rows = statement.rows(key)
        if not rows:
            unmoved.append(key)
            continue
        print("\n" + visible(headline(explanation, key)))
        print_rows(rows, key)
        _print_subtotals(statement.subtotals(key), explanation.totals[key].shown)
    if unmoved:
        print("\nnothing moved: " + ", ".join(f"{visible(key)} {_shown(explanation, key)}" for key in unmoved))
    firings = statement.firings()
    if firings:
        now = explanation.lead.stage
        stage = f", stage {wording.name(now)}" if now is not None else ""
        print(f"\ntriggers{visible(stage)}")
        print_rows(firings, None)
    events, idle = statement.without_effect()
    print(f"\n{counted(events, 'event')}" + (f", {idle:,} of them without effect" if idle else ""))
    for reject in rejected:
        print(visible(f"rejected, not part of the score: {reject.reason}: {_known_as(reject)}"))


def _from_folder(places: Places) -> tuple[str, Places]:
    """The folder in which all the rule files lie, and the places with their files as seen from there."""
    folders = {Path(file).parent for file, _ in places.values()}
    if not folders or len({each.is_absolute() for each in folders}) > 1:
        return "", places
    folder = os.path.commonpath(folders)
    if folder in ("", "."):
        return "", places
    return folder, {what: (os.path.relpath(file, folder), line) for what, (file, line) in places.items()}


def _known_as(reject: Reject) -> str:
    given = envelope(reject.line)
    return f"{given['type']} at {given['time']}, id {given['id']}"


def _shown(explanation: Explanation, key: str) -> str:
    return wording.score(explanation.totals[key].shown)


def headline(explanation: Explanation, key: str) -> str:
    """``readiness “Sales readiness” = 55, warm: profile 10 + activity 45``."""
    score, total = explanation.plan.table.scores[key], explanation.totals[key]
    text = f"{key} “{score.label}”" if score.label is not None else key
    text += f" = {_shown(explanation, key)}"
    if score.bands:
        text += f", {band_of(score.bands, total.shown)}"
    if score.value is not None:
        return text
    text += f": profile {wording.score(total.profile)} + activity {wording.score(total.activity)}"
    if total.beyond:
        text += f" {'+' if total.beyond > 0 else wording.MINUS} {wording.score(abs(total.beyond))} beyond the range"
    return text


def print_rows(rows: Iterable[Row], key: str | None) -> None:
    """A table of rows; `key` names the column of the balance, without it there are no points."""
    placed = any(row.place for row in rows)
    columns = ["time", "what happened", "why"]
    columns += ["where"] * placed + ["points", key or ""] * (key is not None)
    lines = []
    for row in rows:
        what = _wrapped(row.what, _WHAT, "", "  ")
        why = [line for at, text in enumerate(row.why) for line in _indented(text, at > 0)]
        for at, (told, cause) in enumerate(zip_longest(what, why, fillvalue="")):
            cells = [row.time if at == 0 else "", told, cause]
            cells += [row.place if at == 0 else ""] * placed
            if key is not None:
                cells += _amounts(row) if at == 0 else ["", ""]
            lines.append(cells)
    print_table(columns, lines, frozenset(["points", key or ""]))


def _indented(text: str, further: bool) -> list[str]:
    """A line of the reasons, broken where it is long; those after the first stand further in."""
    return _wrapped(text, _WHY, "  " * further, "    ")


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    """Lines broken at blanks only: a word is never cut."""
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(visible(text))


def _amounts(row: Row) -> list[str]:
    if row.points is None or row.balance is None:
        return ["", ""]
    return [wording.change(row.points), wording.score(row.balance)]


def _print_subtotals(subtotals: list[Subtotal], shown: int) -> None:
    if not subtotals:
        return
    print()
    rows = [[each.of, f"{each.entries:,}", wording.change(each.points)] for each in subtotals]
    rows.append(["in all", "", wording.score(shown)])
    print_table(["of which", "times", "points"], rows, frozenset(["times", "points"]))
    sys.stdout.flush()
