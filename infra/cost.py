"""What the serverless runtime costs a month, by volume: measured units times list prices.

    python -m infra.cost                                   # the table of docs/operations.md
    python -m infra.cost --events 5000000 --leads 200000 --looks 8 --emitted 0.05

Units per call are those that `python -m benchmarks.cloud` measures. Everything that is assumed is an option; prices are
the list prices of us-east-1 for use on demand, without free tiers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MILLION = 1_000_000
# Dollars. A write unit is 1 KB, a read unit 4 KB.
WRITE_UNIT, READ_UNIT = 0.625 / MILLION, 0.125 / MILLION
TABLE_GB, RECOVERY_GB, LOG_GB = 0.25, 0.20, 0.50
QUEUE_REQUEST, BUS_EVENT = 0.40 / MILLION, 1.00 / MILLION
CALL, GB_SECOND = 0.20 / MILLION, 0.0000133334  # arm64
ALARM_METRIC, DASHBOARD, METRIC = 0.10, 3.00, 0.30
# Units of one call.
EVENT_READS, EVENT_WRITES = 1.0, 2.0
LOOK_READS, LOOK_WRITES = 1.08, 3.0
SHARDS = 16
EMPTY_QUERY = 0.5
MINUTES = 60 * 24 * 365 / 12
# The template: metrics that its alarms watch, and metrics that its functions write.
WATCHED, WRITTEN = 26, 24


@dataclass(frozen=True, slots=True)
class Volume:
    """A month. `looks` is how often a sweep comes to one lead, `emitted` publications per event, `batch` messages per
    invocation, `milliseconds` of ingest for one event; `event_kb` and `lead_kb` are what is stored of each."""

    events: int
    leads: int
    looks: float = 4.0
    emitted: float = 0.02
    batch: int = 10
    milliseconds: float = 25.0
    memory_gb: float = 0.5
    event_kb: float = 0.3
    lead_kb: float = 1.0
    months_kept: float = 13.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars a month."""

    events: float
    sweeps: float
    functions: float
    messages: float
    storage: float
    watching: float

    @property
    def total(self) -> float:
        return self.events + self.sweeps + self.functions + self.messages + self.storage + self.watching


def cost(of: Volume) -> Cost:
    """What a month of this volume costs."""
    looks = of.looks * of.leads
    polls = SHARDS * MINUTES * EMPTY_QUERY
    batches = of.events / of.batch
    # The stream is read in batches too; its function does little with what emits nothing.
    calls = 2 * batches + MINUTES + looks / 1_000
    seconds = (of.events * of.milliseconds * 1.2 + looks * of.milliseconds + MINUTES * 50) / 1_000
    stored = (of.events * of.event_kb * of.months_kept + of.leads * of.lead_kb) / MILLION
    log = calls * 1.5 / MILLION
    return Cost(
        of.events * (EVENT_READS * READ_UNIT + EVENT_WRITES * WRITE_UNIT),
        looks * (LOOK_READS * READ_UNIT + LOOK_WRITES * WRITE_UNIT) + polls * READ_UNIT,
        calls * CALL + seconds * of.memory_gb * GB_SECOND,
        (of.events + 2 * batches) * QUEUE_REQUEST + of.events * of.emitted * BUS_EVENT,
        stored * (TABLE_GB + RECOVERY_GB),
        WATCHED * ALARM_METRIC + DASHBOARD + WRITTEN * METRIC + log * LOG_GB,
    )


def table(volumes: Sequence[Volume]) -> str:
    """The costs as a table in Markdown."""
    lines = [
        "| events a month | leads | events | sweeps | functions | messages | storage | watching | dollars |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in volumes:
        found = cost(each)
        parts = (found.events, found.sweeps, found.functions, found.messages, found.storage, found.watching)
        shown = " | ".join(f"{part:,.2f}" for part in parts)
        lines.append(f"| {each.events:,} | {each.leads:,} | {shown} | {found.total:,.2f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command: prints the table."""
    parser = argparse.ArgumentParser(prog="python -m infra.cost", description="Dollars a month by volume.")
    parser.add_argument("--events", type=int, help="events a month; without it some volumes are shown")
    parser.add_argument("--leads", type=int, help="leads that are scored (default: a twentieth of the events)")
    parser.add_argument("--looks", type=float, default=4.0, help="sweeps of one lead a month (default: %(default)s)")
    parser.add_argument("--emitted", type=float, default=0.02, help="publications per event (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=10, help="events per invocation (default: %(default)s)")
    parser.add_argument("--milliseconds", type=float, default=25.0, help="ingest per event (default: %(default)s)")
    given = parser.parse_args(argv)
    sizes = [given.events] if given.events else [10**5, 10**6, 10**7, 10**8]
    more = {"looks": given.looks, "emitted": given.emitted, "batch": given.batch, "milliseconds": given.milliseconds}
    print(table([Volume(size, given.leads or size // 20, **more) for size in sizes]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
