"""What limits, `repeated` and `best` remember of the lead in hand, compiled; the meaning is that of `runtime.limits`.

A limit has a cell; with `for each` it has one for each value, found by hashing. A cell counts, and holds the firings in
its window as a chain of nodes, the oldest first. Nodes that leave a window are used again.
"""

from __future__ import annotations

from insight.columns.kernel.compiling import compiled
from insight.columns.layout import (
    CELL,
    H_LIMITS,
    HASH,
    LI_CELL,
    LI_COLUMN,
    LI_MOST,
    LI_PER,
    LI_SIZE,
    LI_TABLE,
    NODE,
    NOTHING,
    S_FLAG,
    S_FREE,
    S_TOP,
    S_USED,
    X_CELL,
    X_CELLS,
    X_HASH,
    X_HASHES,
    X_NODE,
    X_NODES,
)  # fmt: skip


@compiled
def push(M, S, cell, t, held, first):
    """Append a node to the chain of a cell."""
    node = S[S_FREE]
    if node:
        S[S_FREE] = S[M[X_NODE] + node * NODE + 3]
    else:
        node = S[S_TOP]
        if node >= M[X_NODES]:
            S[S_FLAG] = 1
            return
        S[S_TOP] = node + 1
    at = M[X_NODE] + node * NODE
    S[at], S[at + 1], S[at + 2], S[at + 3] = t, held, first, 0
    if S[cell + 1] == 0:
        S[cell + 1] = node
    else:
        S[M[X_NODE] + S[cell + 2] * NODE + 3] = node
    S[cell + 2] = node
    S[cell + 3] += 1


@compiled
def drop_first(M, S, cell):
    """Take the oldest node from the chain of a cell."""
    node = S[cell + 1]
    at = M[X_NODE] + node * NODE
    S[cell + 1] = S[at + 3]
    S[cell + 3] -= 1
    S[at + 3] = S[S_FREE]
    S[S_FREE] = node


@compiled
def leave(M, S, cell, edge):
    """Let what lies at or before `edge` leave the window of a cell."""
    while S[cell + 1]:
        at = M[X_NODE] + S[cell + 1] * NODE
        if S[at] > edge:
            break
        S[cell] -= S[at + 1]
        drop_first(M, S, cell)


@compiled
def cell_of(M, S, K, number, column, table, i):
    """The cell of a limit: the one for the value of the present event's property, where there is `for each`."""
    if column < 0:
        return M[X_CELL] + number * CELL
    key = 1 + number * (1 << 32) + M[table + (K[column, i] if i >= 0 else 0)]
    mask = M[X_HASHES] - 1
    slot = (key ^ (key >> 29) ^ (key >> 13)) * 0x9E3779B1 & mask
    while True:
        at = M[X_HASH] + slot * HASH
        if S[at] == key:
            return S[at + 1]
        if S[at] == 0:
            break
        slot = (slot + 1) & mask
    used = M[H_LIMITS] + S[S_USED]
    if used >= M[X_CELLS] or 2 * S[S_USED] > mask:
        S[S_FLAG] = 1
        return M[X_CELL] + number * CELL
    S[M[X_HASH] + M[X_HASHES] * HASH + S[S_USED]] = at
    S[S_USED] += 1
    cell = M[X_CELL] + used * CELL
    S[cell] = S[cell + 1] = S[cell + 2] = S[cell + 3] = 0
    S[at], S[at + 1] = key, cell
    return cell


@compiled
def allowed(M, S, K, at, i, t):
    """Whether the limits of times in the list at `at` let something happen."""
    for each in range(M[at]):
        limit = at + 2 + each * LI_SIZE
        cell = cell_of(M, S, K, M[limit + LI_CELL], M[limit + LI_COLUMN], M[limit + LI_TABLE], i)
        if M[limit + LI_PER] == NOTHING:
            if S[cell] >= M[limit + LI_MOST]:
                return False
        else:
            leave(M, S, cell, t - M[limit + LI_PER])
            if S[cell + 3] >= M[limit + LI_MOST]:
                return False
    return True


@compiled
def cut(M, S, K, at, i, t, points):
    """The least that the limits in the list at `at` leave of `points`, with their sign; 0 if one blocks."""
    if not allowed(M, S, K, at, i, t):
        return 0
    for each in range(M[at], M[at] + M[at + 1]):
        limit = at + 2 + each * LI_SIZE
        cell = M[X_CELL] + M[limit + LI_CELL] * CELL
        if M[limit + LI_PER] != NOTHING:
            leave(M, S, cell, t - M[limit + LI_PER])
        left = M[limit + LI_MOST] - S[cell]
        if abs(points) > left:
            points = left if points > 0 else -left
    return points


@compiled
def count(M, S, K, at, i, t, points):
    """A firing of so many points happened: the limits in the list at `at` remember it."""
    for each in range(M[at] + M[at + 1]):
        limit = at + 2 + each * LI_SIZE
        cell = cell_of(M, S, K, M[limit + LI_CELL], M[limit + LI_COLUMN], M[limit + LI_TABLE], i)
        amount = 1 if each < M[at] else abs(points)
        S[cell] += amount
        if M[limit + LI_PER] != NOTHING:
            push(M, S, cell, t, amount, 0)


@compiled
def repeated(M, S, number, times, within, t):
    """Whether this match makes `times` unused ones within the window, which are then used up."""
    cell = M[X_CELL] + number * CELL
    leave(M, S, cell, t - within)
    push(M, S, cell, t, 0, 0)
    if S[cell + 3] < times:
        return False
    while S[cell + 1]:
        drop_first(M, S, cell)
    return True
