"""Reading lines of JSON, compiled: CloudEvents of the usual shape, straight into codes.

A line is walked through once, byte by byte; each value that the model knows becomes a code by hashing its text, and
nothing is made of it. What is unusual - an escape in a name, a time in an odd form, a type that nobody knows, a line
that is no JSON - is not judged here: the line is marked, and `runtime.intake` says what it is.
"""

from __future__ import annotations

import numpy as np

from insight.columns.kernel.compiling import compiled, entry

QUICK, BLANK, SLOW = range(3)
_QUOTE, _BACKSLASH, _COLON, _COMMA, _OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 34, 92, 58, 44, 123, 125, 91, 93
_DEEPEST = 60
_SECOND = 1_000_000
_DAYS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int64)


@compiled
def blank(buf, at, end):
    """The first place from `at` on that is no white space."""
    while at < end and (buf[at] == 32 or buf[at] == 9 or buf[at] == 13):
        at += 1
    return at


@compiled
def text_end(buf, at, end):
    """The closing quote of the text that begins at `at`; -1 for what is no text, or has an escape by number."""
    while at < end:
        byte = buf[at]
        if byte == _QUOTE:
            return at
        if byte < 32:
            return -1
        if byte == _BACKSLASH:
            at += 1
            if at >= end:
                return -1
            byte = buf[at]
            if not (
                byte == 34 or byte == 92 or byte == 47 or byte == 98 or byte == 102 or byte == 110 or byte == 114
                or byte == 116
            ):  # fmt: skip
                return -1
        at += 1
    return -1


@compiled
def plain_end(buf, at, end):
    """The closing quote of a text without escapes; -1 for any other."""
    while at < end:
        byte = buf[at]
        if byte == _QUOTE:
            return at
        if byte < 32 or byte == _BACKSLASH:
            return -1
        at += 1
    return -1


@compiled
def digits(buf, at, end):
    """The first place from `at` on that is no digit."""
    while at < end and 48 <= buf[at] <= 57:
        at += 1
    return at


@compiled
def number_end(buf, at, end):
    """The end of the JSON number at `at`; -1 if there is none."""
    if at < end and buf[at] == 45:
        at += 1
    first = at
    at = digits(buf, at, end)
    if at == first or (buf[first] == 48 and at > first + 1):
        return -1
    if at < end and buf[at] == 46:
        first = at + 1
        at = digits(buf, first, end)
        if at == first:
            return -1
    if at < end and (buf[at] == 101 or buf[at] == 69):
        first = at + 1
        if first < end and (buf[first] == 43 or buf[first] == 45):
            first += 1
        at = digits(buf, first, end)
        if at == first:
            return -1
    return at


@compiled
def scalar_end(buf, at, end):
    """The end of the JSON text, number, boolean or null at `at`; -1 if there is none."""
    byte = buf[at]
    if byte == _QUOTE:
        found = text_end(buf, at + 1, end)
        return found + 1 if found >= 0 else -1
    if byte == 116:
        return at + 4 if at + 4 <= end and buf[at + 1] == 114 and buf[at + 2] == 117 and buf[at + 3] == 101 else -1
    if byte == 110:
        return at + 4 if at + 4 <= end and buf[at + 1] == 117 and buf[at + 2] == 108 and buf[at + 3] == 108 else -1
    if byte == 102:
        good = at + 5 <= end and buf[at + 1] == 97 and buf[at + 2] == 108 and buf[at + 3] == 115 and buf[at + 4] == 101
        return at + 5 if good else -1
    return number_end(buf, at, end)


@compiled
def value_end(buf, at, end):
    """The end of the JSON value at `at`, whatever is nested in it; -1 for what is none, or is nested deeply."""
    if at >= end:
        return -1
    if buf[at] != _OPEN and buf[at] != _OPEN_LIST:
        return scalar_end(buf, at, end)
    depth, objects = 0, 0
    while True:
        at = blank(buf, at, end)
        if at >= end:
            return -1
        if buf[at] == _OPEN or buf[at] == _OPEN_LIST:
            depth += 1
            if depth > _DEEPEST:
                return -1
            objects = objects << 1 | (1 if buf[at] == _OPEN else 0)
            at = blank(buf, at + 1, end)
            if at >= end or buf[at] != (_CLOSE if objects & 1 else _CLOSE_LIST):
                if objects & 1:
                    at = member(buf, at, end)
                    if at < 0:
                        return -1
                continue
        else:
            at = scalar_end(buf, at, end)
            if at < 0:
                return -1
        while depth:
            at = blank(buf, at, end)
            if at >= end:
                return -1
            if buf[at] == _COMMA:
                at = at + 1 if not objects & 1 else member(buf, at + 1, end)
                if at < 0:
                    return -1
                break
            if buf[at] != (_CLOSE if objects & 1 else _CLOSE_LIST):
                return -1
            at, depth, objects = at + 1, depth - 1, objects >> 1
        if depth == 0:
            return at


@compiled
def member(buf, at, end):
    """The place behind the name of a member and its colon; -1 if there is none."""
    at = blank(buf, at, end)
    if at >= end or buf[at] != _QUOTE:
        return -1
    at = text_end(buf, at + 1, end)
    if at < 0:
        return -1
    at = blank(buf, at + 1, end)
    return at + 1 if at < end and buf[at] == _COLON else -1


# --- times ------------------------------------------------------------------------------------------------------------


@compiled
def pair(buf, at):
    """The two-digit number at `at`; -1 if there is none."""
    if 48 <= buf[at] <= 57 and 48 <= buf[at + 1] <= 57:
        return (np.int64(buf[at]) - 48) * 10 + np.int64(buf[at + 1]) - 48
    return -1


@compiled
def day_of(year, month, day):
    """The number of a UTC day since 1970-01-01; -1 if there is no such day in 1970 to 2999."""
    if year < 1970 or year > 2999 or month < 1 or month > 12 or day < 1:
        return -1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 30 + ((month + month // 8) & 1) if month != 2 else 29 if leap else 28
    if day > length:
        return -1
    past = year - 1
    found = past * 365 + past // 4 - past // 100 + past // 400 - 719162
    return found + _DAYS[month - 1] + (1 if leap and month > 2 else 0) + day - 1


@compiled
def instant(buf, at, end):
    """The instant that a text says, in microseconds; -1 for what is none, or before 1970."""
    if end - at < 17 or buf[at + 4] != 45 or buf[at + 7] != 45 or buf[at + 13] != 58:
        return -1
    if buf[at + 10] != 84 and buf[at + 10] != 116:
        return -1
    century, year, month, day = pair(buf, at), pair(buf, at + 2), pair(buf, at + 5), pair(buf, at + 8)
    hour, minute = pair(buf, at + 11), pair(buf, at + 14)
    if century < 0 or year < 0 or month < 0 or day < 0 or hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return -1
    number = day_of(century * 100 + year, month, day)
    if number < 0:
        return -1
    found = ((number * 24 + hour) * 60 + minute) * 60 * _SECOND
    at += 16
    if buf[at] == 58:
        second = pair(buf, at + 1) if at + 3 < end else -1
        if second < 0 or second > 59:
            return -1
        found += second * _SECOND
        at += 3
        if buf[at] == 46:
            first = at + 1
            at = digits(buf, first, end)
            if at == first or at >= end:
                return -1
            worth = 100_000
            for place in range(first, min(at, first + 6)):
                found += (np.int64(buf[place]) - 48) * worth
                worth //= 10
    if buf[at] == 90 or buf[at] == 122:
        return found if at + 1 == end else -1
    if (buf[at] != 43 and buf[at] != 45) or at + 6 != end or buf[at + 3] != 58:
        return -1
    hour, minute = pair(buf, at + 1), pair(buf, at + 4)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return -1
    offset = (hour * 60 + minute) * 60 * _SECOND
    found += -offset if buf[at] == 43 else offset
    return found if found >= 0 else -1


# --- codes ------------------------------------------------------------------------------------------------------------


@compiled
def same(buf, at, size, other, start):
    """Whether so many bytes at `at` of one buffer are those at `start` of the other."""
    for each in range(size):
        if buf[at + each] != other[start + each]:
            return False
    return True


@compiled
def hashed(buf, at, end):
    """A hash of the bytes."""
    found = np.int64(-3750763034362895579)
    for place in range(at, end):
        found = (found ^ np.int64(buf[place])) * 1099511628211
    return found ^ (found >> 29)


@compiled
def named(buf, at, end, names, starts):
    """The position of a text among names that are written one after the other; -1 if it is none of them."""
    for each in range(len(starts) - 1):
        if starts[each + 1] - starts[each] == end - at and same(buf, at, end - at, names, starts[each]):
            return each
    return -1


@compiled
def coded(buf, at, end, column, slots, entries, counts):
    """The code of a text in a column: a new one for a text that was not there yet.

    `slots` are places in a table, -1 where it is free; `entries` rows of (hash, column, start, end, code); `counts` how
    many codes each column has given, and in the last place how many entries there are."""
    key, mask = hashed(buf, at, end), len(slots) - 1
    slot = (key + column * 0x9E3779B1) & mask
    while True:
        found = slots[slot]
        if found < 0:
            break
        if entries[found, 0] == key and entries[found, 1] == column:
            start = entries[found, 2]
            if entries[found, 3] - start == end - at and same(buf, at, end - at, buf, start):
                return entries[found, 4]
        slot = (slot + 1) & mask
    number = counts[len(counts) - 1]
    slots[slot] = number
    entries[number, 0], entries[number, 1], entries[number, 2], entries[number, 3] = key, column, at, end
    entries[number, 4] = counts[column]
    counts[column] += 1
    counts[len(counts) - 1] += 1
    return entries[number, 4]


@compiled
def larger(slots, entries, count):
    """A table with room for twice as many entries, with those that there are."""
    found = np.empty(2 * len(slots), np.int32)
    for slot in range(len(found)):
        found[slot] = -1
    more = np.empty((len(slots), 5), np.int64)
    for number in range(count):
        for each in range(5):
            more[number, each] = entries[number, each]
    mask = len(found) - 1
    for number in range(count):
        slot = (more[number, 0] + more[number, 1] * 0x9E3779B1) & mask
        while found[slot] >= 0:
            slot = (slot + 1) & mask
        found[slot] = number
    return found, more


# --- lines ------------------------------------------------------------------------------------------------------------


@compiled
def data(buf, at, end, names, starts, i, codes, slots, entries, counts):
    """The members of the object at `at`, into the codes of event i; the place behind it, -1 if it is none."""
    at = blank(buf, at + 1, end)
    if at < end and buf[at] == _CLOSE:
        return at + 1
    guess = 0
    while True:
        at = blank(buf, at, end)
        if at >= end or buf[at] != _QUOTE:
            return -1
        first = at + 1
        last = plain_end(buf, first, end)
        if last < 0:
            return -1
        if (
            guess < len(starts) - 1
            and starts[guess + 1] - starts[guess] == last - first
            and same(buf, first, last - first, names, starts[guess])
        ):
            column = guess
        else:
            column = named(buf, first, last, names, starts)
        at = blank(buf, last + 1, end)
        if at >= end or buf[at] != _COLON:
            return -1
        at = blank(buf, at + 1, end)
        last = value_end(buf, at, end)
        if last < 0:
            return -1
        if column >= 0:
            guess = column + 1
            if codes[column, i]:  # it came before: this is for those who read slowly
                return -1
            codes[column, i] = 1 if buf[at] == 110 else coded(buf, at, last, column, slots, entries, counts)
        at = blank(buf, last, end)
        if at >= end:
            return -1
        if buf[at] == _CLOSE:
            return at + 1
        if buf[at] != _COMMA:
            return -1
        at += 1


@compiled
def member_of(buf, at, end):
    """Which member of the envelope a name is: 0 specversion, 1 id, 2 source, 3 type, 4 subject, 5 time, 6 data; -1."""
    size = end - at
    if size == 2:
        return 1 if buf[at] == 105 and buf[at + 1] == 100 else -1
    if size == 4:
        if buf[at] == 116 and buf[at + 1] == 121 and buf[at + 2] == 112 and buf[at + 3] == 101:
            return 3
        if buf[at] == 116 and buf[at + 1] == 105 and buf[at + 2] == 109 and buf[at + 3] == 101:
            return 5
        if buf[at] == 100 and buf[at + 1] == 97 and buf[at + 2] == 116 and buf[at + 3] == 97:
            return 6
    elif size == 6 or size == 7 or size == 11:
        name = _SOURCE if size == 6 else _SUBJECT if size == 7 else _SPECVERSION
        if same(buf, at, size, name, 0):
            return 2 if size == 6 else 4 if size == 7 else 0
    return -1


_SOURCE, _SUBJECT = np.frombuffer(b"source", np.uint8), np.frombuffer(b"subject", np.uint8)
_SPECVERSION = np.frombuffer(b"specversion", np.uint8)


@compiled
def line(buf, at, end, i, latest, names, starts, kinds, kind_starts, found, codes, slots, entries, counts):
    """Read one line: `found` receives (kind, time, lead, source, start of the id, its end); whether it is usual."""
    seen = 0
    at = blank(buf, at, end)
    if at >= end or buf[at] != _OPEN:
        return False
    at += 1
    while True:
        at = blank(buf, at, end)
        if at >= end or buf[at] != _QUOTE:
            return False
        last = plain_end(buf, at + 1, end)
        if last < 0:
            return False
        which = member_of(buf, at + 1, last)
        at = blank(buf, last + 1, end)
        if at >= end or buf[at] != _COLON:
            return False
        at = blank(buf, at + 1, end)
        if at >= end:
            return False
        if which < 0:
            at = value_end(buf, at, end)
        elif seen & (1 << which):
            return False
        elif which == 6:
            if buf[at] == _OPEN:
                at = data(buf, at, end, names, starts, i, codes, slots, entries, counts)
            elif buf[at] == 110:
                at = scalar_end(buf, at, end)
            else:
                return False
        else:
            if buf[at] != _QUOTE:
                return False
            first = at + 1
            last = plain_end(buf, first, end)
            if last <= first:
                return False
            if which == 0:
                if last - first != 3 or buf[first] != 49 or buf[first + 1] != 46 or buf[first + 2] != 48:
                    return False
            elif which == 1:
                found[4], found[5] = first, last
            elif which == 2:
                found[3] = coded(buf, first, last, len(counts) - 2, slots, entries, counts)
            elif which == 3:
                found[0] = named(buf, first, last, kinds, kind_starts)
                if found[0] < 0:
                    return False
            elif which == 4:
                found[2] = coded(buf, first, last, len(counts) - 3, slots, entries, counts)
            else:
                found[1] = instant(buf, first, last)
                if found[1] < 0 or found[1] > latest:
                    return False
            at = last + 1
        if at < 0:
            return False
        if which >= 0:
            seen |= 1 << which
        at = blank(buf, at, end)
        if at >= end:
            return False
        if buf[at] == _CLOSE:
            break
        if buf[at] != _COMMA:
            return False
        at += 1
    return blank(buf, at + 1, end) == end and seen & 63 == 63


@entry
def scan(buf, latest, names, starts, kinds, kind_starts, longest, bounds, status, found, codes, counts):
    """Read the lines of `buf`: `bounds` receives the start and end of each, `status` what it is, `found` and `codes`
    what `line` finds. Returns the entries of all codes: rows of (hash, column, start, end, code); the columns are the
    names', then leads, then sources."""
    slots = np.empty(1 << 12, np.int32)
    for slot in range(len(slots)):
        slots[slot] = -1
    entries = np.empty((1 << 11, 5), np.int64)
    at, i, size, columns = 0, 0, len(buf), len(starts) - 1
    while at < size:
        end = at
        while end < size and buf[end] != 10:
            end += 1
        if counts[columns + 2] + columns + 2 >= len(entries):
            slots, entries = larger(slots, entries, counts[columns + 2])
        bounds[i, 0], bounds[i, 1] = at, end
        if end - at <= longest and line(
            buf, at, end, i, latest, names, starts, kinds, kind_starts, found[i], codes, slots, entries, counts
        ):
            status[i] = QUICK
        else:
            status[i] = BLANK if blank(buf, at, end) == end else SLOW
            for column in range(columns):
                codes[column, i] = 0
        i += 1
        at = end + 1
    return entries[: counts[columns + 2]]


@entry
def hash_pair(buf, start, middle, end):
    """A hash of a source at `start:middle` and an id at `middle:end`."""
    return hashed(buf, start, middle) * 31 + hashed(buf, middle, end)


@entry
def hash_pairs(sources, source_starts, source, ids, starts):
    """The hash of each event's pair of source and id."""
    names = np.empty(len(source_starts) - 1, np.int64)
    for at in range(len(names)):
        names[at] = hashed(sources, source_starts[at], source_starts[at + 1])
    found = np.empty(len(source), np.int64)
    for i in range(len(source)):
        found[i] = names[source[i]] * 31 + hashed(ids, starts[i], starts[i + 1])
    return found


@entry
def copied(buf, first, last):
    """The bytes at `first:last` of each row, one after the other, with where each starts."""
    starts = np.zeros(len(first) + 1, np.int64)
    for i in range(len(first)):
        starts[i + 1] = starts[i] + last[i] - first[i]
    found = np.empty(starts[len(first)], np.uint8)
    for i in range(len(first)):
        at = starts[i]
        for place in range(first[i], last[i]):
            found[at] = buf[place]
            at += 1
    return starts, found
