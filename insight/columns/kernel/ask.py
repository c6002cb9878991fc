"""The code of terms, carried out: conditions and exact numbers, about the lead in hand and the present event.

Numbers are integers with a scale that is known when the code is made (`insight.columns.terms`), so sums, products and
comparisons are exact; what has no room raises the lead's flag, and the lead is left to the engine for single events.
"""

from __future__ import annotations

from insight.columns.kernel.compiling import compiled
from insight.columns.layout import (
    AT_DIRECT,
    AT_SIZE,
    AT_VALUES,
    H_ATTR,
    HUGE,
    NOTHING,
    OP_ADD,
    OP_ATTR,
    OP_ATTR_TABLE,
    OP_COMPARE,
    OP_IDLE,
    OP_LIT,
    OP_MAX,
    OP_MIN,
    OP_MUL,
    OP_NOT,
    OP_PRESENT,
    OP_PROP_TABLE,
    OP_QUIET,
    OP_ROUND,
    OP_SCALE,
    OP_SCORE,
    OP_SKIP_FALSE,
    OP_SKIP_TRUE,
    OP_STAGE,
    OP_STAGE_FOR,
    OP_TAG,
    OP_TALLY,
    OP_TIME,
    OP_WINDOW,
    S_ACTIVE,
    S_FIRST,
    S_FLAG,
    S_STAGE,
    X_ATTR,
    X_ENTERED,
    X_RAISED,
    X_SHOWN,
    X_STACK,
    X_TAG,
    X_TALLY,
)  # fmt: skip


@compiled
def half_even(value, whole):
    """A whole number divided by another, rounded half-even."""
    found = value // whole
    rest = 2 * (value - found * whole)
    if rest > whole or (rest == whole and found & 1):
        found += 1
    return found


@compiled
def compare(op, one, two):
    """The comparison of that number in `layout.COMPARISONS`."""
    if op == 0:
        return one == two
    if op == 1:
        return one != two
    if op == 2:
        return one < two
    if op == 3:
        return one <= two
    if op == 4:
        return one > two
    return one >= two


@compiled
def window(kind, value, t, length):
    """Whether t lies in the window of a date: of that number in `layout.WINDOWS`."""
    if kind == 0:
        return value <= t and t < value + length
    if kind == 1:
        return value - length <= t and t < value
    return t >= value + length


@compiled
def state_of(M, S, op, a, b, t):
    """Conditions on where the lead stands."""
    if op == OP_STAGE:
        return M[a + S[S_STAGE]]
    if op == OP_STAGE_FOR:
        return 1 if S[S_STAGE] == a and t - S[M[X_ENTERED] + a] >= b else 0
    if op == OP_TAG:
        return S[M[X_TAG] + a]
    if op == OP_IDLE:
        return 1 if S[S_ACTIVE] != NOTHING and t - S[S_ACTIVE] >= a else 0
    since = S[M[X_RAISED] + a]
    if since == NOTHING:
        since = S[S_FIRST]
    return 1 if since != NOTHING and t - since >= b else 0


@compiled
def arithmetic(S, op, one, two):
    """One of the operations on two numbers; NOTHING if one of them is missing."""
    if one == NOTHING or two == NOTHING:
        return NOTHING
    if op == OP_MIN:
        return min(one, two)
    if op == OP_MAX:
        return max(one, two)
    if op == OP_MUL:
        if abs(float(one) * float(two)) > 4e18:
            S[S_FLAG] = 1
            return 0
        return one * two
    found = one + two if op == OP_ADD else one - two
    if abs(float(found)) > 4e18 or abs(float(one)) > 4e18 or abs(float(two)) > 4e18:
        S[S_FLAG] = 1
        return 0
    return found


@compiled
def fetched(M, S, K, op, a, b, i):
    """A value by a table, or of an attribute."""
    if op == OP_PROP_TABLE:
        value = M[b + (K[a, i] if i >= 0 else 0)]
    elif op == OP_ATTR_TABLE:
        value = M[b + S[M[X_ATTR] + a]]
    else:
        value = S[M[X_ATTR] + a]
        record = M[H_ATTR] + a * AT_SIZE
        if not M[record + AT_DIRECT]:
            value = M[M[record + AT_VALUES] + value]
    if value == HUGE:
        S[S_FLAG] = 1
        value = NOTHING
    return value


@compiled
def ask(M, S, K, pc, i, t):
    """What the code at `pc` says about the lead and the event `i` (-1: none) at t: 1 or 0, or a number, or NOTHING."""
    top = M[X_STACK] - 1
    end = pc + 1 + 3 * M[pc]
    pc += 1
    while pc < end:
        op, a, b = M[pc], M[pc + 1], M[pc + 2]
        pc += 3
        if op == OP_SKIP_FALSE or op == OP_SKIP_TRUE:
            if (S[top] != 0) == (op == OP_SKIP_TRUE):
                pc += 3 * a
            else:
                top -= 1
        elif op == OP_PROP_TABLE or op == OP_ATTR_TABLE or op == OP_ATTR:
            top += 1
            S[top] = fetched(M, S, K, op, a, b, i)
        elif op == OP_LIT:
            top += 1
            S[top] = a
        elif op == OP_SCORE:
            top += 1
            S[top] = S[M[X_SHOWN] + a]
        elif op == OP_TALLY:
            top += 1
            S[top] = S[M[X_TALLY] + a]
        elif op == OP_COMPARE:
            top -= 1
            one, two = S[top], S[top + 1]
            S[top] = 1 if one != NOTHING and two != NOTHING and compare(a, one, two) else 0
        elif op == OP_NOT:
            S[top] = 1 - S[top]
        elif op == OP_WINDOW:
            value = S[top]
            S[top] = 1 if value != NOTHING and window(a, value, t, b) else 0
        elif op == OP_SCALE:
            S[top] = arithmetic(S, OP_MUL, S[top], a)
        elif op == OP_ROUND:
            if S[top] != NOTHING:
                S[top] = half_even(S[top], a)
        elif op == OP_TIME:
            top += 1
            S[top] = t
        elif op == OP_PRESENT:
            S[top] = 1 if S[top] != NOTHING else 0
        elif op >= OP_STAGE and op <= OP_QUIET:
            top += 1
            S[top] = state_of(M, S, op, a, b, t)
        else:
            top -= 1
            S[top] = arithmetic(S, op, S[top], S[top + 1])
    return S[top]
