"""The walk that finds the sites of `compiler.symbols`: declarations here, what expressions name in `mentions`."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.context import Context
from compiler.mentions import Mentions
from compiler.names import EventNames
from compiler.scope import ACCOUNT, COMPUTED, CONSTANT, TRIGGER, of_claim, of_event, of_rule, of_set
from compiler.symbols import Symbol, Symbols
from dsl import syntax
from dsl.syntax import Span


def symbols_of(ctx: Context) -> Symbols:
    """All symbols of what was loaded, also of sources with mistakes: of what could be read."""
    walk = _Walk(ctx)
    for item, _ in ctx.loaded.items:
        walk.item(item)
    for test in ctx.filled:
        walk.cells(test)
    walk.found.settle()
    return walk.found


def symbols_in(ctx: Context, nodes: Iterable[syntax.Item | syntax.ScoreMember], score: syntax.Score | None) -> Symbols:
    """The symbols of some declarations, or of some members of a score; not settled."""
    walk = _Walk(ctx)
    if score is not None:
        walk.owner = score.name.text
        walk.variable = None if score.family is None else score.family.variable.text
    for node in nodes:
        if score is not None and isinstance(node, syntax.ScoreMember):
            walk.member(node, walk.owner)
        elif isinstance(node, syntax.Item):
            walk.item(node)
    return walk.found


class _Walk(Mentions):
    def item(self, item: syntax.Item) -> None:
        match item:
            case syntax.Model(name=name, settings=settings):
                self.define(name, Symbol("model", name.text), item)
                for setting in settings:
                    self.inside(CONSTANT, setting)
            case syntax.Let(name=name, value=value):
                self.define(name, Symbol("let", name.text), item)
                self.expr(CONSTANT, value)
            case syntax.SetOf(name=name, entries=entries):
                self.define(name, Symbol("set", name.text), item)
                self.maybe(CONSTANT, entries)
            case syntax.Lead(fields=given):
                for each in given:
                    self.field(each, Symbol("attribute", each.name.text), "lead")
            case syntax.Event(name=name, fields=given):
                self.define(name, Symbol("event", name.text), item)
                for each in given:
                    self.field(each, Symbol("property", each.name.text, name.text), name.text)
            case syntax.Score():
                self.score(item)
            case syntax.Tally(name=name, over=over, on=on):
                self.define(name, Symbol("tally", name.text), item)
                self.maybe(CONSTANT, over)
                self.on(on)
            case syntax.Stages(path=path, beside=beside):
                for stage in (*path, *beside):
                    self.define(stage, Symbol("stage", stage.text), item)
            case syntax.Test() | syntax.Assertion():
                self.proof(item)
            case _:
                self.audience(item)

    def audience(self, item: syntax.Item) -> None:
        """What looks at leads that are scored."""
        match item:
            case syntax.Trigger():
                self.trigger(item, account=False)
            case syntax.Account(members=members):
                for member in members:
                    if isinstance(member, syntax.Trigger):
                        self.trigger(member, account=True)
                    else:
                        self.account_score(member)
            case syntax.Segment(name=name, amount=amount, by=by, where=where):
                self.define(name, Symbol("segment", name.text), item)
                self.maybe(CONSTANT, amount)
                self.score_ref(by)
                self.maybe(TRIGGER, where)
            case syntax.Outcome(name=name, endings=endings):
                self.define(name, Symbol("outcome", name.text), item)
                for ending in endings:
                    self.maybe(of_event(self.on(ending.on)), ending.worth)
            case syntax.EventSource():
                self.source(item)
            case _:
                pass

    def source(self, node: syntax.EventSource) -> None:
        self.define(node.name, Symbol("source", node.name.text), node)
        if node.span.file in self.library:
            return  # it means what is called so in JSON, and is not to be renamed with what a model declares
        if node.like is not None:
            self.named("source", node.like)
        for given in (each for pick in node.members if isinstance(pick, syntax.Pick) for each in pick.gives):
            kind, owner = "attribute", ""
            if isinstance(given, syntax.Given):
                kind = "property"
                if isinstance(given.event, syntax.Name):
                    self.named("event", given.event)
                    owner = given.event.text
            for entry in given.entries:
                self.named(kind, entry.name, owner)

    def proof(self, item: syntax.Test | syntax.Assertion) -> None:
        match item:
            case syntax.Test(label=label, steps=steps):
                self.define(label, Symbol("test", label.value), item)
                for step in steps:
                    self.step(step)
            case syntax.Assertion(label=label, claims=claims):
                self.define(label, Symbol("assertion", label.value), item)
                for claim in claims:
                    self.claim(claim)

    def cells(self, test: syntax.Test) -> None:
        """What the cells of a table name, in a test with literals in their place."""
        sites = self.found.sites
        before = len(sites)
        for step in test.steps:
            self.step(step)
        sites[before:] = [site for site in sites[before:] if site.span.file != test.span.file]

    def field(self, node: syntax.Field, symbol: Symbol, owner: str) -> None:
        self.define(node.name, symbol, node)
        for option in node.type.options:
            self.define(option, Symbol("option", option.value, f"{owner}.{node.name.text}"), node)

    # --- scores -----------------------------------------------------------------------------------------------------

    def score(self, node: syntax.Score) -> None:
        name = node.name.text
        self.define(node.name, Symbol("score", name), node)
        self.owner = name
        if node.family is not None:
            self.family(node.family, name)
        if node.label is not None:
            self.text(node.label)
        if node.value is not None:
            self.expr(COMPUTED, node.value)
        for member in node.members:
            self.member(member, name)
        self.owner, self.variable = "", None

    def family(self, node: syntax.Family, score: str) -> None:
        self.variable = node.variable.text
        self.define(node.variable, Symbol("variable", node.variable.text, score), node)
        self.expr(CONSTANT, node.values)
        values: syntax.Expr | None = node.values
        if isinstance(values, syntax.Ref) and values.name in self.names.sets:
            values = self.names.sets[values.name].entries
        if isinstance(values, syntax.ListOf):
            for item in values.items:
                if isinstance(item, syntax.Text):
                    self.define(item, Symbol("member", item.value, score), item)

    def member(self, node: syntax.ScoreMember, score: str) -> None:
        match node:
            case syntax.Rule():
                self.rule(node)
            case syntax.Group(name=name, limits=limits, rules=rules):
                self.define(name, Symbol("group", name.text, score), node)
                if node.label is not None:
                    self.text(node.label)
                events = [rule.on.event.text for rule in rules if rule.on is not None]
                self.limits(limits, events)
                for rule in rules:
                    self.rule(rule)
            case syntax.Bands(bands=bands):
                for band in bands:
                    self.define(band.name, Symbol("band", band.name.text, score), band)
                    self.maybe(CONSTANT, band.below)
            case syntax.ReadyAt(points=points):
                start = node.span.start
                word = Span(node.span.file, start, start + len("ready"))
                self.define(syntax.Name("ready", span=word), Symbol("ready", "ready", score), node)
                self.expr(CONSTANT, points)
            case _:
                self.inside(CONSTANT, node)

    def rule(self, node: syntax.Rule) -> None:
        self.define(node.name, Symbol("rule", node.name.text, self.owner), node)
        if node.label is not None:
            self.text(node.label)
        points = of_rule(self.variable)
        if node.on is not None:
            self.on(node.on)
            points = of_event(self.names.events.get(node.on.event.text), self.variable)
        for branch in node.branches:
            self.maybe(of_rule(self.variable), branch.when)
            self.expr(points, branch.points)
        self.limits(node.limits, [] if node.on is None else [node.on.event.text])

    def on(self, node: syntax.On) -> EventNames | None:
        self.named("event", node.event)
        event = self.names.events.get(node.event.text)
        self.maybe(of_event(event, self.variable), node.where)
        if node.repeated is not None:
            self.inside(CONSTANT, node.repeated)
        return event

    def limits(self, limits: Iterable[syntax.Limit], events: list[str]) -> None:
        for limit in limits:
            if not isinstance(limit, syntax.PointsLimit) and limit.each is not None:
                for event in dict.fromkeys(events):
                    self.named("property", limit.each, event)
            self.inside(CONSTANT, limit)

    # --- triggers, accounts -----------------------------------------------------------------------------------------

    def trigger(self, node: syntax.Trigger, account: bool) -> None:
        self.define(node.name, Symbol("account trigger" if account else "trigger", node.name.text), node)
        event = None if node.on is None else self.on(node.on)
        self.maybe(ACCOUNT if account else TRIGGER, node.when)
        self.limits(node.limits, [])
        for action in node.actions:
            self.action(action, event)

    def action(self, node: syntax.Action, event: EventNames | None) -> None:
        match node:
            case syntax.MoveTo(stage=stage):
                self.named("stage", stage)
            case syntax.Emit(name=name):
                self.define(name, Symbol("emitted", name.value), node)
            case syntax.SetTag(tag=tag, remove=remove):
                symbol = Symbol("tag", tag.value)
                if remove:
                    self.put(tag.span, symbol, quoted=True)
                else:
                    self.define(tag, symbol, node)
            case syntax.SetField(field=field, value=value):
                self.named("attribute", field)
                self.expr(of_set(event), value)
                self.option(self.names.attributes.get(field.text), f"lead.{field.text}", value)
            case syntax.AddTo(points=points, score=score) | syntax.Reset(points=points, score=score):
                self.expr(CONSTANT, points)
                self.score_ref(score)

    def account_score(self, node: syntax.AccountScore) -> None:
        self.define(node.name, Symbol("account score", node.name.text), node)
        self.maybe(CONSTANT, node.top)
        self.score_ref(node.score)
        self.maybe(TRIGGER, node.where)

    # --- tests and assertions ---------------------------------------------------------------------------------------

    def step(self, node: syntax.Step) -> None:
        match node:
            case syntax.GiveLead(values=values):
                for each in values:
                    self.named("attribute", each.name)
                    self.expr(CONSTANT, each.value)
                    self.option(self.names.attributes.get(each.name.text), f"lead.{each.name.text}", each.value)
            case syntax.GiveEvent(event=event, values=values):
                self.named("event", event)
                known = self.names.events.get(event.text)
                for each in values:
                    self.named("property", each.name, event.text)
                    self.expr(CONSTANT, each.value)
                    field = known.properties.get(each.name.text) if known else None
                    self.option(field, f"{event.text}.{each.name.text}", each.value)
            case syntax.Expect(condition=condition):
                self.expr(TRIGGER, condition)
            case syntax.ExpectFired(trigger=trigger, times=times):
                self.named("trigger", trigger)
                if times is not None:
                    self.expr(CONSTANT, times)
            case syntax.ExpectEmitted(name=name):
                self.put(name.span, Symbol("emitted", name.value), quoted=True)
            case _:
                self.inside(CONSTANT, node)

    def claim(self, node: syntax.Claim) -> None:
        match node:
            case syntax.NeverFired(trigger=trigger, without=without):
                self.named("trigger", trigger)
                if trigger.text not in self.names.triggers:
                    self.named("account trigger", trigger)
                if without is not None:
                    self.on(without)
            case syntax.Within(duration=duration, condition=condition):
                self.expr(CONSTANT, duration)
                self.expr(TRIGGER, condition)
            case syntax.Reachable(condition=condition, within=within):
                self.expr(of_claim(self.names, condition) if within is None else TRIGGER, condition)
                self.maybe(CONSTANT, within)
            case syntax.Always(condition=condition) | syntax.Never(condition=condition):
                self.expr(of_claim(self.names, condition), condition)
