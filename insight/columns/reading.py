"""From codes to events: which of them are good, and what becomes of those that the fast way does not judge.

Both readers - of JSON lines, and of Parquet and CSV - give codes and dictionaries. Here the values are checked, once
each; an event with a bad one, and every line that a reader marked, is read again by `runtime.intake`, which says why it
is rejected or what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from insight.columns.chunks import Chunk, Odd
from insight.columns.layout import ABSENT, FIRST_CODE, NULL
from insight.columns.program import Program
from runtime.intake import Intake, Rejected, envelope
from runtime.table import Field
from runtime.values import BadValue, check_of


class Judge:
    """Checks the values of one model. `now` is the clock that events are held against (microseconds)."""

    def __init__(self, program: Program, now: int) -> None:
        table = program.table
        self.program = program
        self.intake = Intake(program.plan, now)
        self.kinds = [event.spelling for event in table.events.values()] + ["lead"]
        self._fields = [list(event.properties.values()) for event in table.events.values()]
        self._fields.append([field for field in table.attributes.values() if not field.computed])

    def bad(self, kind: NDArray[Any], codes: NDArray[Any], dictionaries: list[list[Any]]) -> NDArray[Any]:
        """By event, whether a value of it is bad or a required one is missing; of kinds below 0, no."""
        found = np.zeros(len(kind), dtype=np.bool_)
        for number, fields in enumerate(self._fields):
            rows = None
            for field in fields:
                column = self.program.columns[field.spelling]
                wrong = _wrong(field, dictionaries[column], required=number < len(self.kinds) - 1)
                if not wrong.any():
                    continue
                if rows is None:
                    rows = np.flatnonzero(kind == number)
                found[rows] |= wrong[codes[column, rows]]
        return found

    def again(self, chunk: Chunk, rows: NDArray[Any], line: Callable[[int], bytes]) -> NDArray[Any]:
        """Read these rows of a chunk slowly, and fill them in; the rows that are rejected are noted in `chunk.odd`.

        Returns, by row of the chunk, whether its event is good."""
        good = np.ones(len(chunk), dtype=np.bool_)
        if not len(rows):
            return good
        filling = _Filling(self, chunk)
        for row in rows.tolist():
            text = line(row)
            try:
                event = self.intake.meet(text)[1]
            except Rejected as rejected:
                good[row] = False
                if text.strip():
                    chunk.odd.append(Odd(int(chunk.number[row]), text, rejected))
                continue
            filling.fill(row, event[0], envelope(text))
        filling.end()
        return good


def _wrong(field: Field, values: list[Any], required: bool) -> NDArray[Any]:
    """By code, whether an event can't have that value there."""
    check = check_of(field)
    missing = required and field.required
    found = np.zeros(len(values), dtype=np.bool_)
    found[ABSENT] = found[NULL] = missing
    for code, value in enumerate(values[FIRST_CODE:], FIRST_CODE):
        try:
            check(value)
        except BadValue:
            found[code] = True
    return found


class _Filling:
    """Fills events that were read slowly into a chunk."""

    def __init__(self, judge: Judge, chunk: Chunk) -> None:
        self.judge, self.chunk = judge, chunk
        self.leads = {name: at for at, name in enumerate(chunk.leads)}
        self.sources = {name: at for at, name in enumerate(chunk.sources)}
        self.values: dict[tuple[int, Any, str], int] = {}
        self.ids: dict[int, bytes] = {}

    def fill(self, row: int, time: int, given: dict[str, Any]) -> None:
        chunk, program = self.chunk, self.judge.program
        chunk.time[row] = time
        chunk.kind[row] = self.judge.kinds.index(given["type"])
        chunk.lead[row] = self._number(self.leads, chunk.leads, given["subject"])
        chunk.source[row] = self._number(self.sources, chunk.sources, given["source"])
        self.ids[row] = given["id"].encode()
        chunk.pair[row] = pair_of(given["source"], given["id"])
        chunk.codes[:, row] = ABSENT
        for key, value in (given.get("data") or {}).items():
            column = program.columns.get(key)
            if column is not None:
                chunk.codes[column, row] = NULL if value is None else self._code(column, value)

    @staticmethod
    def _number(known: dict[str, int], names: list[str], name: str) -> int:
        found = known.get(name)
        if found is None:
            found = known[name] = len(names)
            names.append(name)
        return found

    def _code(self, column: int, value: Any) -> int:
        key = (column, type(value), repr(value))
        found = self.values.get(key)
        if found is None:
            values = self.chunk.dictionaries[column]
            found = self.values[key] = len(values)
            values.append(value)
            self.chunk.known[column].append(key[1:])
        return found

    def end(self) -> None:
        """Write the ids of the events that were filled in among the others."""
        chunk = self.chunk
        if not self.ids:
            return
        data = chunk.ids.tobytes()
        parts = [
            self.ids[row] if row in self.ids else data[chunk.starts[row] : chunk.starts[row + 1]]
            for row in range(len(chunk))
        ]
        np.cumsum([len(part) for part in parts], out=chunk.starts[1:])
        chunk.ids = np.frombuffer(b"".join(parts), dtype=np.uint8)


def pair_of(source: str, id: str) -> int:
    """The hash of a pair, as the compiled readers make it."""
    from insight.columns.kernel.scanning import hash_pair

    one, two = source.encode(), id.encode()
    both = np.frombuffer(one + two, dtype=np.uint8)
    return int(hash_pair(both, 0, len(one), len(both)))
