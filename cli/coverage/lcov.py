"""Coverage as an lcov tracefile: a line for each line of a rule file on which something can be seen, a branch for each
side of what stands there.

A line counts as often as the side of it that most tests saw; a branch of something that was never asked is ``-``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from cli.coverage.total import Coverage, Entry, FileCoverage


def lcov_lines(coverage: Coverage) -> Iterator[str]:
    """The lines of the tracefile."""
    for file in coverage.files:
        if file.entries:
            yield "TN:"
            yield f"SF:{_path(file.name)}"
            yield from _records(file)
            yield "end_of_record"


def _path(name: str) -> str:
    """The path as it was named, which is what build servers know; a line can't hold a line break."""
    return os.path.normpath(name).replace("\n", "\\n").replace("\r", "\\r")


def _records(file: FileCoverage) -> Iterator[str]:
    lines: dict[int, list[Entry]] = {}
    for entry in file:
        lines.setdefault(entry.spot.line, []).append(entry)
    branches = hit = 0
    for line in sorted(lines):
        for block, entry in enumerate(lines[line]):
            asked = any(entry.counts)
            for branch, count in enumerate(entry.counts):
                yield f"BRDA:{line},{block},{branch},{count if asked else '-'}"
                branches += 1
                hit += count > 0
    yield f"BRF:{branches}"
    yield f"BRH:{hit}"
    counts = {line: max(max(entry.counts) for entry in lines[line]) for line in sorted(lines)}
    for line, count in counts.items():
        yield f"DA:{line},{count}"
    yield f"LF:{len(counts)}"
    yield f"LH:{sum(count > 0 for count in counts.values())}"
