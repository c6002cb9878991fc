"""The functions that expressions of sources have beside those of JMESPath: `runtime.table.FUNCTIONS` lists them.

Each takes the frame of the record that is looked at and its arguments, and gives None (null) for what it can't work
with; it may also fail with a ValueError, TypeError or LookupError, which means the same.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from runtime.intake import read_json
from runtime.moments import reader
from runtime.times import write_date, write_instant
from runtime.values import Unreadable, read_fraction, read_whole, write_number

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Frame:
    """The `record` that is looked at, and the `payload` that it came in."""

    record: Any = None
    payload: Any = None


def number_of(text: str) -> int | Decimal | None:
    """The number that a text is, exactly; None if it is none, or one of more digits than a value has."""
    written = text.strip()
    if not _NUMBER.fullmatch(written):
        return None
    found = read_whole(written) if written.lstrip("+-").isdigit() else read_fraction(written)
    return None if isinstance(found, Unreadable) else found


def _texts(*values: Any) -> bool:
    return all(type(value) is str for value in values)


def _entries(_: Frame, given: Any) -> Any:
    """The members of an object as objects with `key` and `value`; of a list in it, one for each entry."""
    found = []
    for key, value in given.items():
        found += [{"key": key, "value": each} for each in (value if isinstance(value, list) else [value])]
    return found


def _field(frame: Frame, name: Any) -> Any:
    """A member of the record by its name, whatever characters it has."""
    return frame.record.get(name)


def _whole(frame: Frame) -> Any:
    """The payload that the record came in."""
    return frame.payload


def _from_items(_: Frame, given: Any) -> Any:
    """An object from a list of pairs, name and value; pairs without a name are left out."""
    return {pair[0]: pair[1] for pair in given if len(pair) == 2 and type(pair[0]) is str}


def _lookup(_: Frame, key: Any, table: Any, otherwise: Any = None) -> Any:
    """The member of an object that a text or a number names, or else `otherwise`."""
    name = key if type(key) is str else write_number(key) if type(key) in (int, Decimal) else None
    return table.get(name, otherwise)


def _lower(_: Frame, text: str) -> Any:
    return text.lower()


def _upper(_: Frame, text: str) -> Any:
    return text.upper()


def _trim(_: Frame, text: str) -> Any:
    return text.strip()


def _snake(_: Frame, text: str) -> Any:
    """``Demo Requested`` and ``demoRequested`` as ``demo_requested``."""
    return _BETWEEN.sub("_", _CAMEL.sub("_", text)).strip("_").lower()


def _split(_: Frame, text: str, separator: str) -> Any:
    return [part.strip() for part in text.split(separator)]


def _replace(_: Frame, text: str, old: str, new: str) -> Any:
    return text.replace(old, new) if old else text


def _from_json(_: Frame, text: str) -> Any:
    return read_json(text.encode())


def _from_base64(_: Frame, text: str) -> Any:
    """The text in base64, of either alphabet, with or without the padding."""
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()


def _url_host(_: Frame, url: str) -> Any:
    return urlsplit(url.strip()).hostname


def _url_path(_: Frame, url: str) -> Any:
    """The path of an address, which is ``/`` where it has none."""
    found = urlsplit(url.strip())
    return found.path or ("/" if found.netloc else None)


def _url_param(_: Frame, url: str, name: str) -> Any:
    """The first value of a parameter of an address, or of the part of one that follows its question mark."""
    query = urlsplit(url.strip()).query if "?" in url or "//" in url else url.strip()
    return parse_qs(query).get(name, [None])[0]


def _date(_: Frame, value: Any, format: Any = None, zone: Any = None) -> Any:
    """The UTC day of a time, as a date is written."""
    return write_date(reader(format, zone or ("UTC" if format is None else None))(value))


def _instant(_: Frame, value: Any, format: Any = None, zone: Any = None) -> Any:
    """A time as an instant is written."""
    return write_instant(reader(format, zone)(value))


def _of_texts(formula: Callable[..., Any]) -> Callable[..., Any]:
    return lambda frame, *values: formula(frame, *values) if _texts(*values) else None


FORMULAS: dict[str, Callable[..., Any]] = {
    "entries": _entries,
    "field": _field,
    "whole": _whole,
    "from_items": _from_items,
    "lookup": _lookup,
    "lower": _of_texts(_lower),
    "upper": _of_texts(_upper),
    "trim": _of_texts(_trim),
    "snake": _of_texts(_snake),
    "split": _of_texts(_split),
    "replace": _of_texts(_replace),
    "from_json": _of_texts(_from_json),
    "from_base64": _of_texts(_from_base64),
    "url_host": _of_texts(_url_host),
    "url_path": _of_texts(_url_path),
    "url_param": _of_texts(_url_param),
    "date": _date,
    "instant": _instant,
}
