"""What time does to the lead in hand, compiled: falls, steps, fades and expiries, and when the next of them is due.

The meaning is that of `runtime.clock`, `runtime.steps` and `Fold.advance`. Steps are taken one by one: a compiled step
costs some nanoseconds. A lead for which time does more than `BUDGET` allows is left to the other engine, which takes
long runs of steps at once.
"""

from __future__ import annotations

from insight.columns.kernel.ask import half_even
from insight.columns.kernel.compiling import compiled
from insight.columns.kernel.limits import drop_first
from insight.columns.kernel.looks import look
from insight.columns.kernel.scores import age, days_of, refresh
from insight.columns.layout import (
    AT_DIRECT,
    AT_SIZE,
    AT_VALUES,
    CELL,
    H_AGEING,
    H_ATTR,
    H_DEGRADING,
    H_EDGED,
    H_EDGED_AT,
    H_LIMITS,
    H_MIDNIGHTS,
    H_SCORE,
    H_SCORES,
    H_TALLIES,
    H_TALLY,
    H_TIMELESS,
    H_TURN,
    H_TURNS,
    H_WAIT,
    H_WAITS,
    HUGE,
    NEVER,
    NODE,
    NOTHING,
    S_ACTIVE,
    S_BUDGET,
    S_DIRTY,
    S_DONE,
    S_FIRST,
    S_FIRST_ACTIVE,
    S_FLAG,
    S_FULL,
    S_STAGE,
    SC_AFTER,
    SC_DEGRADE,
    SC_EVERY,
    SC_EXPIRE,
    SC_FADE_EVERY,
    SC_FLOOR,
    SC_PART,
    SC_POINTS,
    SC_PROFILE,
    SC_SIZE,
    SC_WHOLE,
    TA_DAYS,
    TA_SIZE,
    X_A,
    X_ATTR,
    X_CELL,
    X_ENTERED,
    X_NODE,
    X_P,
    X_RAISED,
    X_SHOWN,
    X_TALLY,
)  # fmt: skip
from runtime.times import DAY


@compiled
def wait_ends(M, S, at):
    """The instant at which the wait of that number ends; NOTHING if it does not run."""
    kind, a, length = M[at], M[at + 1], M[at + 2]
    if kind == 0:
        return NOTHING if S[S_ACTIVE] == NOTHING else S[S_ACTIVE] + length
    if kind == 1:
        since = S[M[X_RAISED] + a]
        return (S[S_FIRST] if since == NOTHING else since) + length
    return NOTHING if S[S_STAGE] != a else S[M[X_ENTERED] + a] + length


@compiled
def date_of(M, S, a):
    """The value of a date or instant attribute; NOTHING if it is missing."""
    value = S[M[X_ATTR] + a]
    record = M[H_ATTR] + a * AT_SIZE
    if not M[record + AT_DIRECT]:
        value = M[M[record + AT_VALUES] + value]
    if value == HUGE:
        S[S_FLAG] = 1
        return NOTHING
    return value


@compiled
def turns_at(kind, value, length, which):
    """The instants at which a date condition turns: of `last` and `next` two, of `ago` one."""
    if kind == 0:
        return value if which == 0 else value + length
    if kind == 1:
        return value - length if which == 0 else value
    return value + length


@compiled
def step_after(M, S, at, done):
    """The first instant after `done` at which the degrading score at that position may take a step; or NEVER."""
    a = S[M[X_A] + at]
    if a <= 0:
        return NEVER
    score = M[H_SCORE] + at * SC_SIZE
    mode, every = M[score + SC_DEGRADE], M[score + SC_EVERY]
    since = S[S_FIRST_ACTIVE] if mode == 1 else S[S_ACTIVE] if mode == 2 else S[M[X_RAISED] + at]
    if since == NOTHING:
        return NEVER
    floor = M[score + SC_FLOOR]
    if floor != NOTHING and (S[M[X_SHOWN] + at] if M[score + SC_PROFILE] else a) <= floor:
        return NEVER
    due = since + (every if mode == 1 else M[score + SC_AFTER])
    return due if due > done else due + ((done - due) // every + 1) * every


@compiled
def midnight_after(M, S, done):
    """The next midnight that changes a tally or the points of a day; or NEVER."""
    today, found = done // DAY, 1 << 40
    for each in range(M[M[H_AGEING]]):
        at = M[M[H_AGEING] + 1 + each]
        score = M[H_SCORE] + at * SC_SIZE
        node = S[days_of(M, at) + 1]
        while node:
            held = M[X_NODE] + node * NODE
            day = S[held]
            if M[score + SC_EXPIRE]:
                found = min(found, day + M[score + SC_EXPIRE])
            every = M[score + SC_FADE_EVERY]
            if every:
                found = min(found, day + (max(today - day, 0) // every + 1) * every)
            node = S[held + 3]
    for at in range(M[H_TALLIES]):
        days = M[M[H_TALLY] + at * TA_SIZE + TA_DAYS]
        cell = tally_cell(M, at)
        if days and S[cell + 1]:
            found = min(found, S[M[X_NODE] + S[cell + 1] * NODE] + days)
    return found * DAY if found < 1 << 40 else NEVER


@compiled
def tally_cell(M, at):
    """The cell in which a tally keeps its counts by day."""
    return M[X_CELL] + (M[H_LIMITS] - M[H_SCORES] - M[H_TALLIES] + at) * CELL


@compiled
def next_due(M, S, K, done):
    """The first instant after `done` at which time does anything to the lead; or NEVER."""
    found = NEVER
    for each in range(M[H_WAITS]):
        at = wait_ends(M, S, M[H_WAIT] + 3 * each)
        if at > done and at < found:
            found = at
    for each in range(M[H_TURNS]):
        turn = M[H_TURN] + 3 * each
        value = date_of(M, S, M[turn])
        if value != NOTHING:
            for which in range(2):
                at = turns_at(M[turn + 1], value, M[turn + 2], which)
                if at > done and at < found:
                    found = at
    steps = M[H_DEGRADING]
    if M[steps]:
        if M[steps + 1]:  # the floor of one of them is held against profile points
            if M[steps + 2]:
                S[S_DIRTY] = 1
            refresh(M, S, K, -1, done + 1)
        for each in range(M[steps]):
            found = min(found, step_after(M, S, M[steps + 3 + each], done))
    if M[H_MIDNIGHTS]:
        found = min(found, midnight_after(M, S, done))
    return found


@compiled
def noted(M, S, t):
    """Whether a date condition turns or a wait ends at t."""
    for each in range(M[H_WAITS]):
        if wait_ends(M, S, M[H_WAIT] + 3 * each) == t:
            return True
    for each in range(M[H_TURNS]):
        turn = M[H_TURN] + 3 * each
        value = date_of(M, S, M[turn])
        if value != NOTHING:
            for which in range(2):
                if turns_at(M[turn + 1], value, M[turn + 2], which) == t:
                    return True
    return False


@compiled
def step(M, S, K, at, t):
    """Take a step of the score at that position if one falls on t; whether that changed it."""
    score = M[H_SCORE] + at * SC_SIZE
    mode, every = M[score + SC_DEGRADE], M[score + SC_EVERY]
    since = S[S_FIRST_ACTIVE] if mode == 1 else S[S_ACTIVE] if mode == 2 else S[M[X_RAISED] + at]
    if since == NOTHING:
        return False
    past = t - since - (every if mode == 1 else M[score + SC_AFTER])
    a = S[M[X_A] + at]
    if past < 0 or past % every or a <= 0:
        return False
    shown, held, floor = a, 0, M[score + SC_FLOOR]
    if M[score + SC_PROFILE]:
        refresh(M, S, K, -1, t)
        shown, held = S[M[X_SHOWN] + at], S[M[X_P] + at]
    if floor != NOTHING and shown <= floor:
        return False
    drop = M[score + SC_POINTS]
    if drop == NOTHING:
        if abs(shown) > (1 << 61) // M[score + SC_PART]:
            S[S_FLAG] = 1
            return False
        drop = max(half_even(shown * M[score + SC_PART], M[score + SC_WHOLE]), 1)
    left = shown - drop
    if floor != NOTHING:
        left = max(left, floor)
    S[M[X_A] + at] = min(a, max(left - held, 0))
    return S[M[X_A] + at] != a


@compiled
def fall(M, S, at, today):
    """Let the days fall out of a tally that are too old when `today` begins; whether it fell."""
    days = M[M[H_TALLY] + at * TA_SIZE + TA_DAYS]
    if not days:
        return False
    cell, fell = tally_cell(M, at), False
    while S[cell + 1] and S[M[X_NODE] + S[cell + 1] * NODE] <= today - days:
        S[M[X_TALLY] + at] -= S[M[X_NODE] + S[cell + 1] * NODE + 1]
        drop_first(M, S, cell)
        fell = True
    return fell


@compiled
def instant(M, S, K, F, E, t):
    """What time does at one instant, and the look after it."""
    if M[M[H_DEGRADING] + 2]:
        S[S_DIRTY] = 1
    changed = False
    if t % DAY == 0:
        for at in range(M[H_TALLIES]):
            if fall(M, S, at, t // DAY):
                changed = True
                S[S_DIRTY] = 1
    for each in range(M[M[H_DEGRADING]]):
        if step(M, S, K, M[M[H_DEGRADING] + 3 + each], t):
            changed = True
    if t % DAY == 0:
        for each in range(M[M[H_AGEING]]):
            at = M[M[H_AGEING] + 1 + each]
            before = S[M[X_A] + at]
            age(M, S, at, t // DAY)
            if S[M[X_A] + at] != before:
                changed = True
    S[S_DONE] = t
    if changed or noted(M, S, t):
        look(M, S, K, F, E, M[H_EDGED], M[H_EDGED_AT], True, -1, t)


@compiled
def advance(M, S, K, F, E, until):
    """Let time do its work at all instants up to and including `until`."""
    if M[H_TIMELESS]:
        return
    while S[S_FLAG] == 0 and S[S_FULL] == 0:
        due = next_due(M, S, K, S[S_DONE])
        if due > until:
            break
        S[S_BUDGET] -= 1
        if S[S_BUDGET] < 0:
            S[S_FLAG] = 1
            break
        instant(M, S, K, F, E, due)
