"""The rows of a sheet: each follows one declaration through all versions, whatever it is called in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.sheet.steps import Model, Step
from compiler.diff.changes import Change, Declared
from compiler.diff.phrases import bands
from compiler.diff.words import Wording, Words
from compiler.exact import amount
from compiler.program import Program

ORDER = ("score", "group", "rule", "tally", "trigger", "segment", "account score", "account trigger")
"""What has a row in any case. Anything else has one if it changes."""
_USUAL = "range 0.."
_OF_SCORE = ("ready", "bands", "order of rules")


@dataclass(slots=True)
class Track:
    """A declaration by the number of the model: what it is called there, and in what words. `changed` are the models
    that changed it."""

    names: dict[int, Declared] = field(default_factory=dict)
    words: dict[int, Words] = field(default_factory=dict)
    labels: dict[int, str | None] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    @property
    def last(self) -> int:
        return max(self.names)

    @property
    def declared(self) -> Declared:
        """What it is called by the newest model that has it."""
        return self.names[self.last]


def tracks(models: list[Model], steps: list[Step]) -> list[Track]:
    """All declarations, in the order of the newest model; what is gone stands behind the rest of its score or kind."""
    found: list[Track] = []
    current: dict[Declared, Track] = {}
    for at, model in enumerate(models):
        listed = dict(declarations(model.program))
        names = steps[at - 1].names if at else {}
        before, current = current, {}
        for was, track in before.items():
            now = names.get(was, was)
            if now in listed and now not in current:
                current[now] = track
            else:
                track.changed.add(at)
        for declared in listed:
            if declared not in current:
                current[declared] = _taken_up(found, declared, current) or _begun(found)
                current[declared].changed.add(at)
        changed = {_over(change.declared) for change in steps[at - 1].changes} if at else set()
        for declared, (text, label) in listed.items():
            track = current[declared]
            track.names[at], track.words[at], track.labels[at] = declared, text, label
            if declared in changed:
                track.changed.add(at)
    places = {declared: at for at, declared in enumerate(dict(declarations(models[-1].program)))}
    return sorted(found, key=lambda track: _place(track, places, len(models) - 1))


def _taken_up(found: list[Track], declared: Declared, current: Mapping[Declared, Track]) -> Track | None:
    """What went by this name and was gone."""
    held = {id(track) for track in current.values()}
    return next((track for track in found if id(track) not in held and track.declared == declared), None)


def _begun(found: list[Track]) -> Track:
    found.append(Track())
    return found[-1]


def _over(declared: Declared) -> Declared:
    """What has the row: the lines and bands of a score are told in that of the score."""
    return ("score", declared[1]) if declared[0] in _OF_SCORE else declared


def _place(track: Track, places: Mapping[Declared, int], newest: int) -> tuple[int, int]:
    declared = track.declared
    if track.last == newest:
        return places[declared], 0
    alike = [
        at
        for other, at in places.items()
        if (other[-1] == declared[-1] if declared[0] in ("rule", "group") else other[0] == declared[0])
    ]
    return max(alike, default=len(places)), track.last + 1


def declarations(program: Program) -> Iterator[tuple[Declared, tuple[Words, str | None]]]:
    """All that has a row in any case, with its words and its label."""
    wording = Wording(program)
    for each in program.scores:
        score = each.body
        told = {"ready": f"ready at {amount(score.ready)}"} if score.ready is not None else {}
        told |= wording.score(score) | ({"bands": bands(score.bands)} if score.bands else {})
        if len(told) > 1 and told.get("range") == _USUAL:
            del told["range"]
        yield ("score", each.name), (told, score.label)
        for name, group in score.groups.items():
            yield ("group", name, each.name), (wording.group(group), group.label)
        for rule in score.on:
            yield ("rule", rule.name, each.name), (wording.on_rule(rule), rule.label)
        for other in score.when:
            yield ("rule", other.name, each.name), (wording.when_rule(other), other.label)
    for name, tally in program.tallies.items():
        yield ("tally", name), (wording.tally(tally), tally.label)
    for trigger in program.triggers:
        yield ("trigger", trigger.name), (wording.trigger(trigger), trigger.label)
    for name, segment in program.segments.items():
        yield ("segment", name), (wording.segment(segment), segment.label)
    if program.account is not None:
        for name, account_score in program.account.scores.items():
            yield ("account score", name), (wording.account_score(account_score), account_score.label)
        for trigger in program.account.triggers:
            yield ("account trigger", trigger.name), (wording.trigger(trigger), trigger.label)


def beside(steps: list[Step]) -> dict[Declared, dict[int, Change]]:
    """Changes of what has no row otherwise, by the number of the model that made them."""
    found: dict[Declared, dict[int, Change]] = {}
    for at, each in enumerate(steps, 1):
        for change in each.changes:
            if _over(change.declared)[0] not in ORDER:
                found.setdefault(change.declared, {})[at] = change
    return found
