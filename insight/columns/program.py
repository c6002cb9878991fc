"""A table as a flat program for the compiled fold: records, lists and code, with the tables by value still wanting.

`Program` is made once for a table. What depends on the values that events carry - the tables that terms are answered
by - is filled in by `insight.columns.binding`, for each set of columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from insight.columns.layout import (
    AC_SIZE,
    AT_SIZE,
    DEEPEST,
    DO_ADD,
    DO_EMIT,
    DO_MOVE,
    DO_RESET,
    DO_SET,
    DO_SET_FROM_ATTR,
    DO_SET_FROM_PROP,
    DO_SET_TERM,
    DO_TAG,
    DO_UNTAG,
    FI_SIZE,
    H_AGEING,
    H_ATTR,
    H_ATTRS,
    H_COMPUTED_ORDER,
    H_DEGRADING,
    H_EDGED,
    H_EDGED_AT,
    H_KIND,
    H_LEAD_KIND,
    H_LIMITS,
    H_LOOKS_AT_SCORES,
    H_MIDNIGHTS,
    H_PATH,
    H_SCORE,
    H_SCORES,
    H_STAGES,
    H_TAGS,
    H_TALLIES,
    H_TALLY,
    H_TIMELESS,
    H_TRIGGER,
    H_TRIGGERS,
    H_TURN,
    H_TURNS,
    H_WAIT,
    H_WAITS,
    HEADER,
    KI_SIZE,
    NOTHING,
    ROOM,
    SC_SIZE,
    SCALE,
    TR_SIZE,
    WINDOWS,
)  # fmt: skip
from insight.columns.terms import Code, Coder, Literal, Place, Unsupported, Wanted
from runtime.limits import Limits
from runtime.parts import RulePlan, ScorePlan, TriggerPlan
from runtime.plan import Plan
from runtime.table import OnRule, Score, Table
from runtime.terms import mentioned


@dataclass(frozen=True, slots=True)
class MasksOf:
    """The address of the masks of a type of event."""

    event: str


_MOST_TRIGGERS = 62
_FINEST_PART = 1 << 20


class Program:
    """`words` is M but for the tables: `wanted` are the places in it where the address of a table belongs, `literals`
    those of codes. `columns` are the JSON keys of K's rows; `emits` the names that triggers emit, by number.

    Raises Unsupported for a model with something in it that the compiled fold does not do."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.plan = plan = Plan(table)
        self.words: list[int] = [0] * HEADER
        self.wanted: list[tuple[int, Wanted]] = []
        self.literals: list[tuple[int, Literal]] = []
        self.masks: dict[str, int] = {}
        """By type of event, where the address of its masks in W belongs."""
        self.columns: dict[str, int] = {}
        self.kinds = list(table.events)
        self.attributes = list(table.attributes)
        self.stages = [*table.stages.path, *table.stages.beside]
        actions = [action for trigger in table.triggers for action in trigger.do]
        self.tags = sorted({action[1] for action in actions if action[0] in ("tag", "untag")})
        self.emits = sorted({action[1] for action in actions if action[0] == "emit"})
        self.coder = Coder(table, plan.keys, plan.tally_names, self.tags)
        if len(plan.triggers) > _MOST_TRIGGERS:
            raise Unsupported(f"more than {_MOST_TRIGGERS} triggers")
        for field in table.attributes.values():
            if not field.computed:
                self.column(field.spelling)
        for event in table.events.values():
            for field in event.properties.values():
                self.column(field.spelling)
        self._dynamic()
        self._scores()
        self._tallies()
        self._attributes()
        self._triggers()
        self._events()
        self._time()

    def column(self, key: str) -> int:
        """The row of K that holds the values under a JSON key."""
        return self.columns.setdefault(key, len(self.columns))

    # --- writing ------------------------------------------------------------------------------------------------------

    def put(self, values: list[Any]) -> int:
        """Append words, of which some may be tables that are wanted; their address."""
        at = len(self.words)
        for value in values:
            if isinstance(value, Wanted):
                self.wanted.append((len(self.words), value))
                value = 0
            elif isinstance(value, MasksOf):
                self.masks[value.event] = len(self.words)
                value = 0
            elif isinstance(value, Literal):
                self.literals.append((len(self.words), value))
                value = 0
            self.words.append(int(value))
        return at

    def code(self, code: Code | None) -> int:
        """Append code; its address, 0 for none."""
        if code is None:
            return 0
        flat: list[Any] = [len(code)]
        for op, one, two in code:
            if isinstance(one, tuple) and one[0] == "prop":
                one = self._column_of(one)
            elif isinstance(one, tuple):
                one = self._stage_table(*one[1:])
            flat += [op, one, two]
        return self.put(flat)

    def _column_of(self, place: Place) -> int:
        return self.column(self.coder.field(place).spelling)

    def _stage_table(self, op: str, name: str) -> int:
        """Whether each stage compares so with the one that is named; before them, at -1, no stage."""
        path = self.table.stages.path
        found = []
        for stage in [None, *self.stages]:
            if op in ("=", "!="):
                found.append((stage == name) is (op == "="))
            elif stage in path and name in path:
                one, two = path.index(stage), path.index(name)
                found.append({"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[op])
            else:
                found.append(False)
        return self.put(found) + 1

    def _dynamic(self) -> None:
        """A rule of an event may match by a computed field only where its values have codes."""
        for event in self.plan.events.values():
            if event.lead:
                continue
            for masks in event.matcher.masks:
                if masks.field[0] == "attr" and self.coder.direct(masks.field[1]):
                    raise Unsupported("a rule that matches by a computed number")

    # --- scores -------------------------------------------------------------------------------------------------------

    def _scores(self) -> None:
        records, computed = [], []
        for plan in self.plan.scores:
            score = self.table.scores[plan.key]
            records += self._score(plan, score)
            if score.value is not None:
                computed.append(plan.at)
        words = self.words
        words[H_SCORES], words[H_SCORE] = len(self.plan.scores), self.put(records)
        words[H_COMPUTED_ORDER] = self.put([len(computed), *self._in_order(computed)])
        dated = any(plan.dated for plan in self.plan.scores)
        floored = any(plan.profile is not None for plan in self.plan.degrading)
        degrading = [plan.at for plan in self.plan.degrading]
        words[H_DEGRADING] = self.put([len(degrading), floored, dated, *degrading])
        ageing = [plan.at for plan in self.plan.ageing]
        words[H_AGEING] = self.put([len(ageing), *ageing])

    def _in_order(self, computed: list[int]) -> list[int]:
        """Computed scores, each after those that it is computed from."""
        found: list[int] = []

        def visit(at: int) -> None:
            if at in found:
                return
            for _, key in mentioned(self.table.scores[self.plan.keys[at]].value, "score"):
                if self.coder.scores[key] in computed:
                    visit(self.coder.scores[key])
            found.append(at)

        for at in computed:
            visit(at)
        return found

    def _score(self, plan: ScorePlan, score: Score) -> list[Any]:
        value = 0
        if score.value is not None:
            value = self.code(self.coder.points(score.value, None))
        groups, rules = self._profile(score)
        degrade, ageing = score.degrade, score.ageing
        low = NOTHING if score.low is None else score.low
        high = NOTHING if score.high is None else score.high
        record = [low, high, value, len(score.when), rules, *groups, plan.dated]
        if degrade is None:
            record += [0, 0, 1, 0, 1, 1, NOTHING]
        else:
            mode = {None: 1, "activity": 2, "increase": 3}[degrade.without]
            floor = degrade.floor if degrade.floor is not None else low
            part, whole = _ratio(degrade.percent or 0)
            points = NOTHING if degrade.points is None else degrade.points
            record += [mode, degrade.after, degrade.every, points, max(part, 1), whole, floor]
        if ageing is None:
            record += [0, 0, 0, 0, 1, 0]
        else:
            part, whole = _ratio(ageing.fade or 0)
            every = ageing.every if ageing.fade else None
            record += [1, ageing.expire or 0, every or 0, part, whole, ageing.of_first]
        record.append(plan.profile is not None)
        assert len(record) == SC_SIZE
        return record

    def _profile(self, score: Score) -> tuple[list[int], int]:
        """The `when` rules of a score: [branches, group, then condition, points, code of points for each]."""
        groups = [name for name, group in score.groups.items() if group.most is not None]
        if len(groups) > DEEPEST:
            raise Unsupported("many groups of profile points in a score")
        words: list[Any] = []
        for rule in score.when:
            words += [len(rule.branches), -1 if rule.group is None else groups.index(rule.group)]
            for branch in rule.branches:
                value = None if branch.value is None else self.coder.points(branch.value, None)
                words += [self.code(self.coder.test(branch.when, None)), branch.points or 0, self.code(value)]
        most = self.put([score.groups[name].most for name in groups])
        return [len(groups), most], self.put(words)

    # --- rules --------------------------------------------------------------------------------------------------------

    def _each(self, event: str | None, name: str, folded: bool) -> list[Any]:
        """The column that `for each` counts apart, and the table of the classes of its values."""
        if event is None or name not in self.table.events[event].properties:
            raise Unsupported("`for each` of a property where there may be no event")
        place = ("prop", event, name)
        return [self._column_of(place), Wanted(place, "each", folded)]

    def _limits(self, limits: Limits | None, event: str | None) -> int:
        if limits is None or not (limits.times or limits.points):
            return 0
        words: list[Any] = [len(limits.times), len(limits.points)]
        for times in limits.times:
            each = [-1, 0] if times.each is None else self._each(event, times.each, times.folded)
            words += [times.at, times.most, NOTHING if times.per is None else times.per, *each]
        for points in limits.points:
            words += [points.at, points.most, NOTHING if points.per is None else points.per, -1, 0]
        return self.put(words)

    def _rule(self, plan: RulePlan, rule: OnRule) -> int:
        event, match = rule.match.on, rule.match
        rest = match.rest if match.rows is not None else match.where
        how, column, table = 0, 0, 0
        if rule.value is not None:
            code = self.coder.points(rule.value, event)
            if len(code) == 1 and isinstance(code[0][1], tuple):
                how, column, table = 1, self._column_of(code[0][1]), code[0][2]
            else:
                how, table = 2, self.code(code)
        words: list[Any] = [plan.score, plan.points or 0, how, column, table]
        words.append(0 if rest is None else self.code(self.coder.test(rest, event)))
        words.append(0 if rule.when is None else self.code(self.coder.test(rule.when, event)))
        repeated = plan.repeated
        words += [-1, 0, 0] if repeated is None else [repeated.at, repeated.times, repeated.within]
        best = plan.best
        if best is None:
            words += [-1, -1, 0]
        else:
            words += [best.at, *([-1, 0] if best.each is None else self._each(event, best.each, best.folded))]
        words += [self._limits(plan.limits, event), self._limits(plan.group, event), plan.plain]
        return self.put(words)

    def _tallies(self) -> None:
        records: list[Any] = []
        for plan in self.plan.tallies:
            match = self.table.tallies[plan.name].match
            rest = match.rest if match.rows is not None else match.where
            code = None if rest is None else self.coder.test(rest, match.on)
            records += [self.code(code), plan.days or 0]
        self.words[H_TALLIES], self.words[H_TALLY] = len(self.plan.tallies), self.put(records)

    def _attributes(self) -> None:
        records: list[Any] = []
        for name, field in self.table.attributes.items():
            moment = field.type in ("date", "instant") and not self.coder.direct(name)
            column = -1 if field.computed else self.column(field.spelling)
            records += [self.coder.direct(name), column, Wanted(("attr", name), "moment") if moment else 0]
        assert len(records) == AT_SIZE * len(self.attributes)
        self.words[H_ATTRS], self.words[H_ATTR] = len(self.attributes), self.put(records)
        self.words[H_STAGES], self.words[H_TAGS] = len(self.stages), len(self.tags)
        self.words[H_PATH] = len(self.table.stages.path)

    # --- triggers -----------------------------------------------------------------------------------------------------

    def _triggers(self) -> None:
        self.coder.uses_scores = False
        records: list[Any] = []
        for plan in self.plan.triggers:
            records += self._trigger(plan)
        words = self.words
        words[H_TRIGGERS], words[H_TRIGGER] = len(self.plan.triggers), self.put(records)
        words[H_EDGED] = len(self.plan.edged)
        words[H_EDGED_AT] = self.put([plan.at for plan in self.plan.edged])
        words[H_LOOKS_AT_SCORES] = self.coder.uses_scores

    def _trigger(self, plan: TriggerPlan) -> list[Any]:
        trigger = self.table.triggers[plan.at]
        match = trigger.match
        event = None if match is None else match.on
        where = None
        if match is not None:
            where = match.rest if match.rows is not None else match.where
        actions: list[Any] = []
        emitted: set[str] = set()
        for action in trigger.do:
            actions += self._action(action, event, emitted)
        record = [
            plan.bit, 0 if event is None else self.kinds.index(event),
            0 if where is None else self.code(self.coder.test(where, event)),
            0 if trigger.when is None else self.code(self.coder.test(trigger.when, event)),
            self._limits(plan.limits, event), len(trigger.do), self.put(actions),
        ]  # fmt: skip
        assert len(record) == TR_SIZE
        return record

    def _action(self, action: tuple[Any, ...], event: str | None, emitted: set[str]) -> list[Any]:
        found: list[Any] = []
        match action:
            case ("move", stage):
                found = [DO_MOVE, self.stages.index(stage), 0, 0]
            case ("emit", name):
                found = [DO_EMIT, self.emits.index(name), name in emitted, 0]
                emitted.add(name)
            case ("tag" | "untag", text):
                found = [DO_TAG if action[0] == "tag" else DO_UNTAG, self.tags.index(text), 0, 0]
            case ("add" | "reset", key, points):
                if abs(points) > ROOM:
                    raise Unsupported("points with many digits")
                found = [DO_ADD if action[0] == "add" else DO_RESET, self.coder.scores[key], points, 0]
            case ("set", name, term):
                found = self._setting(name, term, event)
        assert len(found) == AC_SIZE
        return found

    def _setting(self, name: str, term: Any, event: str | None) -> list[Any]:
        at = self.attributes.index(name)
        field = self.table.attributes[name]
        if self.coder.direct(name):
            scale = 0 if field.type in ("date", "instant") else SCALE
            return [DO_SET_TERM, at, self.code(self.coder.number(term, event, scale)), 0]
        match term:
            case ("lit", value):
                return [DO_SET, at, Literal(name, value), 0]
            case ("attr", other):
                return [DO_SET_FROM_ATTR, at, self.attributes.index(other), Wanted(("attr", other), "code", name)]
            case ("prop", other):
                place = self.coder.place(term, event)
                return [DO_SET_FROM_PROP, at, self._column_of(place), Wanted(place, "code", name)]
        raise Unsupported("a computed field that is set by a condition")

    # --- events -------------------------------------------------------------------------------------------------------

    def _events(self) -> None:
        records: list[Any] = []
        edged = [plan.at for plan in self.plan.edged]
        for name in self.kinds:
            event = self.plan.events[name]
            taken = [plan.at for plan in self.plan.triggers if plan.bit or plan.on == name]
            simple = all(plan.on != name for plan in self.plan.triggers)
            records += [event.passive, *self._matcher(name), len(taken), self.put(taken), simple]
        lead = [True, 0, 0, 0, 0, 0, len(edged), self.words[H_EDGED_AT], True]
        assert len(lead) == KI_SIZE
        self.words[H_KIND] = self.put([*records, *lead])
        self.words[H_LEAD_KIND] = len(self.kinds)

    def _matcher(self, name: str) -> list[Any]:
        """Fields, words of a mask, the masks' address in W (set when they are made), and what the rows stand for."""
        matcher = self.plan.events[name].matcher
        fields: list[Any] = []
        for number, masks in enumerate(matcher.masks):
            kind, own = masks.field
            place = ("attr", own) if kind == "attr" else ("prop", name, own)
            at = self.coder.attributes[own] if kind == "attr" else self._column_of(place)
            fields += [kind == "attr", at, Wanted(place, "mask", (name, number))]
        assert len(fields) == FI_SIZE * len(matcher.masks)
        rules = {(at, rule.name): rule for at, key in enumerate(self.plan.keys) for rule in self.table.scores[key].on}
        known: dict[int, int] = {}
        rows = []
        for payload in matcher.by_row:
            if id(payload) not in known:
                if type(payload) is RulePlan:
                    known[id(payload)] = self._rule(payload, rules[payload.score, payload.name])
                else:
                    known[id(payload)] = -payload.at - 1
            rows.append(known[id(payload)])
        words = -(-len(rows) // 64)
        return [len(matcher.masks), self.put(fields), words, MasksOf(name), self.put(rows)]

    # --- time ---------------------------------------------------------------------------------------------------------

    def _time(self) -> None:
        plan, words = self.plan, self.words
        kinds = {"idle": 0, "quiet": 1, "stagefor": 2}
        waits: list[int] = []
        for wait in plan.waits:
            about = 0 if wait[0] == "idle" else wait[1] if wait[0] == "quiet" else self.coder.stages[wait[1]]
            waits += [kinds[wait[0]], about, wait[-1]]
        turns: list[int] = []
        for name, kind, length in plan.turns:
            turns += [self.coder.attributes[name], WINDOWS.index(kind), length]
        words[H_WAITS], words[H_WAIT] = len(plan.waits), self.put(waits)
        words[H_TURNS], words[H_TURN] = len(plan.turns), self.put(turns)
        words[H_TIMELESS], words[H_MIDNIGHTS] = plan.timeless, plan.midnights
        numbers = plan._numbers
        words[H_LIMITS] = numbers + 1 + len(plan.tallies) + len(plan.scores)


def _ratio(percent: Decimal | int) -> tuple[int, int]:
    part, whole = Decimal(percent).as_integer_ratio()
    if whole > _FINEST_PART or part > _FINEST_PART:
        raise Unsupported("a percentage with many digits")
    return part, whole
