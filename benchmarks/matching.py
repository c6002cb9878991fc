"""Matching: which rules an event matches, and the sum of their points, for 10 to 5,000 rules.

leadscore goes the way that every run goes: a rule file is compiled to a table, the table is loaded and made ready, and
each event asks the plan of its type. All candidates get the same events as dictionaries, and before anything is timed
each must have given the same sum for every one of a thousand of them.

In the table proper a batch of events passes again and again. leadscore remembers what it found out about values and
combinations of values, which helps it there, so it is shown with events that never come again too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from statistics import mean
from typing import Any

from benchmarks.measuring import Timing, heading, interleaved, print_table, quick, short, times
from benchmarks.peers import Sum, chains, installed
from benchmarks.workload import Event, Rule, events, rule_file, rules
from compiler.compile import compile_text
from runtime import table
from runtime.plan import Plan

SIZES = (10, 100, 1_000, 5_000)
AGAIN, NEW, BY_HAND = "leadscore", "leadscore, new events", "generated `if` chains"

Batch = Callable[[Sequence[Event]], int]
"""The sum over all events of a batch."""


def plan_of(given: Sequence[Rule]) -> Plan:
    """The rules, written as a rule file, compiled, dumped and loaded again."""
    compiled = compile_text(rule_file(given))
    assert compiled.table is not None, compiled.diagnostics[0].message
    return Plan(table.load(table.dump(compiled.table)))


def leadscore(plan: Plan) -> Batch:
    """Our matcher; the one score's sum stands ready in what `find` gives, in thousandths."""
    attrs: dict[str, Any] = {}
    finds = {name: event.find for name, event in plan.events.items() if event.matches}

    def batch(given: Sequence[Event]) -> int:
        total = 0
        for type, data in given:
            if type in finds:
                for added in finds[type](data, attrs).sums:
                    total += added[1]
        return total // 1000

    return batch


def dispatched(build: Callable[[Sequence[Rule]], Sum], given: Sequence[Rule]) -> Batch:
    """A peer behind a dictionary on the type of event; nothing is asked about types without rules."""
    by_type: dict[str, list[Rule]] = {}
    for rule in given:
        by_type.setdefault(rule.type, []).append(rule)
    sums: dict[str, Sum] = {type: build(rules) for type, rules in by_type.items()}

    def batch(given: Sequence[Event]) -> int:
        total = 0
        for type, data in given:
            if type in sums:
                total += sums[type](data)
        return total

    return batch


def check(candidates: dict[str, Batch], given: Sequence[Event]) -> None:
    """Every candidate gives the same sum for every event; raises ValueError if not."""
    for event in given:
        found = {name: batch([event]) for name, batch in candidates.items()}
        if len(set(found.values())) != 1:
            raise ValueError(f"the candidates do not agree about {event}: {found}")


class Turns:
    """Hands so many events to a batch, in turns through a pool: each call goes on where the last one ended."""

    def __init__(self, batch: Batch, pool: Sequence[Event]) -> None:
        self.batch, self.pool, self.at = batch, pool, 0

    def __call__(self, count: int) -> None:
        while count > 0:
            part = self.pool[self.at : self.at + count]
            self.batch(part)
            count -= len(part)
            self.at = (self.at + len(part)) % len(self.pool)


def measure(size: int, pool: Sequence[Event], fresh: Sequence[Event], brief: bool) -> tuple[dict[str, Timing], str]:
    """The timings of all candidates at one number of rules, and a line on what the events met."""
    given = rules(size)
    plan = plan_of(given)
    batches = {AGAIN: leadscore(plan), BY_HAND: dispatched(chains, given)}
    batches |= {name: dispatched(build, given) for name, build in installed().items()}
    check(batches, pool[: 50 if brief else 1_000])
    works: dict[str, Any] = {name: Turns(batch, pool) for name, batch in batches.items()}
    works[NEW] = Turns(leadscore(plan_of(given)), fresh)
    works[NEW](len(fresh) // 8)
    rounds, seconds = (1, 0.005) if brief else (7, 0.15)
    timings = interleaved(works, rounds=rounds, seconds=seconds, most=len(fresh) // (2 * rounds))
    counts: dict[str, int] = {}
    for rule in given:
        counts[rule.type] = counts.get(rule.type, 0) + 1
    met = mean(counts.get(type, 0) for type, _ in pool)
    hits = mean(_hits(plan, event) for event in islice(pool, 1_000))
    return timings, f"{size:,} rules: an event's type has {met:.0f}, of which {hits:.1f} match"


def _hits(plan: Plan, event: Event) -> int:
    return sum(len(touched.rules) for touched in plan.events[event[0]].find(event[1], {}).scores)


def report(found: dict[int, dict[str, Timing]]) -> None:
    """Rates and ratios, by processor time."""
    sizes = list(found)
    head = ["events a second", *[f"{size:,} rules" for size in sizes]]
    names = [AGAIN, NEW, *[name for name in found[sizes[0]] if name not in (AGAIN, NEW)]]
    print_table(head, [[name, *[short(found[size][name].rate) for size in sizes]] for name in names])
    peers = [name for name in names if name not in (AGAIN, NEW, BY_HAND)]
    rows = []
    for ours in (AGAIN, NEW):
        if peers:
            best = [max(found[size][name].rate for name in peers) for size in sizes]
            rows.append([f"{ours} / best peer", *_ratios(found, ours, best)])
        rows.append([f"{ours} / {BY_HAND}", *_ratios(found, ours, [found[size][BY_HAND].rate for size in sizes])])
        cost = [found[size][ours].cpu / found[sizes[min(1, len(sizes) - 1)]][ours].cpu for size in sizes]
        rows.append([f"{ours}, cost of an event / at {sizes[min(1, len(sizes) - 1)]:,}", *map(times, cost)])
    print_table(["ratio", *head[1:]], rows)


def _ratios(found: dict[int, dict[str, Timing]], ours: str, others: Sequence[float]) -> list[str]:
    return [times(found[size][ours].rate / other) for size, other in zip(found, others, strict=True)]


def main() -> None:
    brief = quick()
    heading("Matching")
    pool, fresh = (events(200), events(2_000, 2)) if brief else (events(10_000), events(400_000, 2))
    found = {}
    for size in SIZES[:2] if brief else SIZES:
        found[size], line = measure(size, pool, fresh, brief)
        print(line, flush=True)
    print()
    report(found)


if __name__ == "__main__":
    main()
