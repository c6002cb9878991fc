"""Reading single values: numbers, texts with their escapes, dates and instants.

Each function takes the spelling as it stands in the file and gives the value, or a `Fault`: what is wrong with it,
and which characters of the spelling are wrong. The wording is made in `dsl.errors`, not here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Literal, TypeAlias

FaultKind: TypeAlias = Literal[
    "escape", "code point", "digits", "date shape", "no such date", "no offset", "time shape", "no such time", "year"
]
MICROS_A_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date(2999, 12, 31).toordinal() - _EPOCH
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]+)\}|(.))", re.DOTALL)
_PLAIN = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?")
_OFFSET = re.compile(r"[Zz]|([+-])([0-9]{2}):([0-9]{2})")
_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a spelling: characters `start` up to but not including `end` of it."""

    kind: FaultKind
    start: int
    end: int


def nfc(text: str) -> str:
    """The text in Unicode form NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read_text(inside: str) -> tuple[str, tuple[Fault, ...]]:
    """The value of what stands between the quotes, in NFC; faulty escapes are left out of it."""
    if "\\" not in inside:
        return nfc(inside), ()
    parts, faults, at = [], [], 0
    for match in _ESCAPE.finditer(inside):
        parts.append(inside[at : match.start()])
        at = match.end()
        digits, plain = match.groups()
        if digits is not None:
            code = int(digits, 16) if len(digits) <= 16 else 0x110000
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                faults.append(Fault("code point", *match.span()))
            else:
                parts.append(chr(code))
        elif plain in _PLAIN:
            parts.append(_PLAIN[plain])
        else:
            faults.append(Fault("escape", *match.span()))
    parts.append(inside[at:])
    return nfc("".join(parts)), tuple(faults)


def read_number(spelling: str) -> Decimal | Fault:
    """The number; a fault if it has over 15 digits before the point or 12 after it, zeros at either end aside."""
    whole, _, part = spelling.partition(".")
    if len(whole.lstrip("0")) > 15 or len(part.rstrip("0")) > 12:
        return Fault("digits", 0, len(spelling))
    return Decimal(spelling)


def read_percent(spelling: str) -> Decimal | Fault:
    """The fraction that a percent such as ``80%`` says: 0.8."""
    number = spelling.rstrip("%").rstrip()
    value = read_number(number)
    return value if isinstance(value, Fault) else value.scaleb(-2, _EXACT)


def read_date(spelling: str) -> int | Fault:
    """Microseconds since 1970 of a date's 00:00Z."""
    match = _DATE.fullmatch(spelling)
    if match is None:
        return Fault("date shape", 0, len(spelling))
    try:
        day = date(*map(int, match.groups())).toordinal() - _EPOCH
    except ValueError:
        return Fault("no such date", 0, len(spelling))
    return day * MICROS_A_DAY if 0 <= day <= _LAST_DAY else Fault("year", 0, len(spelling))


def read_instant(spelling: str) -> int | Fault:
    """Microseconds since 1970 of an RFC 3339 instant; seconds may be missing, digits beyond microseconds are cut."""
    whole = len(spelling)
    if _DATE.fullmatch(spelling[:10]) is None:
        return Fault("date shape", 0, max(spelling.upper().find("T"), 0) or whole)
    time = _TIME.match(spelling, 11)
    if time is None:
        return Fault("time shape", 0, whole)
    if time.end() == whole:
        return Fault("no offset", 0, whole)
    offset = _OFFSET.fullmatch(spelling, time.end())
    if offset is None:
        return Fault("time shape", 0, whole)
    try:
        day = date(int(spelling[:4]), int(spelling[5:7]), int(spelling[8:10])).toordinal() - _EPOCH
    except ValueError:
        return Fault("no such date", 0, 10)
    hours, minutes, seconds = int(time[1]), int(time[2]), int(time[3] or 0)
    ahead = (int(offset[2]), int(offset[3])) if offset[1] else (0, 0)
    if hours > 23 or minutes > 59 or seconds > 59 or ahead[0] > 23 or ahead[1] > 59:
        return Fault("no such time", 11, whole)
    minutes += hours * 60 - (ahead[0] * 60 + ahead[1]) * (-1 if offset[1] == "-" else 1)
    micros = day * MICROS_A_DAY + (minutes * 60 + seconds) * 1_000_000 + int((time[4] or "0")[:6].ljust(6, "0"))
    return micros if 0 <= micros < (_LAST_DAY + 1) * MICROS_A_DAY else Fault("year", 0, whole)
