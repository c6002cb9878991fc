"""The events of each lead in their order, (time, source, id), compiled.

Events are counted out by lead, which keeps the order in which they came; most files are in the order of time, so that
what is left to do is to look that nothing is out of place. A lead with events out of place is sorted by merging.
"""

from __future__ import annotations

import numpy as np

from insight.columns.kernel.compiling import compiled, entry


@compiled
def before(time, source, starts, ids, one, two):
    """Whether one event comes before the other in the order of a lead."""
    if time[one] != time[two]:
        return time[one] < time[two]
    if source[one] != source[two]:
        return source[one] < source[two]
    at, end = starts[one], starts[one + 1]
    other, last = starts[two], starts[two + 1]
    while at < end and other < last:
        if ids[at] != ids[other]:
            return ids[at] < ids[other]
        at += 1
        other += 1
    return end - at < last - other


@compiled
def sort(time, source, starts, ids, order, room, first, last):
    """Sort `order[first:last]` by merging runs, from the bottom up; `room` is as long as `order`."""
    size = 1
    while size < last - first:
        for left in range(first, last, 2 * size):
            middle, right = min(left + size, last), min(left + 2 * size, last)
            one, two = left, middle
            for at in range(left, right):
                if one < middle and (two >= right or not before(time, source, starts, ids, order[two], order[one])):
                    room[at] = order[one]
                    one += 1
                else:
                    room[at] = order[two]
                    two += 1
        for at in range(first, last):  # (assigning slices takes long to compile)
            order[at] = room[at]
        size *= 2


@entry
def ordered(lead, time, source, starts, ids, leads):
    """(offsets, order): the events of lead n are `order[offsets[n]:offsets[n + 1]]`, in their order."""
    count = len(lead)
    offsets = np.zeros(leads + 1, np.int64)
    for i in range(count):
        offsets[lead[i] + 1] += 1
    for at in range(leads):
        offsets[at + 1] += offsets[at]
    free = offsets.copy()
    order = np.empty(count, np.int32)
    for i in range(count):
        order[free[lead[i]]] = i
        free[lead[i]] += 1
    room = np.empty(0, np.int32)
    for at in range(leads):
        first, last = offsets[at], offsets[at + 1]
        for place in range(first + 1, last):
            if before(time, source, starts, ids, order[place], order[place - 1]):
                if len(room) == 0:
                    room = np.empty(count, np.int32)
                sort(time, source, starts, ids, order, room, first, last)
                break
    return offsets, order
