"""What is declared: a first walk over all items that finds names and their clashes, and looks into nothing else.

Attributes, tallies, scores, lets and sets share one name space. Of two declarations of one name the first counts; the
other is reported and left out, so that nothing else is said about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from compiler.errors import files, naming
from compiler.errors import values as value_errors
from compiler.exact import written
from compiler.kinds import Kind, Typed
from compiler.report import Report
from dsl import syntax
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span

SHARED = {
    "attribute": "an attribute",
    "tally": "a tally",
    "score": "a score",
    "let": "a `let`",
    "set": "a set",
}
_PLURALS = {"attribute": "attributes", "tally": "tallies", "score": "scores", "let": "`let`s", "set": "sets"}


@dataclass(slots=True)
class EventNames:
    node: syntax.Event
    spelling: str
    properties: dict[str, syntax.Field] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)


@dataclass(slots=True)
class Names:
    """All that is declared, by name; dicts keep the order of declaration."""

    model: syntax.Model | None = None
    stages: syntax.Stages | None = None
    account: syntax.Account | None = None
    shared: dict[str, tuple[str, Span]] = field(default_factory=dict)
    attributes: dict[str, syntax.Field] = field(default_factory=dict)
    typed: dict[str, Typed] = field(default_factory=dict)
    events: dict[str, EventNames] = field(default_factory=dict)
    tallies: dict[str, syntax.Tally] = field(default_factory=dict)
    scores: dict[str, syntax.Score] = field(default_factory=dict)
    lets: dict[str, syntax.Let] = field(default_factory=dict)
    sets: dict[str, syntax.SetOf] = field(default_factory=dict)
    triggers: dict[str, syntax.Trigger] = field(default_factory=dict)
    account_scores: dict[str, syntax.AccountScore] = field(default_factory=dict)
    account_triggers: dict[str, syntax.Trigger] = field(default_factory=dict)
    segments: dict[str, syntax.Segment] = field(default_factory=dict)
    outcomes: dict[str, syntax.Outcome] = field(default_factory=dict)
    sources: dict[str, syntax.EventSource] = field(default_factory=dict)
    tests: dict[str, syntax.Test] = field(default_factory=dict)
    assertions: dict[str, syntax.Assertion] = field(default_factory=dict)
    stage_names: dict[str, Span] = field(default_factory=dict)
    account_attribute: str | None = None


class _Collector:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.names = Names()
        self._attribute_spellings: dict[str, Span] = {}
        self._event_spellings: dict[str, Span] = {}

    def take(self, item: syntax.Item, main: bool) -> None:
        names = self.names
        match item:
            case syntax.Model():
                self.model(item, main)
            case syntax.Let():
                self.share("let", item.name, names.lets, item)
            case syntax.SetOf():
                self.share("set", item.name, names.sets, item)
            case syntax.Score():
                self.share("score", item.name, names.scores, item)
            case syntax.Tally():
                self.share("tally", item.name, names.tallies, item)
            case syntax.Lead():
                for each in item.fields:
                    self.attribute(each)
            case syntax.Event():
                self.event(item)
            case syntax.Stages():
                self.stages(item)
            case syntax.Account():
                self.account(item)
            case syntax.Import():
                pass
            case _:
                self.apart(item)

    def apart(self, item: syntax.Item) -> None:
        """What has a space of names for itself."""
        names = self.names
        match item:
            case syntax.Trigger():
                self.own("triggers", item.name, names.triggers, item)
            case syntax.Segment():
                self.own("segments", item.name, names.segments, item)
            case syntax.Outcome():
                self.own("outcomes", item.name, names.outcomes, item)
            case syntax.EventSource():
                self.own("sources", item.name, names.sources, item)
            case syntax.Test():
                self.own("tests", syntax.Name(item.label.value, span=item.label.span), names.tests, item)
            case syntax.Assertion():
                name = syntax.Name(item.label.value, span=item.label.span)
                self.own("assertions", name, names.assertions, item)
            case _:
                pass

    def own(self, what: str, name: syntax.Name, known: dict[str, Any], node: Any) -> bool:
        """Declare a name in a space of its own; False if it is there already."""
        first = known.get(name.text)
        if first is not None:
            self.report.add(naming.same_name(what, name.text, name.span, _name_span(first)))
            return False
        known[name.text] = node
        return True

    def share(self, kind: str, name: syntax.Name, known: dict[str, Any], node: Any) -> bool:
        """Declare a name in the shared space; False if it is there already."""
        first = self.names.shared.get(name.text)
        if first is None:
            self.names.shared[name.text] = (kind, name.span)
            known[name.text] = node
            return True
        other, span = first
        if other == kind:
            self.report.add(naming.same_name(_PLURALS[kind], name.text, name.span, span))
        else:
            self.report.add(naming.name_clash(name.text, SHARED[kind], name.span, SHARED[other], span))
        return False

    def once(self, what: str, node: Any, first: Any) -> bool:
        """Whether `node` is the first of what stands once in all; `first` is what stood before, or None."""
        if first is None:
            return True
        self.report.add(files.stands_twice(what, _head(node), _head(first)))
        return False

    def model(self, item: syntax.Model, main: bool) -> None:
        if not main:
            self.report.add(files.model_in_import(item.name.span))
        elif self.once("model", item, self.names.model):
            self.names.model = item

    def stages(self, item: syntax.Stages) -> None:
        if not self.once("stages", item, self.names.stages):
            return
        self.names.stages = item
        for name in (*item.path, *item.beside):
            first = self.names.stage_names.setdefault(name.text, name.span)
            if first is not name.span:
                self.report.add(naming.same_name("stages", name.text, name.span, first))

    def account(self, item: syntax.Account) -> None:
        if not self.once("account", item, self.names.account):
            return
        self.names.account = item
        for each in item.members:
            if isinstance(each, syntax.AccountScore):
                self.own("scores of the account", each.name, self.names.account_scores, each)
            else:
                self.own("triggers of the account", each.name, self.names.account_triggers, each)

    def event(self, item: syntax.Event) -> None:
        spelling = item.spelling.value if item.spelling else item.name.text
        spelled = item.spelling.span if item.spelling else item.name.span
        if "lead" in (item.name.text, spelling):
            self.report.add(naming.event_lead(item.name.span if item.name.text == "lead" else spelled))
        event = EventNames(item, spelling)
        if not self.own("events", item.name, self.names.events, event):
            return
        first = self._event_spellings.setdefault(spelling, spelled)
        if first is not spelled:
            self.report.add(naming.same_spelling("events", spelling, spelled, first))
        spellings: dict[str, Span] = {}
        for each in item.fields:
            if self.field(each, f"properties of `{item.name.text}`", event.properties, spellings):
                event.typed[each.name.text] = typed_field("prop", each)
                if each.computed:
                    self.report.add(value_errors.computed_property(each.name.text, each.span))
                if each.type.kind == "account":
                    self.report.add(value_errors.account_property(each.name.text, each.type.span))

    def attribute(self, item: syntax.Field) -> None:
        names = self.names
        if not self.share("attribute", item.name, names.attributes, item):
            return
        self.field(item, "attributes", {}, self._attribute_spellings)
        names.typed[item.name.text] = typed_field("attr", item)
        if item.required:
            self.report.add(value_errors.required_attribute(item.name.text, item.span))
        if item.type.kind != "account":
            return
        if names.account_attribute is None:
            names.account_attribute = item.name.text
        else:
            first = names.attributes[names.account_attribute].name.span
            self.report.add(value_errors.two_accounts(item.name.text, item.name.span, first))

    def field(self, item: syntax.Field, what: str, known: dict[str, syntax.Field], spellings: dict[str, Span]) -> bool:
        """Declare a property or attribute and check what holds for both; False if the name is taken."""
        if not self.own(what, item.name, known, item):
            return False
        spelling = item.spelling.value if item.spelling else item.name.text
        span = item.spelling.span if item.spelling else item.name.span
        first = spellings.setdefault(spelling, span)
        if first is not span:
            self.report.add(naming.same_spelling(what, spelling, span, first))
        self.report.extend(_type_mistakes(item.type))
        return True


def _type_mistakes(given: syntax.TypeRef) -> list[Diagnostic]:
    """What is wrong with a type by itself: at most one finding."""
    ends = [end for end in (given.low, given.high) if end is not None]
    if len(ends) == 2 and ends[0] > ends[1]:
        return [value_errors.empty_range(given.span)]
    for end in ends:
        if given.kind == "integer" and end != end.to_integral_value():
            return [value_errors.fraction_for_integer(written(end), given.span)]
    seen: dict[str, Span] = {}
    for option in given.options:
        first = seen.setdefault(option.value, option.span)
        if first is not option.span:
            return [value_errors.same_option(option.value, option.span, first)]
    return []


_KINDS = {"one of": "text", "account": "text", "list of text": "texts", "integer": "number"}


def typed_field(operator: str, item: syntax.Field) -> Typed:
    """The value of a property (`operator` "prop") or attribute ("attr")."""
    given = item.type
    kind = Kind(
        _KINDS.get(given.kind, given.kind),
        fold=given.ignoring_case,
        options=tuple(option.value for option in given.options),
        integral=given.kind == "integer",
    )
    scope = "event" if operator == "prop" else "lead"
    return Typed((operator, item.name.text), kind, optional=not item.required, field=f"{scope}.{item.name.text}")


def _name_span(node: Any) -> Span:
    if isinstance(node, EventNames):
        node = node.node
    return node.label.span if isinstance(node, syntax.Test | syntax.Assertion) else node.name.span


def _head(node: Any) -> Span:
    """The first characters of a declaration, to underline no more than that."""
    span: Span = node.name.span if isinstance(node, syntax.Model) else node.span
    if isinstance(node, syntax.Stages | syntax.Account):
        length = len("stages") if isinstance(node, syntax.Stages) else len("account")
        return Span(span.file, span.start, span.start + length)
    return span


def collect(items: list[tuple[syntax.Item, bool]], report: Report) -> Names:
    """The names that the items declare; each item comes with whether it stands in the main file."""
    collector = _Collector(report)
    for item, main in items:
        collector.take(item, main)
    return collector.names
