"""Puts differences between two models into words, with the places where their files say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.diff import lists, phrases
from compiler.diff.changes import TEXT, Change, Declared, Part, Place, Side
from compiler.diff.words import Wording, Words
from compiler.exact import amount
from compiler.program import Program
from compiler.spell import literal
from runtime.table import AccountScore, OnRule, Score, Segment, Tally, Term, Trigger, WhenRule


class Describing:
    """`names` are those that the new file has for what the old one calls otherwise."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.names: Mapping[Declared, str] = {}
        self.wordings = Wording(old.program), Wording(new.program)

    def change(self, declared: Declared, how: str, kind: str, why: str) -> Change:
        """A change of a declaration, which goes by its old name if it has one."""
        now = self._now(declared)
        old = None if how == "added" else self._words(0, declared)
        new = None if how == "gone" else self._words(1, now)
        parts = self._parts(declared, now, old, new)
        places = self._place(self.old, declared), self._place(self.new, now)
        was = declared[1] if now[1:2] != declared[1:2] else None
        return Change(now, how, kind, why, tuple(parts), was, *places)

    def renamed(self, was: Declared, kind: str, why: str) -> Change:
        """A change of nothing but a name."""
        declared = self._now(was)
        places = self._place(self.old, was), self._place(self.new, declared)
        return Change(declared, "renamed", kind, why, (), was[1], *places)

    def labels(self, program: Program) -> Iterator[Change]:
        """Texts for people that are others; names are those of the old model."""
        before, after = (_labels(each) for each in (self.old.program, program))
        for declared in [each for each in before if each in after]:
            if before[declared] != after[declared]:
                now = self._now(declared)
                one, two = (None if each is None else literal(each) for each in (before[declared], after[declared]))
                parts = (Part("label", one, two),)
                places = self._place(self.old, declared), self._place(self.new, now)
                yield Change(now, "relabelled", TEXT, "labels are for people", parts, None, *places)

    def _now(self, declared: Declared) -> Declared:
        """What the new file calls it."""
        name = self.names.get(declared)
        found = declared if name is None else (declared[0], name, *declared[2:])
        if len(found) == 3:
            over = "event" if found[0] == "property" else "score"
            found = (*found[:2], self.names.get((over, found[2]), found[2]))
        return found

    @staticmethod
    def _place(side: Side, declared: Declared) -> Place | None:
        return side.places.get(declared)

    # --- parts --------------------------------------------------------------------------------------------------------

    def _parts(self, declared: Declared, now: Declared, old: Words | None, new: Words | None) -> Iterator[Part]:
        if old is None or new is None:
            for name, text in (old or new or {}).items():
                yield Part(name, text if new is None else None, text if old is None else None)
            return
        one, two = self._terms(0, declared), self._terms(1, now)
        for name, before, after in lists.parts_changed(old, new):
            came, went = lists.listed(one.get(name), two.get(name)) or ([], [])
            yield Part(name, before, after, tuple(map(literal, came)), tuple(map(literal, went)))
        for name in one.keys() & two.keys():
            if old.get(name) == new.get(name) and one[name] != two[name]:
                came, went = lists.listed(one[name], two[name]) or ([], [])
                if not came and not went:
                    continue
                yield Part(name, old.get(name), new.get(name), tuple(map(literal, came)), tuple(map(literal, went)))

    def _terms(self, side: int, declared: Declared) -> dict[str, Term]:
        """The conditions of a declaration by part."""
        given = self._found(side, declared)
        found: dict[str, Term | None] = {}
        match given:
            case OnRule() | Trigger():
                found = {"where": given.match.where if given.match is not None else None, "when": given.when}
            case WhenRule(branches=(branch,)):
                found = {"when": branch.when}
            case WhenRule(branches=branches):
                found = {f"branch {at}": branch.when for at, branch in enumerate(branches, 1)}
            case Tally():
                found = {"where": given.match.where}
            case Segment() | AccountScore():
                found = {"where": given.where}
        return {name: term for name, term in found.items() if term is not None}

    def _found(self, side: int, declared: Declared) -> Any:
        """A declaration of one of the two programs; None if it is not one that has a form of its own."""
        program = (self.old, self.new)[side].program
        scores = self.wordings[side].scores
        account = program.account
        match declared:
            case ("rule", name, key) if key in scores:
                rules: list[OnRule | WhenRule] = [*scores[key].on, *scores[key].when]
                return next((each for each in rules if each.name == name), None)
            case ("group", name, key) if key in scores:
                return scores[key].groups.get(name)
            case ("score" | "ready" | "bands" | "order of rules", key):
                return scores.get(key)
            case ("tally", name):
                return program.tallies.get(name)
            case ("trigger", name):
                return next((each for each in program.triggers if each.name == name), None)
            case ("segment", name):
                return program.segments.get(name)
            case ("account score", name) if account is not None:
                return account.scores.get(name)
            case ("account trigger", name) if account is not None:
                return next((each for each in account.triggers if each.name == name), None)
            case ("attribute", name):
                return program.attributes.get(name)
            case ("event", name):
                return program.events.get(name)
        return None

    def _words(self, side: int, declared: Declared) -> Words:
        program, wording = (self.old, self.new)[side].program, self.wordings[side]
        found = self._found(side, declared)
        match declared[0]:
            case "rule" if found is not None:
                return wording.on_rule(found) if hasattr(found, "match") else wording.when_rule(found)
            case "group" if found is not None:
                return wording.group(found)
            case "score" if found is not None:
                return wording.score(found)
            case "ready" if found is not None:
                return {"ready": "no line" if found.ready is None else f"ready at {amount(found.ready)}"}
            case "bands" if found is not None:
                return {"bands": phrases.bands(found.bands)}
            case "tally" if found is not None:
                return wording.tally(found)
            case "trigger" | "account trigger" if found is not None:
                return wording.trigger(found)
            case "segment" if found is not None:
                return wording.segment(found)
            case "account score" if found is not None:
                return wording.account_score(found)
            case "attribute" if found is not None:
                return {"type": phrases.field(declared[1], found)}
            case "event" if found is not None:
                return phrases.event(found)
        return _whole(program, declared, found)


def _whole(program: Program, declared: Declared, found: Any) -> Words:
    """What is said once in a model."""
    match declared:
        case ("model",):
            return {"model": f"model {program.model}"}
        case ("lateness",):
            return {"lateness": f"lateness {phrases.duration(program.lateness)}"}
        case ("stage", name):
            where = "on the path" if name in program.stages.path else "beside the path"
            return {"stage": where} if name in (*program.stages.path, *program.stages.beside) else {}
        case ("order of stages",):
            return {"order": ", ".join(program.stages.path)}
        case ("order of triggers",):
            return {"order": ", ".join(each.name for each in program.triggers)}
        case ("order of account triggers",) if program.account is not None:
            return {"order": ", ".join(each.name for each in program.account.triggers)}
        case ("order of rules", _) if isinstance(found, Score):
            return {"order": ", ".join(each.name for each in found.on)}
        case ("account attribute",):
            named = [name for name, each in program.attributes.items() if each.type == "account"]
            return {"account": ", ".join(named)} if named else {}
        case ("source", name) if name in program.sources:
            return dict(_plain(program.sources[name]))
    return {}


def _plain(given: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The members of a source as texts."""
    for name in type(given).__struct_fields__:
        value = getattr(given, name)
        if value in (None, (), {}) or name == "label":
            continue
        if isinstance(value, str):
            yield prefix + name, f"{prefix}{name} {literal(value)}"
        elif isinstance(value, tuple) and value and not isinstance(value[0], str):
            for at, each in enumerate(value, 1):
                yield from _plain(each, f"{prefix}{name} {at} ")
        else:
            yield prefix + name, f"{prefix}{name} {value}"


def _labels(program: Program) -> dict[Declared, str | None]:
    """The labels by declaration."""
    found: dict[Declared, str | None] = {("model",): program.label}
    for each in program.scores:
        found["score", each.name] = each.body.label
        rules: list[OnRule | WhenRule] = [*each.body.on, *each.body.when]
        found |= {("rule", rule.name, each.name): rule.label for rule in rules}
        for name, group in each.body.groups.items():
            found["group", name, each.name] = group.label
    for kind, known in (("tally", program.tallies), ("segment", program.segments), ("source", program.sources)):
        found |= {(kind, name): each.label for name, each in known.items()}
    found |= {("trigger", each.name): each.label for each in program.triggers}
    if program.account is not None:
        found |= {("account score", name): each.label for name, each in program.account.scores.items()}
        found |= {("account trigger", each.name): each.label for each in program.account.triggers}
    return found
