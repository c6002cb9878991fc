"""Looks, compiled: which triggers fire, and what they do. The meaning is that of `runtime.fold`.

Firings are written to `F` as (trigger, time), what is emitted to `E`, if anybody wants it. Where these are full, the
lead is marked, and folded again once they were emptied.
"""

from __future__ import annotations

from insight.columns.kernel.ask import ask
from insight.columns.kernel.compiling import compiled
from insight.columns.kernel.limits import allowed, count, drop_first
from insight.columns.kernel.scores import clamp, contribute, days_of, join, refresh
from insight.columns.layout import (
    AC_ONE,
    AC_SIZE,
    AC_THREE,
    AC_TWO,
    AC_WHAT,
    DO_ADD,
    DO_EMIT,
    DO_MOVE,
    DO_RESET,
    DO_SET,
    DO_SET_FROM_ATTR,
    DO_SET_TERM,
    DO_TAG,
    DO_UNTAG,
    H_EDGED,
    H_EDGED_AT,
    H_LOOKS_AT_SCORES,
    H_SCORE,
    H_SCORES,
    H_TRIGGER,
    HUGE,
    NOTHING,
    S_BEGAN,
    S_DIRTY,
    S_EMITTED,
    S_ENTRIES,
    S_FIRED,
    S_FLAG,
    S_FULL,
    S_HELD,
    S_STAGE,
    SC_AGES,
    SC_PROFILE,
    SC_SIZE,
    TR_ACTIONS,
    TR_ACTIONS_AT,
    TR_BIT,
    TR_LIMITS,
    TR_SIZE,
    TR_WHEN,
    TR_WHERE,
    X_A,
    X_ATTR,
    X_ENTERED,
    X_ORDER,
    X_P,
    X_RAISED,
    X_SHOWN,
    X_TAG,
)  # fmt: skip
from runtime.times import DAY


@compiled
def enter(M, S, stage, t):
    """The lead enters a stage."""
    S[S_STAGE] = stage
    if S[M[X_ENTERED] + stage] == NOTHING:
        S[M[X_ORDER] + stage] = S[S_ENTRIES]
        S[S_ENTRIES] += 1
    S[M[X_ENTERED] + stage] = t


@compiled
def reset(M, S, K, at, i, t, points):
    """A becomes the points less the profile points, clamped to the range; at least 0 before."""
    score = M[H_SCORE] + at * SC_SIZE
    held = 0
    if M[score + SC_PROFILE]:
        refresh(M, S, K, i, t)
        held = S[M[X_P] + at]
    a = clamp(M, score, max(points - held, 0))
    S[M[X_A] + at] = a
    if M[score + SC_AGES]:
        cell = days_of(M, at)
        while S[cell + 1]:
            drop_first(M, S, cell)
        if a:
            contribute(M, S, at, t // DAY, a)


@compiled
def emit(M, S, K, E, number, name, i, t):
    """Note a publication: trigger, name, time, ordinal among the firings at that time, stage, all scores."""
    width = 6 + M[H_SCORES]
    at = S[S_EMITTED]
    if len(E) == 0:
        return
    if at + width > len(E):
        S[S_FULL] = 1
        return
    refresh(M, S, K, i, t)
    E[at], E[at + 1], E[at + 2], E[at + 4] = number, name, t, S[S_STAGE]
    for score in range(M[H_SCORES]):
        E[at + 6 + score] = S[M[X_SHOWN] + score]
    S[S_EMITTED] = at + width


@compiled
def set_attribute(M, S, K, action, i, t):
    """`set`: a code or a number by a table, or by a term."""
    what, at, two, three = M[action], M[action + AC_ONE], M[action + AC_TWO], M[action + AC_THREE]
    if what == DO_SET:
        value = two
    elif what == DO_SET_TERM:
        refresh(M, S, K, i, t)
        value = ask(M, S, K, two, i, t)
    elif what == DO_SET_FROM_ATTR:
        value = M[three + S[M[X_ATTR] + two]]
    else:
        value = M[three + (K[two, i] if i >= 0 else 0)]
    if value == HUGE:
        S[S_FLAG] = 1
        return
    S[M[X_ATTR] + at] = value
    S[S_DIRTY] = 1


@compiled
def act(M, S, K, action, i, t):
    """One action of a trigger but `emit`."""
    what, one, two = M[action + AC_WHAT], M[action + AC_ONE], M[action + AC_TWO]
    if what == DO_MOVE:
        if S[S_STAGE] != one:
            enter(M, S, one, t)
    elif what == DO_TAG:
        S[M[X_TAG] + one] = 1
    elif what == DO_UNTAG:
        S[M[X_TAG] + one] = 0
    elif what == DO_ADD:
        join(M, S, one, t, two)
        if two > 0:
            S[M[X_RAISED] + one] = t
    elif what == DO_RESET:
        reset(M, S, K, one, i, t, two)
    else:
        set_attribute(M, S, K, action, i, t)


@compiled
def trigger(M, S, K, F, E, number, i, t):
    """A trigger's condition says that it fires; a limit may block it. Whether it did."""
    record = M[H_TRIGGER] + number * TR_SIZE
    limits = M[record + TR_LIMITS]
    if limits:
        if not allowed(M, S, K, limits, i, t):
            return False
        count(M, S, K, limits, i, t, 0)
    ordinal, at = 0, S[S_FIRED]
    while at > S[S_BEGAN] and F[at - 1] == t:
        ordinal += F[at - 2] == number
        at -= 2
    if S[S_FIRED] + 2 > len(F):
        S[S_FULL] = 1
        return False
    F[S[S_FIRED]], F[S[S_FIRED] + 1] = number, t
    S[S_FIRED] += 2
    for each in range(M[record + TR_ACTIONS]):
        action = M[record + TR_ACTIONS_AT] + each * AC_SIZE
        if M[action + AC_WHAT] != DO_EMIT:
            act(M, S, K, action, i, t)
        elif M[action + AC_TWO] == 0:
            before = S[S_EMITTED]
            emit(M, S, K, E, number, M[action + AC_ONE], i, t)
            if S[S_EMITTED] > before:
                E[before + 3] = ordinal
    return True


@compiled
def holding(M, S, K, i, t):
    """The bits of the `when` triggers whose conditions hold."""
    if M[H_LOOKS_AT_SCORES]:
        refresh(M, S, K, i, t)
    found = 0
    for each in range(M[H_EDGED]):
        record = M[H_TRIGGER] + M[M[H_EDGED_AT] + each] * TR_SIZE
        if ask(M, S, K, M[record + TR_WHEN], i, t):
            found |= M[record + TR_BIT]
    return found


@compiled
def condition(M, S, K, pc, i, t):
    """A condition of a trigger amid a pass, about what those before it did."""
    if M[H_LOOKS_AT_SCORES]:
        refresh(M, S, K, i, t)
    return ask(M, S, K, pc, i, t)


@compiled
def look(M, S, K, F, E, taken, taken_at, simple, i, t):
    """One pass over the triggers in the list; whether any fired. `simple` says that these are the `when` triggers."""
    acted = False
    held = holding(M, S, K, i, t)
    true = held if simple else -1
    if true & ~S[S_HELD]:
        true = 0
        for each in range(taken):
            number = M[taken_at + each]
            record = M[H_TRIGGER] + number * TR_SIZE
            bit = M[record + TR_BIT]
            if bit:
                yes = condition(M, S, K, M[record + TR_WHEN], i, t) if acted else held & bit
                if yes:
                    true |= bit
                    if not S[S_HELD] & bit and trigger(M, S, K, F, E, number, i, t):
                        acted = True
            elif (not M[record + TR_WHERE] or ask(M, S, K, M[record + TR_WHERE], i, t)) and (
                not M[record + TR_WHEN] or condition(M, S, K, M[record + TR_WHEN], i, t)
            ):
                if trigger(M, S, K, F, E, number, i, t):
                    acted = True
        if acted and true:
            true &= holding(M, S, K, i, t)
    S[S_HELD] = true
    return acted
