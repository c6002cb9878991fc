"""Points, compiled: what rules give at an event, how they join a score, how they age, what a score shows.

The meaning is that of `runtime.fold`, `runtime.clock` and `runtime.profile`; all points are thousandths.
"""

from __future__ import annotations

from insight.columns.kernel.ask import ask
from insight.columns.kernel.compiling import compiled
from insight.columns.kernel.limits import cell_of, count, cut, drop_first, push, repeated
from insight.columns.layout import (
    CELL,
    H_COMPUTED_ORDER,
    H_LIMITS,
    H_SCORE,
    H_SCORES,
    HUGE,
    NODE,
    NOTHING,
    ROOM,
    RU_BEST,
    RU_BEST_COLUMN,
    RU_BEST_TABLE,
    RU_COLUMN,
    RU_GROUP,
    RU_HOW,
    RU_LIMITS,
    RU_POINTS,
    RU_REPEATED,
    RU_REST,
    RU_TABLE,
    RU_TIMES,
    RU_WHEN,
    RU_WITHIN,
    S_DIRTY,
    S_FLAG,
    SC_AGES,
    SC_EXPIRE,
    SC_FADE_EVERY,
    SC_FADE_PART,
    SC_FADE_WHOLE,
    SC_GROUPS,
    SC_GROUPS_AT,
    SC_HIGH,
    SC_LOW,
    SC_OF_FIRST,
    SC_PROFILE,
    SC_RULES,
    SC_RULES_AT,
    SC_SIZE,
    SC_VALUE,
    STACK,
    X_A,
    X_CELL,
    X_NODE,
    X_P,
    X_SHOWN,
    X_STACK,
)  # fmt: skip
from runtime.times import DAY


@compiled
def clamp(M, score, points):
    """The points within the range of the score whose record is at `score`."""
    if M[score + SC_LOW] != NOTHING and points < M[score + SC_LOW]:
        return M[score + SC_LOW]
    if M[score + SC_HIGH] != NOTHING and points > M[score + SC_HIGH]:
        return M[score + SC_HIGH]
    return points


@compiled
def wanted(M, S, K, rule, i, t):
    """The points that a rule would give, before its limits."""
    how = M[rule + RU_HOW]
    if how == 0:
        return M[rule + RU_POINTS]
    if how == 1:
        points = M[M[rule + RU_TABLE] + K[M[rule + RU_COLUMN], i]]
    else:
        points = ask(M, S, K, M[rule + RU_TABLE], i, t)
    if points == NOTHING:
        return 0
    if points == HUGE or points > ROOM or points < -ROOM:
        S[S_FLAG] = 1
        return 0
    return points


@compiled
def fire(M, S, K, rule, i, t):
    """What a rule whose rows match gives at this event, after its limits and its group's; 0 if nothing happened."""
    if M[rule + RU_REST] and not ask(M, S, K, M[rule + RU_REST], i, t):
        return 0
    if M[rule + RU_WHEN] and not ask(M, S, K, M[rule + RU_WHEN], i, t):
        return 0
    if M[rule + RU_REPEATED] >= 0 and not repeated(
        M, S, M[rule + RU_REPEATED], M[rule + RU_TIMES], M[rule + RU_WITHIN], t
    ):
        return 0
    points = wanted(M, S, K, rule, i, t)
    best = -1
    if M[rule + RU_BEST] >= 0:
        best = cell_of(M, S, K, M[rule + RU_BEST], M[rule + RU_BEST_COLUMN], M[rule + RU_BEST_TABLE], i)
        points = max(points - S[best], 0)
    if points and M[rule + RU_LIMITS]:
        points = cut(M, S, K, M[rule + RU_LIMITS], i, t, points)
    if points > 0 and M[rule + RU_GROUP]:
        points = cut(M, S, K, M[rule + RU_GROUP], i, t, points)
    if points:
        if M[rule + RU_LIMITS]:
            count(M, S, K, M[rule + RU_LIMITS], i, t, points)
        if points > 0 and M[rule + RU_GROUP]:
            count(M, S, K, M[rule + RU_GROUP], i, t, points)
        if best >= 0:
            S[best] += points
    return points


@compiled
def days_of(M, at):
    """The cell in which the score at position `at` keeps its points by day."""
    return M[X_CELL] + (M[H_LIMITS] - M[H_SCORES] + at) * CELL


@compiled
def remains(M, S, cell):
    """What is left of all days together."""
    found, node = 0, S[cell + 1]
    while node:
        found += S[M[X_NODE] + node * NODE + 1]
        node = S[M[X_NODE] + node * NODE + 3]
    return found


@compiled
def join(M, S, at, t, points):
    """Points join the activity points of the score at position `at`, at time t."""
    score = M[H_SCORE] + at * SC_SIZE
    if M[score + SC_AGES]:
        contribute(M, S, at, t // DAY, points)
        found = remains(M, S, days_of(M, at))
    else:
        found = S[M[X_A] + at] + points
    if found > ROOM or found < -ROOM:
        S[S_FLAG] = 1
        found = 0
    S[M[X_A] + at] = clamp(M, score, found)


@compiled
def contribute(M, S, at, day, points):
    """Points join those of their day, which is the newest."""
    cell = days_of(M, at)
    last = M[X_NODE] + S[cell + 2] * NODE
    if S[cell + 1] and S[last] == day:
        S[last + 1] += points
        S[last + 2] += points
    else:
        push(M, S, cell, day, points, points)


@compiled
def faded(M, score, left, first):
    """What is left of the points of a day after one more time of fading."""
    part, whole = M[score + SC_FADE_PART], M[score + SC_FADE_WHOLE]
    value = left * (whole - part) if not M[score + SC_OF_FIRST] else left * whole - first * part
    rest = value // whole if value >= 0 else -(-value // whole)
    if M[score + SC_OF_FIRST] and (rest > 0) != (first > 0):
        return 0
    return rest


@compiled
def age(M, S, at, today):
    """What the midnight at which `today` begins does to the points of earlier days."""
    score, cell = M[H_SCORE] + at * SC_SIZE, days_of(M, at)
    if not S[cell + 1]:
        return
    if M[score + SC_EXPIRE]:
        while S[cell + 1] and today - S[M[X_NODE] + S[cell + 1] * NODE] >= M[score + SC_EXPIRE]:
            drop_first(M, S, cell)
    every = M[score + SC_FADE_EVERY]
    node = S[cell + 1] if every else 0
    while node:
        held = M[X_NODE] + node * NODE
        old = today - S[held]
        if old > 0 and old % every == 0 and S[held + 1] != 0:
            if max(abs(S[held + 1]), abs(S[held + 2])) > (1 << 60) // M[score + SC_FADE_WHOLE]:
                S[S_FLAG] = 1
                return
            S[held + 1] = faded(M, score, S[held + 1], S[held + 2])
        node = S[held + 3]
    while S[cell + 1]:
        held = M[X_NODE] + S[cell + 1] * NODE
        if S[held + 1] != 0 or S[held] >= today:
            break
        drop_first(M, S, cell)
    S[M[X_A] + at] = clamp(M, score, remains(M, S, cell))


@compiled
def profile(M, S, K, score, i, t):
    """P of the score whose record is at `score`: the sum over its `when` rules, groups cut to what they may be."""
    total, rule = 0, M[score + SC_RULES_AT]
    groups, sums = M[score + SC_GROUPS], M[score + SC_GROUPS_AT]
    room = M[X_STACK] + STACK
    for each in range(groups):
        S[room + each] = 0
    for _ in range(M[score + SC_RULES]):
        branches, group = M[rule], M[rule + 1]
        rule += 2
        taken = False
        for _ in range(branches):
            if not taken and ask(M, S, K, M[rule], i, t):
                taken = True
                points = M[rule + 1]
                if M[rule + 2]:
                    points = ask(M, S, K, M[rule + 2], i, t)
                    if points == NOTHING:
                        points = 0
                if points > ROOM or points < -ROOM:
                    S[S_FLAG] = 1
                    points = 0
                if group < 0:
                    total += points
                else:
                    S[room + group] += points
            rule += 3
    for each in range(groups):
        points = S[room + each]
        total += points if M[sums + each] == NOTHING else min(points, M[sums + each])
    return total


@compiled
def refresh(M, S, K, i, t):
    """Bring what the scores show up to date: rules first, then those computed from others, in their order."""
    dirty = S[S_DIRTY]
    S[S_DIRTY] = 0
    for at in range(M[H_SCORES]):
        score = M[H_SCORE] + at * SC_SIZE
        if M[score + SC_VALUE]:
            continue
        shown = S[M[X_A] + at]
        if M[score + SC_PROFILE]:
            if dirty:
                S[M[X_P] + at] = profile(M, S, K, score, i, t)
            shown = clamp(M, score, shown + S[M[X_P] + at])
        S[M[X_SHOWN] + at] = shown
    order = M[H_COMPUTED_ORDER]
    for each in range(M[order]):
        at = M[order + 1 + each]
        shown = ask(M, S, K, M[M[H_SCORE] + at * SC_SIZE + SC_VALUE], i, t)
        if shown == NOTHING or shown > ROOM or shown < -ROOM:
            S[S_FLAG] = 1
            shown = 0
        S[M[X_SHOWN] + at] = shown
