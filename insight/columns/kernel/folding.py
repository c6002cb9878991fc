"""The fold of many leads, compiled: events in their order, and between them what time does.

`matched` finds the rules whose rows match, as `runtime.match` does: each value has a mask of the rows that it leaves,
as 64-bit words, and the masks of an event's values are combined with `&`.
"""

from __future__ import annotations

import numpy as np

from insight.columns.kernel.ask import ask
from insight.columns.kernel.compiling import compiled, entry
from insight.columns.kernel.limits import push
from insight.columns.kernel.looks import enter, look
from insight.columns.kernel.passing import advance, tally_cell
from insight.columns.kernel.scores import fire, join, refresh
from insight.columns.layout import (
    ABSENT,
    AT_COLUMN,
    AT_SIZE,
    CELL,
    FI_AT,
    FI_ATTR,
    FI_SIZE,
    FI_TABLE,
    H_ATTR,
    H_ATTRS,
    H_DEGRADING,
    H_KIND,
    H_LEAD_KIND,
    H_LIMITS,
    H_PATH,
    H_SCORES,
    H_STAGES,
    H_TAGS,
    H_TALLIES,
    H_TALLY,
    HASH,
    KI_FIELDS,
    KI_FIELDS_AT,
    KI_MASKS,
    KI_PASSIVE,
    KI_ROWS_AT,
    KI_SIMPLE,
    KI_SIZE,
    KI_TAKEN,
    KI_TAKEN_AT,
    KI_WORDS,
    NODE,
    NOTHING,
    NULL,
    RU_PLAIN,
    RU_POINTS,
    RU_SCORE,
    S_ACTIVE,
    S_BEGAN,
    S_BUDGET,
    S_DIRTY,
    S_DONE,
    S_EMITTED,
    S_ENTRIES,
    S_FIRED,
    S_FIRST,
    S_FIRST_ACTIVE,
    S_FLAG,
    S_FREE,
    S_FULL,
    S_HELD,
    S_STAGE,
    S_TOP,
    S_USED,
    TA_DAYS,
    TA_REST,
    TA_SIZE,
    X_A,
    X_ATTR,
    X_CELL,
    X_ENTERED,
    X_HASH,
    X_HASHES,
    X_NODE,
    X_ORDER,
    X_P,
    X_RAISED,
    X_SHOWN,
    X_TAG,
    X_TALLY,
)  # fmt: skip
from runtime.times import DAY

BUDGET = 300_000
_LOWEST = np.array([
    0, 1, 48, 2, 57, 49, 28, 3, 61, 58, 50, 42, 38, 29, 17, 4, 62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18,
    12, 5, 63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19,
    9, 13, 8, 7, 6,
])  # fmt: skip
"""The position of the one bit of a power of two, by the upper six bits of its product with `_SPREAD`."""
_SPREAD = 0x03F79D71B4CB0A89


@compiled
def begin(M, S):
    """A new lead: nothing is known of it."""
    S[S_FIRST] = S[S_FIRST_ACTIVE] = S[S_ACTIVE] = NOTHING
    S[S_STAGE] = S[S_DONE] = -1
    S[S_HELD] = S[S_ENTRIES] = S[S_FLAG] = S[S_FREE] = S[S_FULL] = 0
    S[S_TOP] = S[S_DIRTY] = 1
    S[S_BUDGET] = BUDGET
    for at in range(M[H_SCORES]):
        S[M[X_A] + at] = S[M[X_P] + at] = S[M[X_SHOWN] + at] = 0
        S[M[X_RAISED] + at] = NOTHING
    for at in range(M[H_TALLIES]):
        S[M[X_TALLY] + at] = 0
    for at in range(M[H_STAGES]):
        S[M[X_ENTERED] + at] = NOTHING
    for at in range(M[H_TAGS]):
        S[M[X_TAG] + at] = 0
    for at in range(M[H_ATTRS]):
        S[M[X_ATTR] + at] = NOTHING if M[M[H_ATTR] + at * AT_SIZE] else ABSENT
    for at in range(M[X_CELL], M[X_CELL] + M[H_LIMITS] * CELL):
        S[at] = 0
    slots = M[X_HASH] + M[X_HASHES] * HASH
    for each in range(S[S_USED]):
        S[S[slots + each]] = 0
    S[S_USED] = 0


@compiled
def arrive(M, S, K, kind, i, t):
    """The first event of a lead begins it; an active event ends its silence; a `lead` event brings attributes."""
    if S[S_FIRST] == NOTHING:
        S[S_FIRST] = t
        if M[H_PATH]:
            enter(M, S, 0, t)
    if M[M[H_DEGRADING] + 2]:
        S[S_DIRTY] = 1
    if kind == M[H_LEAD_KIND]:
        for at in range(M[H_ATTRS]):
            column = M[M[H_ATTR] + at * AT_SIZE + AT_COLUMN]
            if column >= 0 and K[column, i] != ABSENT:
                S[M[X_ATTR] + at] = ABSENT if K[column, i] == NULL else K[column, i]
                S[S_DIRTY] = 1
    elif not M[M[H_KIND] + kind * KI_SIZE + KI_PASSIVE]:
        S[S_ACTIVE] = t
        if S[S_FIRST_ACTIVE] == NOTHING:
            S[S_FIRST_ACTIVE] = t


@compiled
def tallied(M, S, K, at, i, t):
    """A tally counts an event whose rows match."""
    record = M[H_TALLY] + at * TA_SIZE
    if M[record + TA_REST] and not ask(M, S, K, M[record + TA_REST], i, t):
        return
    S[M[X_TALLY] + at] += 1
    S[S_DIRTY] = 1
    if M[record + TA_DAYS]:
        cell = tally_cell(M, at)
        last = M[X_NODE] + S[cell + 2] * NODE
        if S[cell + 1] and S[last] == t // DAY:
            S[last + 1] += 1
        else:
            push(M, S, cell, t // DAY, 1, 0)


@compiled
def match(M, W, S, K, kind, i, t):
    """What follows from the rules and tallies that an event matches, in their order."""
    record = M[H_KIND] + kind * KI_SIZE
    words, masks, fields = M[record + KI_WORDS], M[record + KI_MASKS], M[record + KI_FIELDS_AT]
    score, total, fired, last = -1, 0, False, 0
    for word in range(words):
        mask = W[masks + word]
        for each in range(M[record + KI_FIELDS]):
            field = fields + each * FI_SIZE
            at = M[field + FI_AT]
            code = S[M[X_ATTR] + at] if M[field + FI_ATTR] else K[at, i]
            mask &= W[masks + M[M[field + FI_TABLE] + code] * words + word]
            if mask == 0:
                break
        while mask != 0:
            lowest = mask & -mask
            mask ^= lowest
            bit = _LOWEST[((lowest * _SPREAD) >> 58) & 63]
            rule = M[M[record + KI_ROWS_AT] + word * 64 + bit]
            if rule == last:
                continue
            last = rule
            if rule < 0:
                tallied(M, S, K, -rule - 1, i, t)
                continue
            if M[rule + RU_SCORE] != score:
                if fired:
                    join(M, S, score, t, total)
                score, total, fired = M[rule + RU_SCORE], 0, False
            points = M[rule + RU_POINTS] if M[rule + RU_PLAIN] else fire(M, S, K, rule, i, t)
            if points:
                fired = True
                total += points
                if points > 0:
                    S[M[X_RAISED] + score] = t
    if fired:
        join(M, S, score, t, total)


@compiled
def write(M, S, K, R, lead, until, began):
    """What stands of the lead at `until`, into its row of R."""
    S[S_DIRTY] = 1 if M[M[H_DEGRADING] + 2] else S[S_DIRTY]
    refresh(M, S, K, -1, until)
    R[lead, 0], R[lead, 1], R[lead, 2] = S[S_FLAG], S[S_FIRST], S[S_STAGE]
    R[lead, 3], R[lead, 4] = began // 2, S[S_FIRED] // 2
    at = 5
    for each in range(M[H_SCORES]):
        R[lead, at + each] = S[M[X_SHOWN] + each]
    at += M[H_SCORES]
    for each in range(M[H_TALLIES]):
        R[lead, at + each] = S[M[X_TALLY] + each]
    at += M[H_TALLIES]
    for each in range(M[H_STAGES]):
        R[lead, at + 2 * each] = S[M[X_ENTERED] + each]
        R[lead, at + 2 * each + 1] = S[M[X_ORDER] + each]
    at += 2 * M[H_STAGES]
    for each in range(M[H_TAGS]):
        R[lead, at + each] = S[M[X_TAG] + each]
    at += M[H_TAGS]
    for each in range(M[H_ATTRS]):
        R[lead, at + each] = S[M[X_ATTR] + each]


@compiled
def fold_lead(M, W, S, K, F, E, kinds, times, order, first, last, until):
    """Fold the events at `order[first:last]` into a new lead, up to `until`."""
    begin(M, S)
    for place in range(first, last):
        i = order[place]
        t = times[i]
        if t > until or S[S_FLAG] or S[S_FULL]:
            break
        kind = kinds[i]
        if S[S_FIRST] != NOTHING:
            advance(M, S, K, F, E, t - 1)
        arrive(M, S, K, kind, i, t)
        if kind != M[H_LEAD_KIND]:
            match(M, W, S, K, kind, i, t)
        S[S_DONE] = t - 1
        record = M[H_KIND] + kind * KI_SIZE
        look(M, S, K, F, E, M[record + KI_TAKEN], M[record + KI_TAKEN_AT], M[record + KI_SIMPLE] == 1, i, t)
    if S[S_FIRST] != NOTHING:
        advance(M, S, K, F, E, until)


@entry
def fold_leads(M, W, S, K, F, E, R, kinds, times, order, offsets, lead, until):
    """Fold the leads from `lead` on, lead by lead; the first that F or E has no more room for, else their number.

    The events of lead `n` are those at `order[offsets[n]:offsets[n + 1]]`."""
    S[S_FIRED] = S[S_EMITTED] = 0
    leads = len(offsets) - 1
    while lead < leads:
        began, said = S[S_FIRED], S[S_EMITTED]
        S[S_BEGAN] = began
        fold_lead(M, W, S, K, F, E, kinds, times, order, offsets[lead], offsets[lead + 1], until)
        if S[S_FULL]:
            S[S_FIRED], S[S_EMITTED] = began, said
            return lead
        if S[S_FLAG]:
            S[S_FIRED], S[S_EMITTED] = began, said
        for at in range(said + 5, S[S_EMITTED], 6 + M[H_SCORES]):
            E[at] = lead
        write(M, S, K, R, lead, until, began)
        lead += 1
    return lead
