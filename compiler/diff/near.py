"""What bears on a score, a trigger, a tally or a segment: all that it looks at, and the triggers that change that."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diff.changes import Declared
from compiler.program import Program
from compiler.prove.study import Study
from compiler.terms import parts
from runtime.table import Term, Trigger


def near(studies: tuple[Study, Study], subject: Declared) -> set[Term]:
    """The scores, tallies, attributes and triggers that a subject hangs on, under either model; empty for all."""
    if subject[0] not in ("score", "trigger", "tally", "segment"):
        return set()
    found: set[Term] = {(subject[0], subject[1])}
    grown = True
    while grown:
        before = len(found)
        for study in studies:
            for each in [*found]:
                found |= set(_under(study.program, each))
            for trigger in study.program.triggers:
                if set(_changed(trigger)) & found:
                    found.add(("trigger", trigger.name))
        grown = len(found) > before
    return found


def _under(program: Program, node: Term) -> Iterator[Term]:
    """What a score, a trigger or a tally looks at."""
    terms: list[Term | None] = []
    match node:
        case ("score", key):
            body = next((each.body for each in program.scores if each.name == key), None)
            if body is not None:
                terms = [body.value, *[term for rule in body.on for term in (rule.match.where, rule.when, rule.value)]]
                terms += [term for rule in body.when for each in rule.branches for term in (each.when, each.value)]
        case ("trigger", name):
            for trigger in program.triggers:
                if trigger.name == name:
                    terms = [trigger.when, trigger.match.where if trigger.match else None]
                    yield from (("score", act[1]) for act in trigger.do if act[0] in ("add", "reset"))
        case ("segment", name):
            terms = [program.segments[name].where] if name in program.segments else []
    for term in terms:
        for part in parts(term) if term is not None else ():
            if part[0] in ("score", "tally", "attr", "tag"):
                yield (part[0], part[1])
            elif part[0] in ("stage", "stagefor"):
                yield ("stage",)
            elif part[0] == "quiet":
                yield ("score", part[1])


def _changed(trigger: Trigger) -> Iterator[Term]:
    """What a trigger changes."""
    for act in trigger.do:
        match act:
            case ("move", *_):
                yield ("stage",)
            case ("tag" | "untag", text):
                yield ("tag", text)
            case ("set", name, _):
                yield ("attr", name)
            case ("add" | "reset", key, _):
                yield ("score", key)
