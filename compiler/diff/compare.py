"""Compares two models, declaration by declaration.

The new model is first brought into the language of the old one, step by step, and each step leaves its meaning as it
is: names that only stand for something become those of the old file (`renames`), rules return to their old places where
their order says nothing, and what is proved to say the same in other words (`same`) is taken over as the old file has
it. All of this is text. What then still differs is a change of meaning, and what that does to the leads is told by
those who know, which are the releases (`Classify`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from compiler.diff.changes import NOW, READ, REFOLD, TEXT, Change, Classify, Comparison, Declared, Side
from compiler.diff.describe import Describing
from compiler.diff.opened import table_of
from compiler.diff.renames import Rename, by_spelling, of_rules, told
from compiler.diff.same import Sameness
from compiler.program import Program, Scored
from runtime.table import OnRule, Score, WhenRule

_CLASSES = {"anew": REFOLD, "now": NOW, "read": READ}
_PROVED = "it is proved to mean the same"
_ORDER = "the order says nothing here"


def compare(old: Side, new: Side, classify: Classify, seconds: float = 5.0) -> Comparison:
    """What the new model changes; so many seconds are given to proofs that two spellings mean the same."""
    return _Comparing(old, new, classify, seconds).run()


class _Comparing:
    def __init__(self, old: Side, new: Side, classify: Classify, seconds: float) -> None:
        self.old, self.new, self.classify, self.seconds = old, new, classify, seconds
        self.describing = Describing(old, new)
        self.changes: list[Change] = []

    def run(self) -> Comparison:
        before = table_of(self.old.program)
        program, renames = by_spelling(self.old.program, self.new.program)
        raw = self.classify(before, table_of(program))
        program, visible = told(self.old.program, program)
        same = Sameness(program, self.seconds)
        program, ruled = of_rules(self.old.program, program, same)
        found = [*renames, *visible, *ruled]
        self.describing.names = {each.was: each.now for each in found}
        for each in found:
            if not each.more:
                self._rename(each, raw)
        program = self._reordered(program)
        program = self._proved(program, same)
        before = table_of(self._lived(program))
        for difference in self.classify(before, table_of(program)):
            kind = _CLASSES[difference.effect]
            self.changes.append(self._change(difference.declared, difference.change, kind, difference.why))
        self.changes += self._beside(program)
        return Comparison(self.changes, program, self.describing.names)

    def _change(self, declared: Declared, how: str, kind: str, why: str) -> Change:
        return self.describing.change(declared, how, kind, why)

    def _rename(self, rename: Rename, raw: list[Any]) -> None:
        was = rename.was
        kind, why = TEXT, "nothing but the file knows the name"
        if rename.told:
            names = {was[1], rename.now}
            kinds = [_CLASSES[each.effect] for each in raw if names & {*each.declared[1:]}]
            order = (READ, NOW, REFOLD)
            kind = max(kinds, key=order.index, default=READ)
            why = "the name is in what is told of leads"
        self.changes.append(self.describing.renamed(was, kind, why))

    # --- order --------------------------------------------------------------------------------------------------------

    def _reordered(self, program: Program) -> Program:
        """The program with rules in their old order, where that makes no difference: outside of groups, all that match
        an event are added up before anything is cut."""
        before = {each.name: each.body for each in self.old.program.scores}
        scores: list[Scored] = []
        for each in program.scores:
            body = each.body
            if each.name in before:
                body = self._in_order(each.name, before[each.name], body)
            scores.append(replace(each, body=body))
        return replace(program, scores=tuple(scores))

    def _in_order(self, key: str, old: Score, new: Score) -> Score:
        places = {rule.name: at for at, rule in enumerate(old.on)}
        kept = [rule for rule in new.on if rule.name in places]
        ordered = sorted(kept, key=lambda rule: places[rule.name])
        if kept == ordered or _grouped(kept) != _grouped(ordered):
            return new
        self.changes.append(self._change(("order of rules", key), "moved", TEXT, _ORDER))
        waiting = iter(ordered)
        return replace(new, on=tuple(next(waiting) if rule.name in places else rule for rule in new.on))

    # --- other words --------------------------------------------------------------------------------------------------

    def _proved(self, program: Program, same: Sameness) -> Program:
        """The program with what means the same as before in the words that it had before."""
        old = self.old.program
        before = {each.name: each.body for each in old.scores}
        scores = []
        for each in program.scores:
            body = each.body
            if each.name in before:
                body = self._rules(each.name, before[each.name], body, same)
            scores.append(replace(each, body=body))
        tallies = {
            name: self._kept(("tally", name), old.tallies.get(name), tally, same.tallies)
            for name, tally in program.tallies.items()
        }
        triggers = {each.name: each for each in old.triggers}
        segments = {
            name: self._kept(("segment", name), old.segments.get(name), segment, same.segments)
            for name, segment in program.segments.items()
        }
        program = replace(
            program,
            scores=tuple(scores),
            tallies=tallies,
            segments=segments,
            triggers=tuple(
                self._kept(("trigger", each.name), triggers.get(each.name), each, same.triggers)
                for each in program.triggers
            ),
        )
        return self._account(program, same)

    def _account(self, program: Program, same: Sameness) -> Program:
        old, account = self.old.program.account, program.account
        if old is None or account is None:
            return program
        before = {each.name: each for each in old.triggers}
        scores = {
            name: self._kept(("account score", name), old.scores.get(name), each, same.account_scores)
            for name, each in account.scores.items()
        }
        triggers = tuple(
            self._kept(("account trigger", each.name), before.get(each.name), each, same.triggers)
            for each in account.triggers
        )
        return replace(program, account=replace(account, scores=scores, triggers=triggers))

    def _rules(self, key: str, old: Score, new: Score, same: Sameness) -> Score:
        on, when = {rule.name: rule for rule in old.on}, {rule.name: rule for rule in old.when}
        rules = [rule for rule in new.on if rule.name in on or not self._idle(key, rule, "added", same)]
        profile = [rule for rule in new.when if rule.name in when or not self._idle(key, rule, "added", same)]
        value = new.value
        if value is not None and old.value is not None and value != old.value and same.values(value, old.value, None):
            self.changes.append(self._change(("score", key), "rewritten", TEXT, _PROVED))
            value = old.value
        return replace(
            new,
            value=value,
            on=tuple(self._kept(("rule", rule.name, key), on.get(rule.name), rule, same.on_rules) for rule in rules),
            when=tuple(
                self._kept(("rule", rule.name, key), when.get(rule.name), rule, same.when_rules) for rule in profile
            ),
        )

    def _idle(self, key: str, rule: OnRule | WhenRule, how: str, same: Sameness) -> bool:
        """Whether a rule that only one side has can be left aside, as it never gives anything."""
        if not same.idle(rule):
            return False
        self.changes.append(self._change(("rule", rule.name, key), how, TEXT, "it never gives anything"))
        return True

    def _lived(self, program: Program) -> Program:
        """The old program without rules that are gone and never gave anything."""
        after = {
            each.name: {rule.name for rule in each.body.on} | {rule.name for rule in each.body.when}
            for each in program.scores
        }
        same = Sameness(self.old.program, self.seconds)
        scores = []
        for each in self.old.program.scores:
            body, names = each.body, after.get(each.name)
            if names is not None:
                left: list[OnRule | WhenRule] = [rule for rule in body.on if rule.name not in names]
                left += [rule for rule in body.when if rule.name not in names]
                gone = {rule.name for rule in left if self._idle(each.name, rule, "gone", same)}
                on = tuple(rule for rule in body.on if rule.name not in gone)
                body = replace(body, on=on, when=tuple(rule for rule in body.when if rule.name not in gone))
            scores.append(replace(each, body=body))
        return replace(self.old.program, scores=tuple(scores))

    def _kept(self, declared: Declared, old: Any, new: Any, same: Any) -> Any:
        """The old form of what is proved to mean the same, else the new one."""
        if old is None or replace(old, label=None) == replace(new, label=None) or not same(old, new):
            return new
        self.changes.append(self._change(declared, "rewritten", TEXT, _PROVED))
        return old

    # --- what no state knows ------------------------------------------------------------------------------------------

    def _beside(self, program: Program) -> Iterator[Change]:
        """Differences in what no state and no kept event knows."""
        old = self.old.program
        before, after = ({each.name: each.body for each in given.scores} for given in (old, program))
        for key in before.keys() & after.keys():
            if before[key].ready != after[key].ready:
                yield self._change(("ready", key), "changed", READ, "it is asked when a lead is read")
            if before[key].bands != after[key].bands:
                yield self._change(("bands", key), "changed", READ, "they are asked when a lead is read")
        if old.lateness != program.lateness:
            yield self._change(("lateness",), "changed", NOW, "it is asked when an event comes in")
        for kind, why, effect in (
            ("sources", "it is asked when a payload comes in", NOW),
            ("outcomes", "it is asked by those who look back", READ),
        ):
            one, two = (_unlabelled(getattr(given, kind, {})) for given in (old, program))
            for name in sorted(one.keys() | two.keys()):
                if one.get(name) != two.get(name):
                    how = "added" if name not in one else "gone" if name not in two else "changed"
                    yield self._change((kind[:-1], name), how, effect, why)
        yield from self.describing.labels(program)


def _grouped(rules: list[OnRule]) -> dict[str, list[str]]:
    """The order of rules within each group."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule.group is not None:
            found.setdefault(rule.group, []).append(rule.name)
    return found


def _unlabelled(given: Any) -> dict[str, Any]:
    return {name: replace(each, label=None) for name, each in given.items()}
