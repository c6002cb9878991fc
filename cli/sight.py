"""What an expectation looks at: the values of all that it names, and the scores that its answer rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.scenarios import Expected, ExpectedEmission, ExpectedFiring
from runtime import wording
from runtime.explain import fields_of
from runtime.fold import Emission
from runtime.lead import Lead
from runtime.lines import band_of
from runtime.plan import Plan
from runtime.table import Term, Trigger
from runtime.terms import mentioned
from runtime.times import write_instant
from runtime.values import points, shown, write_value

Looking = Expected | ExpectedFiring | ExpectedEmission


@dataclass(frozen=True, slots=True)
class Seen:
    """Something by name: `text` says what it is to a person, `value` as JSON has it (None: missing)."""

    name: str
    text: str
    value: Any


def seen(plan: Plan, lead: Lead, step: Looking, emitted: list[Emission]) -> tuple[Seen, ...]:
    """What a lead that stands at the instant of an expectation shows of what the expectation names."""
    names = [trigger.name for trigger in plan.triggers]
    match step:
        case Expected(condition=condition):
            return tuple(_values(plan, lead, condition, step))
        case ExpectedFiring(trigger=name):
            return (_times(f"fired {name}", [t for at, t in lead.fired if names[at] == name]),)
        case ExpectedEmission(name=name):
            told = list(dict.fromkeys(each[1] for each in emitted))
            found = _times(f"emitted {shown(name)}", [each[2] for each in emitted if each[1] == name])
            others = ", ".join(shown(each) for each in told if each != name)
            return (found, Seen("emitted else", others, told)) if others else (found,)


def _times(name: str, times: list[int]) -> Seen:
    told = f"{wording.count(len(times), 'time')}: {', '.join(map(wording.moment, times))}" if times else "never"
    return Seen(name, told, [write_instant(t) for t in times])


def _values(plan: Plan, lead: Lead, condition: Term, step: Expected) -> Iterator[Seen]:
    """Scores, tallies, attributes and state, each kind in order of names."""

    def named(op: str) -> list[Any]:
        return sorted(inner[1] for inner in mentioned(condition, op))

    for key in named("score"):
        yield _score(plan, lead, key, step)
    for name in named("tally"):
        count = lead.tallies[plan.tally_names.index(name)]
        yield Seen(name, str(count), count)
    for name in named("attr"):
        yield _attribute(plan, lead, name)
    if mentioned(condition, "stage") or mentioned(condition, "stagefor"):
        since = f" since {wording.moment(lead.entered[lead.stage])}" if lead.stage is not None else ""
        yield Seen("stage", (lead.stage or "none yet") + since, lead.stage)
    if mentioned(condition, "tag"):
        tags = sorted(lead.tags)
        yield Seen("tags", ", ".join(map(shown, tags)) or "none", tags)
    if mentioned(condition, "idle"):
        yield _since("last activity", lead.active)
    for key in named("quiet"):
        yield _since(f"last increase of {key}", lead.raised[plan.keys.index(key)])


def _score(plan: Plan, lead: Lead, key: str, step: Expected) -> Seen:
    at = plan.keys.index(key)
    amount, score = plan.shown[at](lead, step.time), plan.scores[at]
    text = wording.score(amount)
    if score.bands:
        text += f", {band_of(score.bands, amount)}"
    if score.ready is not None and "ready" in step.text.replace(key, ""):
        text += f"; ready at {wording.score(score.ready)}"
    return Seen(key, text, points(amount))


def _attribute(plan: Plan, lead: Lead, name: str) -> Seen:
    field, held = plan.attribute_fields[name], lead.attrs.get(name)
    if held is None:
        return Seen(name, "missing", None)
    return Seen(name, wording.value(field, held), write_value(field, held))


def _since(name: str, t: int | None) -> Seen:
    return Seen(name, "none yet" if t is None else wording.moment(t), None if t is None else write_instant(t))


# --- what an answer rests on ------------------------------------------------------------------------------------------


def looked_at(plan: Plan, step: Looking) -> tuple[str, ...]:
    """The keys of the scores that explain an expectation: those that it names, those that decide about the triggers
    which could have changed what it names, and those that these are computed from."""
    condition = step.condition if isinstance(step, Expected) else None
    terms = [condition, *[trigger.when for trigger in plan.table.triggers if _bears_on(trigger, step)]]
    tests = plan.table.tests
    ahead = sorted(fields_of(terms, tests, "score") | fields_of(terms, tests, "quiet"))
    found: set[str] = set()
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += fields_of([plan.table.scores[key].value], tests, "score")
    return tuple(key for key in plan.keys if key in found)


def _bears_on(trigger: Trigger, step: Looking) -> bool:
    """Whether what a trigger does may decide an expectation on a firing, an emission, the stage, tags or a field."""
    match step:
        case ExpectedFiring(trigger=name):
            return trigger.name == name
        case ExpectedEmission(name=name):
            return any(act[:2] == ("emit", name) for act in trigger.do)
        case Expected(condition=condition):
            tags = {inner[1] for inner in mentioned(condition, "tag")}
            fields = {inner[1] for inner in mentioned(condition, "attr")}
            staged = bool(mentioned(condition, "stage") or mentioned(condition, "stagefor"))
            return any(
                (act[0] == "move" and staged)
                or (act[0] in ("tag", "untag") and act[1] in tags)
                or (act[0] == "set" and act[1] in fields)
                for act in trigger.do
            )
