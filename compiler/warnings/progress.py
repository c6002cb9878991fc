"""A rule without a limit that looks at progress: who watches a video reports 25%, 50% and 75%, and is paid each time.

A percent of an event is taken for progress, a count by its name ("pages in visit"). Equality with one value is met by
one report and is let pass; so is a limit of any sort, also of the group, and `repeated`, which uses matches up.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from compiler.errors import paying
from compiler.exact import Exact, combine, written
from compiler.names import EventNames
from compiler.terms import parts
from compiler.warnings.facts import Checked, OnFact, points_of
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span
from runtime.table import Term

_RUNNING = frozenset(
    {"progress", "watched", "viewed", "listened", "played", "scroll", "scrolled", "completed", "cumulative"}
)
_NO_PROGRESS = frozenset(
    {"discount", "probability", "rate", "confidence", "margin", "tax", "vat", "fee", "commission", "share", "score",
     "fit", "match", "similarity"}
)  # fmt: skip
_PAGES = frozenset({"pages", "views"})
"""Counts that go on at each page, but not at each download."""
_VIEWED = frozenset({"view", "visit", "session"})
_WITHIN = ("visit", "session", "call", "video", "chat")


def paid_again(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each rule that a growing number can make pay again."""
    growing = {
        name: {each for each, node in event.properties.items() if _is_progress(name, node)}
        for name, event in model.ctx.names.events.items()
    }
    for score in model.scores:
        for fact in score.on:
            names = growing[fact.rule.match.on]
            if names and fact.rule.repeated is None and not any(fact.limits()):
                yield from _finding(model, fact, names)


def _finding(model: Checked, fact: OnFact, growing: set[str]) -> Iterator[Diagnostic]:
    paid = [name for name in growing if fact.rule.value is not None and _names(fact.rule.value, name)]
    for name in sorted({*paid, *(name for name in growing if _is_tested(fact, name))})[:1]:
        better = _limit(fact, name, bool(paid))
        end = fact.branch.points.span.end
        fix = Fix(f"add `{better}`", (Edit(Span(fact.node.span.file, end, end), f", {better}"),))
        source = model.ctx.loaded.files[fact.node.span.file]
        points = fact.rule.points
        gain = f"`{source.read(fact.branch.points.span)}`" if points is None else points_of(abs(points))
        span = fact.branch.points.span
        declared = fact.event.properties[name].name.span
        yield paying.paid_at_every_report(name, _reports(fact, name), gain, span, declared, better, (fix,))


def _reports(fact: OnFact, name: str) -> tuple[str, str]:
    """Two values that are reported one after the other, and both meet the condition."""
    whole = fact.event.properties[name].type.kind == "percent"
    found = (_line(term, name, whole) for term in _comparisons(fact.rule.match.where))
    lines = [line for line in found if line is not None]
    if whole:
        first = written(combine("*", max(lines, default=Decimal("0.5")), 100))
        return f"{first if first != '0' else '10'}%", "100%"
    first_count = max(lines, default=4) + 1
    return written(first_count), written(first_count + 1)


def _is_tested(fact: OnFact, name: str) -> bool:
    whole = fact.event.properties[name].type.kind == "percent"
    return any(_line(term, name, whole) is not None for term in _comparisons(fact.rule.match.where))


def _is_progress(event: str, node: syntax.Field) -> bool:
    words = set(node.name.text.casefold().split("_"))
    if node.type.kind == "percent":
        return not words & _NO_PROGRESS
    if node.type.kind not in ("integer", "number"):
        return False
    if words & _PAGES and set(event.casefold().split("_")) & _VIEWED:
        return True
    within = any(node.name.text.casefold().endswith(f"_in_{each}") for each in _WITHIN)
    return within or bool(words & _RUNNING)


def _names(term: Term, name: str) -> bool:
    return any(part == ("prop", name) for part in parts(term))


def _comparisons(where: Term | None) -> list[Term]:
    """The conditions in a condition that have no others in them."""
    found: list[Term] = []
    waiting = [] if where is None else [where]
    while waiting:
        term = waiting.pop()
        if term[0] in ("and", "or", "not"):
            waiting.extend(term[1:])
        else:
            found.append(term)
    return found


def _line(term: Term, name: str, whole: bool) -> Exact | None:
    """The line of ``watched >= 80%``, which every later report meets too; the end, 100%, is reported once (`whole`)."""
    match term:
        case (">" | ">=", ("prop", known), ("lit", line)) | ("<" | "<=", ("lit", line), ("prop", known)):
            return line if known == name and (not whole or line < 1) else None
        case _:
            return None


def _limit(fact: OnFact, name: str, paid: bool) -> str:
    """The limit that was probably meant: by what the progress is of, if the event says so."""
    of = _thing(fact.event, fact.rule.match.where, name)
    if paid and not fact.branch.subtract:
        return "best" if of is None else f"best for each {of}"
    return "once per 1 day" if of is None else f"once for each {of}"


def _thing(event: EventNames, where: Term | None, name: str) -> str | None:
    """The property that says what is progressing: the one after ``_in_``, one that is asked for, or the only text."""
    texts = [each for each, node in event.properties.items() if node.required and node.type.kind in ("text", "one of")]
    within = name.casefold().rpartition("_in_")[2]
    if within in texts:
        return within
    asked = [each for each in texts if where is not None and _names(where, each)]
    if event.properties[name].type.kind == "percent":
        return asked[0] if len(asked) == 1 else texts[0] if len(texts) == 1 else None
    return None
