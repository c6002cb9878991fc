"""Triggers that do not come to rest, and triggers that come too late: found by looking again at leads that did nothing.

At a look at which nothing has changed since the look before, no trigger should have anything to do. One that fires
there has waited for what a trigger below it set; those that lead round to each other (`unrest`) undo each other. At one
look a trigger can take back what one above it has just done. And in silence a trigger that goes on firing sets its own
condition anew. Each is shown by the history after which the engine was found to do so, and what `unrest` does not rule
out and no history shows is told as open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic

from compiler.prove.engine import Refused, Sight
from compiler.prove.histories import DAY, HOUR, History
from compiler.prove.study import Study
from compiler.prove.track import Track
from compiler.prove.unrest import Circle, Unrest, circles, takes_back
from runtime.table import Trigger

_TRACKS = 300
"""So many histories are looked at, and the others as long as something is open."""
_LOOKS = 40
_MANY_LOOKS = 400
_OFTEN = 12
_PAUSES = (HOUR // 60, HOUR // 3600)
_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Restless:
    """`triggers` fire at looks at which nothing has changed: once (`late`: the first of them waits for the others,
    which stand below it), or all, since each is set off again by another; or (`idle`) they fire at one look, and the
    second takes back what the first did. Of one that goes on in silence, `days` says for how long it was watched, up to
    the instant `until`, and `times` how often it had fired by then. Where looks were taken anew, at the instants
    `again`, the first trigger had fired `before` times, and then `times`."""

    triggers: tuple[str, ...]
    history: History
    time: int
    late: bool = False
    idle: bool = False
    times: int = 0
    days: int = 0
    until: int = 0
    before: int = 0
    again: tuple[int, ...] = ()


@dataclass
class Standstill:
    """What is found from the ends of histories, each set of triggers once, by the shortest history."""

    study: Study
    unrest: Unrest

    def __post_init__(self) -> None:
        self.by_name = {trigger.name: trigger for trigger in self.study.program.triggers}
        self.order = list(self.by_name)
        self.found: dict[tuple[str, tuple[str, ...]], Restless] = {}
        self.undoing = self.unrest.undoing()
        self.late = self.unrest.late()
        self.taken = self.unrest.taken_back()
        self.endless = self.unrest.endless()

    def search(self, tracks: Iterable[Track]) -> list[Restless]:
        """Look at histories; what is found, with those that come late behind the others."""
        end = monotonic() + _SECONDS
        for at, track in enumerate(tracks):
            if self.study.prover.left() <= 0 or (at >= _TRACKS and (monotonic() > end or not self._open())):
                break
            if track.history:
                for kind, each in self._at(track):
                    self._keep(kind, each)
        undoing = {name for (kind, names) in self.found if kind != "late" for name in names}
        shown = [(kind, names, each) for (kind, names), each in self.found.items() if not self._said(kind, names)]
        late = [each for kind, names, each in shown if kind == "late" and names[0] not in undoing]
        return [*[each for kind, _, each in shown if kind != "late"], *late]

    def _said(self, kind: str, names: Circle) -> bool:
        """Whether a circle says all of it."""
        return kind == "idle" and self._shown("circle", names)

    def _at(self, track: Track) -> Iterator[tuple[str, Restless]]:
        looks = self._again(track)
        yield from self._circling(track, looks)
        fired = self._last(track)
        yield from self._coming_late(track, looks, fired)
        yield from self._taken_back(track, fired)
        silent = self._silent(track)
        if silent is not None:
            yield "silent", silent

    def _keep(self, kind: str, each: Restless) -> None:
        names = each.triggers[:1] if each.late else each.triggers
        known = self.found.get((kind, names))
        if known is None or len(each.history) < len(known.history):
            self.found[kind, names] = each

    # --- looks at which nothing has changed -------------------------------------------------------------------------

    def _again(self, track: Track) -> list[tuple[int, Sight]]:
        """What stands after events that say nothing, one after the other, each with its time; what stands first comes
        first. Empty if time does something meanwhile."""
        if not self.undoing and not self.late and not self.unrest.open:
            return []
        count = max([len(each) for each in self.undoing], default=1)
        for pause in _PAUSES:
            engine, end = self.study.engine, track.now + pause * count
            if len(engine.silence(track.state, track.now, end, 2)) > 1:
                continue
            again = track.copy()
            found = [(track.now, track.see())]
            try:
                for _ in range(count):
                    again.now += pause
                    again.give(None, {})
                    found.append((again.now, again.see()))
            except Refused:
                return []
            return found
        return []

    def _anew(self, looks: list[tuple[int, Sight]]) -> set[str]:
        """The triggers that fired since the first of some looks, without an event that they wait for."""
        if not looks:
            return set()
        first, last = looks[0][1].fired, looks[-1][1].fired
        return {
            name for name, each in self.by_name.items() if each.match is None and last.get(name, 0) > first.get(name, 0)
        }

    def _circling(self, track: Track, looks: list[tuple[int, Sight]]) -> Iterator[tuple[str, Restless]]:
        for size in range(2, len(looks) + 1):
            anew = self._anew(looks[:size])
            triggers = {name: self.by_name[name] for name in self.order if name in anew}
            edges = {
                name: [other for other, each in triggers.items() if other != name and self.unrest.sets_off(one, each)]
                for name, one in triggers.items()
            }
            round_ = [each for each in circles(edges) if len(each) > 1]
            for names in round_:
                counts = looks[0][1].fired.get(names[0], 0), looks[size - 1][1].fired[names[0]]
                times = tuple(time for time, _ in looks[1:size])
                yield "circle", _looked(names, track, times, counts)
            if round_:
                return

    def _coming_late(
        self, track: Track, looks: list[tuple[int, Sight]], fired: list[str]
    ) -> Iterator[tuple[str, Restless]]:
        anew = self._anew(looks[:2])
        for name in (each for each in self.order if each in anew):
            below = [other for other in fired if self.order.index(other) > self.order.index(name)]
            below = [other for other in below if self.unrest.sets_off(self.by_name[other], self.by_name[name])]
            if below:
                counts = looks[0][1].fired.get(name, 0), looks[1][1].fired[name]
                yield "late", _looked((name, *below), track, (looks[1][0],), counts, late=True)

    # --- one look ---------------------------------------------------------------------------------------------------

    def _last(self, track: Track) -> list[str]:
        """The triggers that fired at the look after the last event, in order, if nothing happened since."""
        if track.now != track.history[-1].time:
            return []
        before, now = self._shorter(track), track.see().fired
        return [name for name in self.order if now.get(name, 0) > (before.fired.get(name, 0) if before else 0)]

    def _shorter(self, track: Track) -> Sight | None:
        """What stood at that time before the last event; None if that was the first."""
        shorter = Track(self.study.program, self.study.engine)
        for each in track.history[:-1]:
            shorter.now = each.time
            shorter.give(each.event, each.data)
        return self.study.engine.see(shorter.state, track.now) if shorter.history else None

    def _taken_back(self, track: Track, fired: list[str]) -> Iterator[tuple[str, Restless]]:
        pairs = [(one, two) for one, two in self.taken if one in fired and two in fired]
        for first, second in pairs:
            known = self.found.get(("idle", (first, second)))
            if known is not None and len(known.history) <= len(track.history):
                continue
            if self._in_vain(track, self.by_name[first], self.by_name[second]):
                yield "idle", Restless((first, second), track.history, track.now, idle=True)

    def _in_vain(self, track: Track, first: Trigger, second: Trigger) -> bool:
        """Whether the second would not have fired without the first, and, where only points are taken back that an
        event brought, whether the lead is no higher for it."""
        engine = self.study.engine.without(first.name)
        other = Track(self.study.program, engine)
        try:
            for each in track.history:
                other.now = each.time
                other.give(each.event, each.data)
        except Refused:
            return False
        other.now = track.now
        there, here = other.see(), track.see()
        if here.fired[first.name] > 1 or there.fired.get(second.name, 0) >= here.fired[second.name]:
            return False
        if first.match is None or takes_back(self.study.program.stages, first, second, points=False):
            return True
        resets = {act[1] for act in second.do if act[0] == "reset"}
        added = {act[1] for act in first.do if act[0] == "add" and act[2] > 0}
        taken = added & (resets | {act[1] for act in second.do if act[0] == "add" and act[2] < 0})
        return any(
            here.scores[key] == there.scores[key] if key in resets else here.scores[key] <= there.scores[key]
            for key in taken
        )

    # --- silence ----------------------------------------------------------------------------------------------------

    def _silent(self, track: Track) -> Restless | None:
        """Let time go, and see who goes on firing; for longer as long as nobody was seen."""
        if not self.endless and not self.unrest.open:
            return None
        found = self._watched(track, _LOOKS)
        if found is None and any(not self._shown("silent", each) for each in self.endless):
            found = self._watched(track, _MANY_LOOKS)
        return found

    def _watched(self, track: Track, looks: int) -> Restless | None:
        sights = self.study.engine.silence(track.state, track.now, track.now + 3650 * DAY, looks)
        if len(sights) < _OFTEN:
            return None
        half = sights[len(sights) // 2].fired
        first, last = sights[0].fired, sights[-1].fired
        able = {name for circle in self.endless for name in circle}
        found = sorted(
            (
                name
                for name, trigger in self.by_name.items()
                if not _ends(trigger)
                and last.get(name, 0) - first.get(name, 0) >= _OFTEN // 2
                and last.get(name, 0) > half.get(name, 0) + 2
            ),
            key=lambda name: name not in able,
        )
        if not found:
            return None
        days, until = (sights[-1].time - track.now) // DAY, sights[-1].time
        return Restless((found[0],), track.history, track.now, times=last[found[0]], days=days, until=until)

    # --- what is open -----------------------------------------------------------------------------------------------

    def _shown(self, kind: str, names: Circle) -> bool:
        """Whether something of the kind was found of some of the triggers, and of no other."""
        return any(each == kind and set(known) <= set(names) for each, known in self.found)

    def _told_of(self, circle: Circle) -> bool:
        """Whether it is told that some triggers of a circle undo each other, at one look or at several."""
        return self._shown("circle", circle) or self._shown("idle", circle)

    def _has(self, kind: str, names: Circle) -> bool:
        return (kind, names) in self.found or self._said(kind, names)

    def _open(self) -> bool:
        return any(True for _ in self.undecided()) or self.unrest.open

    def undecided(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What can be as far as is known, and was not found: "circle", "late", "idle" or "silent", with the triggers;
        those that come late and those that they wait for."""
        yield from (("circle", each) for each in self.undoing if not self._told_of(each))
        yield from (("idle", each) for each in self.taken if not self._has("idle", each))
        yield from (("silent", each) for each in self.endless if not self._shown("silent", each))
        told = {name for (_, names) in self.found for name in names}
        told |= {name for each in self.undoing for name in each}
        yield from (("late", (name, *below)) for name, below in self.late.items() if name not in told)


def _looked(
    triggers: tuple[str, ...], track: Track, again: tuple[int, ...], counts: tuple[int, int], *, late: bool = False
) -> Restless:
    before, times = counts
    return Restless(triggers, track.history, track.now, late, before=before, times=times, until=again[-1], again=again)


def _ends(trigger: Trigger) -> bool:
    """Whether a limit stops a trigger for good."""
    return any(limit.times is not None and limit.per is None for limit in trigger.limits)
