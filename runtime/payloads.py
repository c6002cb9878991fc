"""From the bytes that another system sends to records: JSON of any layout, and rows of text.

What it is, its first lines tell. Text that begins with a brace or a bracket is JSON: one document a line, or one
document (or several, one after another) over as many lines as it likes. Anything else is rows, separated by commas,
semicolons, tabs or bars: the first line names the columns, unless the source does and the line is none of names. A row
becomes an object; a cell that is empty is none.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from runtime.intake import read_json

_MARK = b"\xef\xbb\xbf"
_SEPARATORS = ",;\t|"
DEEPEST = 200
"""Lists and objects within one another in a document."""
_LONGEST = 100_000_000
"""Bytes of the longest document that stands on several lines."""


class PayloadError(ValueError):
    """A payload of which nothing can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A part of a payload that can't be read: why, and the part."""

    reason: str
    original: bytes


def payloads(lines: Iterable[bytes], columns: tuple[str, ...] = ()) -> Iterator[tuple[Any, bool] | Broken]:
    """The payloads in the lines of a file, each with whether it is a row; `columns` are those of rows without a header.

    Raises PayloadError where the header can't be used."""
    left = iter(lines)
    first = next((line for line in left if line.strip()), None)
    if first is None:
        return
    first = first.removeprefix(_MARK)
    if first.lstrip()[:1] in (b"{", b"["):
        for document in _documents(first, left):
            yield document if isinstance(document, Broken) else (document, False)
    else:
        for row in _rows(chain([first], left), columns):
            yield row if isinstance(row, Broken) else (row, True)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _documents(first: bytes, left: Iterator[bytes]) -> Iterator[Any]:
    """A document for each line if the first or the second line is one by itself; else what stands on all lines."""
    head = [first]
    head += [line for line in [next((line for line in left if line.strip()), b"")] if line]
    if any(_is_json(line) for line in head):
        yield from (_document(line) for line in chain(head, left) if line.strip())
        return
    text = bytearray().join(chain(head, left))
    if len(text) > _LONGEST:
        raise PayloadError(f"a document is longer than {_LONGEST // 1_000_000} MB")
    yield from _on_several_lines(bytes(text))


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return line.strip()[:1] in (b"{", b"[")


def _document(line: bytes) -> Any:
    line = line.strip()
    try:
        found = read_json(line, longest=_LONGEST)
    except ValueError as error:
        return Broken(f"not JSON: {error}", line)
    if line.count(b"[") + line.count(b"{") > DEEPEST and _is_deep(found):
        return Broken(f"not usable: it is nested more than {DEEPEST} levels deep", line)
    return found


def _is_deep(value: Any) -> bool:
    left = [(value, 1)]
    while left:
        each, depth = left.pop()
        inner = each.values() if type(each) is dict else each if type(each) is list else ()
        if depth > DEEPEST and (type(each) is dict or type(each) is list):
            return True
        left += [(one, depth + 1) for one in inner]
    return False


def _on_several_lines(data: bytes) -> Iterator[Any]:
    """Documents one after another; from a mistake on, all that is left is one broken part."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        yield Broken("not JSON: it is not UTF-8", data)
        return
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            yield Broken(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}", text[at:].encode())
            return
        except RecursionError:
            yield Broken("not JSON: it is nested too deeply", text[at:].encode())
            return
        yield _document(text[at:end].encode())
        at = end
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1


# --- rows -------------------------------------------------------------------------------------------------------------


def _rows(lines: Iterator[bytes], columns: tuple[str, ...]) -> Iterator[dict[str, str] | Broken]:
    texts = (line.decode(errors="surrogateescape") for line in lines)
    first = next(texts)
    separator = _separator(first)
    if first.startswith("sep=") and len(first.strip()) == 5:
        separator, first = first.strip()[-1], next(texts, "")
    plain = separator == "\t" and bool(columns)
    quoting: Literal[0, 3] = csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL
    csv.field_size_limit(4_000_000)
    reader = csv.reader(chain([first], texts), delimiter=separator, quoting=quoting, strict=not plain)
    names: list[str] | None = None
    found = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise PayloadError(f"the rows can't be read from line {reader.line_num} on: {error}") from None
        if row is None:
            break
        if not any(cell.strip() for cell in row):
            continue
        if names is None:
            headless = bool(columns) and not _is_header(row, columns)
            names = list(columns) if headless else _names(row)
            if not headless:
                continue
        found += 1
        yield _record(names, row)
    if not found and names is not None and len(names) == 1:
        raise PayloadError("it is no JSON, and no table: its only line has no columns")


def _separator(line: str) -> str:
    """The mark that stands most often outside of quotes."""
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _is_header(row: list[str], columns: tuple[str, ...]) -> bool:
    return len({cell.strip() for cell in row} & set(columns)) >= min(2, len(columns))


def _names(row: list[str]) -> list[str]:
    """The columns that a first row names. Raises PayloadError."""
    names = [cell.strip() for cell in row]
    if any(not _is_text(name) for name in names):
        raise PayloadError("the line with the columns is not UTF-8")
    twice = next((name for at, name in enumerate(names) if name and name in names[:at]), None)
    if twice is not None:
        raise PayloadError(f"two columns are called `{twice}`")
    return names


def _record(names: list[str], row: list[str]) -> dict[str, str] | Broken:
    found = {name: cell for name, cell in zip(names, row, strict=False) if name and cell.strip()}
    if len(row) != len(names):
        wanted, given = (f"{count} cell{'' if count == 1 else 's'}" for count in (len(names), len(row)))
        return Broken(f"not a row of the columns: it has {given}, and there are {wanted}", _written(row))
    if not all(map(_is_text, found.values())):
        return Broken("not a row of text: it is not UTF-8", _written(row))
    return found


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= char <= "\udfff" for char in cell)


def _written(row: list[str]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode(errors="replace")
