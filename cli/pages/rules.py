"""The scores of a model: their rules in the order written, their bands, and what time does to them."""

from __future__ import annotations

from collections.abc import Iterator

from cli.pages import page, sentences
from cli.pages.chart import shade
from cli.pages.silence import silence
from cli.pages.source import anchor, notes, place, written
from cli.pages.words import Words
from compiler.compile import Compilation
from compiler.program import Scored
from dsl import syntax
from runtime import wording
from runtime.table import Band, OnRule, Score, WhenRule

_SCALE = 1000
_LEAST = 90
"""A band has at least this much of the scale, so that its name can be read."""


def scores(compilation: Compilation, words: Words) -> Iterator[page.Score]:
    """The scores in the order written."""
    assert compilation.context is not None
    for scored in words.program.scores:
        yield _Writer(compilation, words, scored, compilation.context.names.scores[scored.name]).score()


class _Writer:
    def __init__(self, compilation: Compilation, words: Words, scored: Scored, node: syntax.Score) -> None:
        self.compilation = compilation
        self.words = words
        self.scored = scored
        self.node = node
        self.known: dict[str, OnRule | WhenRule] = {rule.name: rule for rule in scored.body.on}
        self.known |= {rule.name: rule for rule in scored.body.when}

    def score(self) -> page.Score:
        body, name = self.scored.body, self.scored.name
        family = self.scored.family
        target = anchor("score", name)
        given = [member for member in self.node.members if isinstance(member, syntax.Note)]
        key = name if family is None else f"{name}[{family.values[0]}]" if family.values else None
        assert self.compilation.table is not None
        return page.Score(
            anchor=target,
            name=name,
            label=body.label,
            place=place(self.compilation, self.node.name),
            reach=sentences.reach(body) if body.value is None else "",
            ready=None if body.ready is None else wording.score(body.ready),
            bands=tuple(_bands(body)),
            variable=None if family is None else family.variable,
            each=() if family is None else family.values,
            value=None if body.value is None else self.words.value(body.value),
            blocks=tuple(self.blocks()),
            ageing=sentences.ageing(body),
            silence=None if key is None else silence(self.compilation.table, key),
            notes=notes(self.compilation, given, body.label or name, target),
        )

    def blocks(self) -> Iterator[page.Block]:
        """The groups, and the rules between them, in the order written."""
        loose: list[page.Rule] = []
        for member in self.node.members:
            if isinstance(member, syntax.Rule):
                loose.append(self.rule(member))
            elif isinstance(member, syntax.Group):
                if loose:
                    yield page.Block("", None, None, (), tuple(loose))
                    loose = []
                yield self.group(member)
        if loose:
            yield page.Block("", None, None, (), tuple(loose))

    def group(self, node: syntax.Group) -> page.Block:
        name = node.name.text
        group = self.scored.body.groups[name]
        target = anchor("group", self.scored.name, name)
        held = sentences.limits(group.limits)
        if group.most is not None:
            held = (f"at most {wording.score(group.most)} points", *held)
        rules = tuple(self.rule(rule) for rule in node.rules)
        return page.Block(
            target, name, group.label, held, rules, notes(self.compilation, node.notes, group.label or name, target)
        )  # fmt: skip

    def rule(self, node: syntax.Rule) -> page.Rule:
        name = node.name.text
        rule = self.known[name]
        target = anchor("rule", self.scored.name, name)
        held: tuple[str, ...] = ()
        if isinstance(rule, OnRule):
            when = sentences.occasion(rule.match, rule.when, self.words)
            gives = sentences.points(rule.points, rule.value, self.words.of(rule.match.on))
            branches: tuple[page.Branch, ...] = (page.Branch(when, gives),)
            held = sentences.limits(rule.limits, rule.best, rule.repeated)
        else:
            branches = tuple(self.branches(rule))
        return page.Rule(
            anchor=target,
            name=name,
            label=rule.label,
            branches=branches,
            limits=held,
            place=place(self.compilation, node.name),
            source=written(self.compilation, node),
            notes=notes(self.compilation, node.notes, rule.label or name, target),
        )

    def branches(self, rule: WhenRule) -> Iterator[page.Branch]:
        for at, branch in enumerate(rule.branches):
            when = f"{'otherwise ' if at else ''}as long as {self.words.clause(branch.when)}"
            yield page.Branch(when, sentences.points(branch.points, branch.value, self.words))


def _bands(score: Score) -> Iterator[page.Band]:
    """The bands with their shares of a scale on which each can be read."""
    edges = [band.below for band in score.bands if band.below is not None]
    if not score.bands:
        return
    spread = (edges[-1] - edges[0]) if len(edges) > 1 else abs(edges[0] if edges else 1)
    low = score.low if score.low is not None else (edges[0] if edges else 0) - spread
    high = score.high if score.high is not None else (edges[-1] if edges else 0) + max(spread // 2, 1)
    low, high = min([low, *edges]), max([high, *edges])
    size = max(high - low, 1)
    before: int | None = None
    for at, band in enumerate(score.bands):
        start, end = low if before is None else before, high if band.below is None else band.below
        share = max((end - start) * _SCALE // size, _LEAST)
        yield _band(band, before, share, shade(at, len(score.bands)))
        before = band.below


def _band(band: Band, low: int | None, share: int, shaded: int) -> page.Band:
    return page.Band(
        band.name,
        None if low is None else wording.score(low),
        None if band.below is None else wording.score(band.below),
        share,
        shaded,
    )
