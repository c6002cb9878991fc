"""Parquet and CSV as chunks: one event a row.

Columns `id`, `source`, `type`, `subject` and `time` are the members of a CloudEvents object. The properties stand in a
column `data`, as JSON text or as a struct, or each in a column of its own, named after its key in JSON, with or without
`data.` before it; an empty cell is a property that is absent. docs/size.md tells which types are taken for what.

A row is the same as the line of JSON that `line_of` makes of it: what can't be judged here is judged by that line.
"""

from __future__ import annotations

import itertools
import json
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from insight.columns.chunks import Chunk
from insight.columns.kernel.scanning import hash_pairs
from insight.columns.layout import ABSENT, FIRST_CODE
from insight.columns.program import Program
from insight.columns.reading import Judge
from runtime.lines import quote, write_json
from runtime.table import Table
from runtime.times import read_instant, write_instant
from runtime.values import Unreadable, read_fraction, settle

MEMBERS = ("id", "source", "type", "subject", "time")
ROWS = 500_000
"""Rows that are read at a time, or more."""
_PACKED = ".cells.parquet"
_US = pa.timestamp("us", "UTC")
_NUMERIC = ("number", "integer", "percent")


class BadFile(Exception):
    """A file that can't be read as events; the text says why."""


# --- values of cells --------------------------------------------------------------------------------------------------


def value_of(cell: Any) -> Any:
    """The JSON value that a cell says; None where it says none."""
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        return read_fraction(repr(cell)) if math.isfinite(cell) else Unreadable("Infinity")
    if isinstance(cell, Decimal):
        return settle(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    if isinstance(cell, list):
        return [value_of(each) for each in cell]
    if isinstance(cell, dict):
        return {key: value_of(each) for key, each in cell.items() if each is not None}
    return str(cell)


def written(value: Any) -> str:
    return str(value) if isinstance(value, Unreadable) else write_json(value)


def line_of(members: dict[str, Any], data: dict[str, Any] | str | None) -> bytes:
    """The line of JSON that a row stands for; `data` as values by key, or as JSON text."""
    parts = ['"specversion":"1.0"']
    parts += [f"{quote(key)}:{written(value)}" for key, value in members.items() if value is not None]
    if isinstance(data, dict):
        inner = ",".join(f"{quote(key)}:{written(value)}" for key, value in data.items() if value is not None)
        parts.append(f'"data":{{{inner}}}')
    elif data is not None:
        parts.append(f'"data":{data}')
    return ("{" + ",".join(parts) + "}").encode(errors="surrogatepass")


# --- batches ----------------------------------------------------------------------------------------------------------


class Batches:
    """How rows of one shape become events of one model. `typed` says that cells of text may mean other types (CSV)."""

    def __init__(self, schema: pa.Schema, model: Table, typed: bool, fetch: Callable[[int], bytes]) -> None:
        self.fetch = fetch
        missing = [name for name in MEMBERS if name not in schema.names]
        if missing:
            raise BadFile(f"it has no column `{missing[0]}`; an event has the columns {', '.join(MEMBERS)}")
        self.own = {name.removeprefix("data."): name for name in schema.names if name not in (*MEMBERS, "data")}
        self.own.pop("specversion", None)
        self.json = "data" in schema.names
        self.reads = _readers(model) if typed else {}

    def chunk(self, judge: Judge, table: pa.Table, first: int) -> Chunk:
        """The rows of a table whose first has that number."""
        if self.json:
            return self._by_lines(judge, table, first)
        count = table.num_rows
        slow = np.zeros(count, dtype=np.bool_)
        texts = {name: _text(table[name], slow) for name in ("id", "source", "type", "subject")}
        starts, ids = _bytes(texts["id"])
        leads, lead = _encoded(texts["subject"])
        sources, source = _encoded(texts["source"])
        types, places = _encoded(texts["type"])
        known_kinds = {name: at for at, name in enumerate(judge.kinds)}
        kinds = np.array([known_kinds.get(name, -1) for name in types] or [-1], dtype=np.int64)
        kind = kinds[places]
        time = self._times(table["time"], slow)
        slow |= (kind < 0) | (time < 0) | (time > judge.intake.latest)
        codes = np.zeros((max(len(judge.program.columns), 1), count), dtype=np.int32)
        dictionaries, known = [], []
        for key, column in judge.program.columns.items():
            values, codes[column] = self._column(table, key)
            dictionaries.append(values)
            known.append([None] * FIRST_CODE + [(str(type(value)), repr(value)) for value in values[FIRST_CODE:]])
        name_starts, names = _bytes(pa.array(sources or [""], pa.large_string()))
        chunk = Chunk(
            leads, lead, time, kind, sources, source, starts, ids, codes, dictionaries, known,
            np.arange(first, first + count, dtype=np.int64), hash_pairs(names, name_starts, source, ids, starts),
        )  # fmt: skip
        slow |= judge.bad(np.where(slow, -1, kind), codes, dictionaries)
        good = judge.again(chunk, np.flatnonzero(slow), lambda row: self.fetch(first + row))
        if good.all():
            return chunk
        kept = chunk.rows(np.flatnonzero(good))
        kept.odd = chunk.odd
        return kept

    def _column(self, table: pa.Table, key: str) -> tuple[list[Any], NDArray[Any]]:
        """The values of a property, and the codes of the rows."""
        name = self.own.get(key)
        if name is None:
            return [None] * FIRST_CODE, np.full(table.num_rows, ABSENT, dtype=np.int32)
        column = table[name]
        nested = pa.types.is_nested(column.type) and not pa.types.is_dictionary(column.type)
        read: Callable[[Any], Any] = self.reads.get(key, value_of)
        if nested or pa.types.is_timestamp(column.type):
            cells = [self._cell(cell) for cell in column]
            known: dict[str, int] = {}
            codes = np.fromiter((_numbered(known, cell) for cell in cells), np.int32, len(cells))
            distinct = {repr(cell): cell for cell in cells}
            return [None] * FIRST_CODE + [distinct[name] for name in known], codes
        values, codes = _encoded(column)
        found = [None] * FIRST_CODE + [read(value) for value in values]
        codes = codes + FIRST_CODE
        empty = np.array([value is None for value in found], dtype=np.bool_)
        codes[_nulls(column)] = ABSENT
        codes[empty[codes] & (codes >= FIRST_CODE)] = ABSENT
        return found, codes.astype(np.int32)

    def _cell(self, cell: Any) -> Any:
        if pa.types.is_timestamp(cell.type):
            return None if not cell.is_valid else write_instant(_micros(cell))
        return value_of(cell.as_py())

    def _times(self, column: Any, slow: NDArray[Any]) -> NDArray[Any]:
        """Microseconds; -1 for what is no time."""
        if pa.types.is_timestamp(column.type):
            factor = {"s": -1_000_000, "ms": -1000, "us": 1, "ns": 1000}[column.type.unit]
            held: NDArray[Any] = np.asarray(pc.fill_null(column.cast(pa.int64()), -(1 << 40)))
            return np.asarray(held * -factor if factor < 0 else held // factor)
        names, codes = _encoded(_text(column, slow))
        times: NDArray[Any] = np.array([_instant(name) for name in names] or [-1], dtype=np.int64)
        return np.asarray(times[codes])

    def _by_lines(self, judge: Judge, table: pa.Table, first: int) -> Chunk:
        """Rows with a column `data`: read as the lines that they stand for."""
        from insight.columns.jsonl import read

        lines = [self.line(table, row) for row in range(table.num_rows)]
        buf = np.frombuffer(b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines), dtype=np.uint8)
        chunk = read(judge, buf, 0)
        ends = np.cumsum([0] + [len(line) + 1 for line in lines])
        chunk.number = np.searchsorted(ends, chunk.number) + first
        for odd in chunk.odd:
            odd.number = int(np.searchsorted(ends, odd.number)) + first
        return chunk

    def line(self, table: pa.Table, row: int) -> bytes:
        """The line that a row stands for."""
        members: dict[str, Any] = {}
        for name in MEMBERS:
            members[name] = self._cell(table[name][row])
        data: dict[str, Any] | str | None
        if self.json:
            cell = table["data"][row].as_py()
            data = cell if isinstance(cell, str) or cell is None else value_of(cell)
        else:
            data = {}
            for key, name in self.own.items():
                cell = self._cell(table[name][row])
                data[key] = self.reads[key](cell) if key in self.reads and isinstance(cell, str) else cell
        return line_of(members, data)


def _numbered(known: dict[str, int], cell: Any) -> int:
    return ABSENT if cell is None else known.setdefault(repr(cell), len(known) + FIRST_CODE)


def _micros(cell: Any) -> int:
    unit = cell.type.unit
    return int(cell.value) * {"s": 1_000_000, "ms": 1000, "us": 1}[unit] if unit != "ns" else int(cell.value) // 1000


def _instant(text: str) -> int:
    try:
        return read_instant(text)
    except ValueError:
        return -1


def _text(column: Any, slow: NDArray[Any]) -> Any:
    """A column as text; rows without one, or with an empty one, are marked."""
    found = column.cast(pa.large_string()).combine_chunks() if hasattr(column, "combine_chunks") else column
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    found = pc.fill_null(found, "")
    slow |= np.asarray(pc.equal(found, ""))
    return found


def _bytes(array: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Where each text starts, and the bytes of all."""
    if not len(array):
        return np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.uint8)
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    held = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    return starts - starts[0], held[starts[0] : starts[-1]] if starts[-1] else held


def _encoded(column: Any) -> tuple[list[Any], NDArray[Any]]:
    """The distinct values of a column, and their positions by row (0 where there is none)."""
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
    return encoded.dictionary.to_pylist(), np.asarray(pc.fill_null(encoded.indices, 0)).astype(np.int32)


def _nulls(column: Any) -> NDArray[Any]:
    return np.asarray(pc.is_null(column))


def _readers(table: Table) -> dict[str, Callable[[str], Any]]:
    """How cells of text are read, by key: as the model's properties say; as text where these disagree."""
    given: dict[str, set[str]] = {}
    for field in table.attributes.values():
        if not field.computed:
            given.setdefault(field.spelling, set()).add(field.type)
    for event in table.events.values():
        for field in event.properties.values():
            given.setdefault(field.spelling, set()).add(field.type)
    found: dict[str, Callable[[str], Any]] = {}
    for key, types in given.items():
        exact = types <= {*_NUMERIC} or types in ({"boolean"}, {"list of text"})
        found[key] = _as_json if exact else _as_text
    return found


def _as_text(cell: str) -> Any:
    return cell or None


def _as_json(cell: str) -> Any:
    """A number, a boolean or a list, as JSON writes them; text that is none stays text, and is rejected."""
    from runtime.intake import read_json

    if not cell.strip():
        return None
    try:
        return read_json(cell.strip().encode())
    except ValueError:
        return cell


# --- files ------------------------------------------------------------------------------------------------------------


class ParquetEvents:
    """The events of Parquet files, one after the other; of CSV files too, which are packed as Parquet first."""

    def __init__(self, paths: list[Path]) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.files: list[tuple[pq.ParquetFile, bool]] = []
        self.paths: list[tuple[Path, bool]] = []
        path = Path()
        try:
            for path in paths:
                typed = path.suffix.lower() == ".csv" or path.name.endswith(_PACKED)
                packed = self._packed(path) if path.suffix.lower() == ".csv" else path
                self.paths.append((packed, typed))
                self.files.append((pq.ParquetFile(packed), typed))
        except (pa.ArrowException, OSError) as error:
            self.__exit__()
            raise BadFile(f"{path} can't be read: {str(error).splitlines()[0]}") from None
        self._batches: dict[int, Batches] = {}
        self._group: tuple[int, int, pa.Table] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *given: object) -> None:
        for file, _ in self.files:
            file.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _packed(self, path: Path) -> Path:
        """The cells of a CSV file as text, in a Parquet file that goes when this does."""
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="leadscore-")
        target = Path(self._folder.name) / f"{len(self.files)}{_PACKED}"
        with pacsv.open_csv(path) as probe:
            names = probe.schema.names
        convert = pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        with pacsv.open_csv(path, convert_options=convert) as reader, pq.ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
        return target

    def __reduce__(self) -> tuple[type[ParquetEvents], tuple[list[Path]]]:
        """In another process the files are opened anew."""
        return ParquetEvents, ([path for path, _ in self.paths],)

    def size(self) -> int:
        """How many rows there are."""
        return sum(file.metadata.num_rows for file, _ in self.files)

    def stretches(self) -> list[tuple[int, int, int, int]]:
        """(file, first row group, the one after the last, number of the first row): some row groups at a time."""
        found, first = [], 0
        for at, (file, _) in enumerate(self.files):
            begun, rows = 0, 0
            for group in range(file.num_row_groups):
                rows += file.metadata.row_group(group).num_rows
                if rows >= ROWS or group == file.num_row_groups - 1:
                    found.append((at, begun, group + 1, first))
                    first, begun, rows = first + rows, group + 1, 0
        return found

    def read(self, judge: Judge, stretch: tuple[int, int, int, int]) -> Chunk:
        at, begun, end, first = stretch
        file = self.files[at][0]
        batches = self._batches_of(at, judge.program.table)
        table = file.read_row_groups(list(range(begun, end)), columns=self._wanted(file, judge.program))
        return batches.chunk(judge, table, first)

    def lines(self, table: Table) -> Iterator[bytes]:
        """The lines that all rows stand for."""
        for at, (file, _) in enumerate(self.files):
            batches = self._batches_of(at, table)
            for batch in file.iter_batches():
                held = pa.Table.from_batches([batch])
                yield from (batches.line(held, row) for row in range(held.num_rows))

    def _batches_of(self, at: int, table: Table | None = None) -> Batches:
        if at not in self._batches:
            assert table is not None
            file, typed = self.files[at]
            self._batches[at] = Batches(file.schema_arrow, table, typed, self.fetch)
        return self._batches[at]

    @staticmethod
    def _wanted(file: pq.ParquetFile, program: Program) -> list[str] | None:
        """The columns that the model looks at."""
        keys = {*program.columns, *MEMBERS, "data"}
        return [name for name in file.schema_arrow.names if name in keys or name.removeprefix("data.") in keys]

    def fetch(self, number: int) -> bytes:
        """The line that the row of that number stands for."""
        for at, (file, _) in enumerate(self.files):
            if number >= file.metadata.num_rows:
                number -= file.metadata.num_rows
                continue
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if number < rows:
                    return self._batches_of(at).line(self._table(at, group), number)
                number -= rows
        raise IndexError(number)

    def _table(self, at: int, group: int) -> pa.Table:
        if self._group is None or self._group[:2] != (at, group):
            self._group = (at, group, self.files[at][0].read_row_group(group))
        return self._group[2]


# --- leads ------------------------------------------------------------------------------------------------------------

_POINTS = pa.decimal128(22, 3)
_TOGETHER = 50_000


def write_leads(path: Path, table: Table, leads: Iterable[tuple[str, str]]) -> int:
    """Write leads, given by their lines, to a Parquet file; how many there were.

    The columns are `lead`, `at`, `score.…` for each score, `band.…`, `tally.…`, `stage`, `entered` as a map, `tags`,
    `fields` as JSON text, and `fired`."""
    schema = _schema(table)
    count = 0
    draft = path.with_name(f".{path.name}.tmp")
    with pq.ParquetWriter(draft, schema) as writer:
        while held := list(itertools.islice(leads, _TOGETHER)):
            count += len(held)
            rows = [_row(json.loads(line, parse_float=Decimal)) for _, line in held]
            writer.write_table(pa.Table.from_pylist(rows, schema))
    draft.replace(path)
    return count


def _schema(table: Table) -> pa.Schema:
    fields = [("lead", pa.string()), ("at", _US)]
    fields += [(f"score.{key}", _POINTS) for key in sorted(table.scores)]
    fields += [(f"band.{key}", pa.string()) for key in sorted(table.scores) if table.scores[key].bands]
    fields += [(f"tally.{name}", pa.int64()) for name in sorted(table.tallies)]
    fields += [("stage", pa.string()), ("entered", pa.map_(pa.string(), _US)), ("tags", pa.list_(pa.string()))]
    fields += [("fields", pa.string())]
    fields += [("fired", pa.list_(pa.struct([("trigger", pa.string()), ("at", _US)])))]
    return pa.schema(fields)


def _row(lead: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"lead": lead["lead"], "at": read_instant(lead["at"]), "stage": lead["stage"]}
    row |= {f"score.{key}": Decimal(points) for key, points in lead["scores"].items()}
    row |= {f"band.{key}": band for key, band in lead["bands"].items()}
    row |= {f"tally.{name}": count for name, count in lead["tallies"].items()}
    row["entered"] = [(stage, read_instant(time)) for stage, time in lead["entered"].items()]
    row |= {"tags": lead["tags"], "fields": write_json(lead["fields"])}
    row["fired"] = [{"trigger": each["trigger"], "at": read_instant(each["at"])} for each in lead["fired"]]
    return row
