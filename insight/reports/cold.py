"""Leads that have gone cold: no score has risen for a while, though one had.

A score rises when an `on` rule or the `add` of a trigger gives points above 0, as `S not increased for D` has it; what
a lead is makes no score rise. A lead that never had such points was never warm, and is counted, not listed.

What used to interest a lead are the rules that gave it most points in all, and, of what its own events name, what it
met most often: pages, videos, downloads. Passive events are what others did to it, and say nothing of its interest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from insight.reports.figures import share
from insight.reports.life import Life
from insight.reports.people import attributes
from insight.reports.tables import Chart, Report, ReportError, Series, Table, columns
from insight.reports.touches import Asset
from runtime.lines import scores_of
from runtime.table import Table as Rules
from runtime.terms import Test

TOLD = 3
"""So many rules, and so many assets, are told of each lead."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """`risen` is the last rise of the scores that are looked at, None if there never was one; `gave` the points of the
    rules that gave most, `met` what the lead met most, by name; `inside` whether it is in the segment that is asked
    for."""

    lead: str
    risen: int | None
    score: int | None
    gave: tuple[tuple[str, int], ...]
    met: tuple[str, ...]
    stage: str
    tags: str
    attributes: tuple[str, ...]
    inside: bool


def scores_asked(rules: Rules, asked: Sequence[str]) -> tuple[str, ...]:
    """The scores that may rise: those asked for, or all that have rules on events. Raises ReportError."""
    known = [key for key, score in rules.scores.items() if score.value is None]
    for key in asked:
        if key not in rules.scores:
            raise ReportError(f"the model has no score `{key}`", f"it has {', '.join(rules.scores) or 'none'}")
        if key not in known:
            raise ReportError(f"the score `{key}` is computed from others: name those", f"they are {', '.join(known)}")
    found = tuple(asked) or tuple(key for key in known if rules.scores[key].on)
    if not found:
        raise ReportError("no score of the model has rules on events, so none ever rises")
    return found


def take(
    lived: Life,
    scores: Sequence[str],
    properties: frozenset[tuple[str, str]],
    names: Sequence[str],
    inside: Test | None = None,
) -> Warmth:
    """What is known of one lead's warmth."""
    plan, lead = lived.plan, lived.lead
    places = [plan.keys.index(key) for key in scores]
    rises = [each for at in places if (each := lead.raised[at]) is not None]
    gave: Counter[str] = Counter()
    met: Counter[Asset] = Counter()
    for look in lived.looks:
        for gift in look.gifts:
            if gift.score in scores and gift.points > 0:
                gave[gift.name] += gift.points
        if look.event is not None and not look.passive:
            met.update((f"{look.event}.{name}", value) for name, value in look.data.items()
                       if type(value) is str and value and (look.event, name) in properties)  # fmt: skip
    most = sorted(met.items(), key=lambda each: (-each[1], each[0]))
    best = sorted(gave.items(), key=lambda each: (-each[1], each[0]))[:TOLD]
    shown = scores_of(plan, lead, lived.until)
    return Warmth(
        lived.id, max(rises, default=None), max(shown[at] for at in places), tuple(best),
        tuple(dict.fromkeys(name for (_, name), _ in most))[:TOLD], lead.stage or "", ", ".join(sorted(lead.tags)),
        attributes(plan, lead, names), inside is None or bool(inside(lead, {}, lived.until)),
    )  # fmt: skip


def report(
    leads: Sequence[Warmth], rules: Rules, scores: Sequence[str], names: Sequence[str], at: int, quiet: int
) -> Report:
    """The report as of `at`, of leads whose scores have not risen for `quiet` microseconds or longer."""
    own = [each for each in leads if each.inside]
    cold = [each for each in own if each.risen is not None and at - each.risen >= quiet]
    cold.sort(key=lambda each: (-sum(points for _, points in each.gave), each.lead))
    title = scores[0] if len(scores) == 1 else "highest score"
    listed = Table(
        "cold",
        "Leads that have gone cold, those that were warmest first",
        columns("lead", *names, f"{title} now:points", "last rise:time", "cold for:span",
                "used to respond to", "used to look at", *(("stage",) if rules.stages.path else ()), "tags"),
        empty="none",
    )  # fmt: skip
    for each in cold:
        assert each.risen is not None
        stage = (each.stage,) if rules.stages.path else ()
        rules_told = ", ".join(name for name, _ in each.gave)
        row = (each.lead, *each.attributes, each.score, each.risen, at - each.risen, rules_told, ", ".join(each.met))
        listed.rows.append((*row, *stage, each.tags))
    tables = [listed, _interests(cold)]
    if rules.stages.path:
        tables.append(_stages(own, cold, rules))
    never = sum(each.risen is None for each in own)
    leads_ = "lead" if never == 1 else "leads"
    remarks = [f"not listed: {never:,} {leads_} whose scores never rose"] if never else []
    counts = _rules(cold).most_common(12)
    series = Series("leads", [float(count) for _, count in counts])
    chart = Chart("What cold leads used to respond to", [name for name, _ in counts], [series], "rows", "leads")
    return Report("cold", f"Cold leads: {', '.join(scores)}", tables, [chart] if counts else [], remarks)


def _rules(cold: Sequence[Warmth]) -> Counter[str]:
    """How many leads each rule gave most to, the most frequent first, then by name."""
    counts = Counter(name for each in cold for name, _ in each.gave)
    return Counter(dict(sorted(counts.items())))


def _interests(cold: Sequence[Warmth]) -> Table:
    """What most of them used to respond to: what a nurture programme could be about."""
    table = Table(
        "interests",
        f"What they used to respond to, of the {TOLD} rules that gave each lead most",
        columns("rule", "leads:count", "of the cold:share"),
        empty="nothing",
    )
    for name, count in _rules(cold).most_common():
        table.rows.append((name, count, share(count, len(cold))))
    return table


def _stages(own: Sequence[Warmth], cold: Sequence[Warmth], rules: Rules) -> Table:
    table = Table("stages", "Cold leads by stage", columns("stage", "cold:count", "leads:count", "of the stage:share"))
    everyone, those = Counter(each.stage for each in own), Counter(each.stage for each in cold)
    for stage in (*rules.stages.path, *rules.stages.beside):
        table.rows.append((stage, those[stage], everyone[stage], share(those[stage], everyone[stage])))
    return table
