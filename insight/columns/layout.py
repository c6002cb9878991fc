"""Where things stand in the flat arrays that the compiled fold works on.

The compiled functions get few and plain arguments, all of them integer arrays, so that they are compiled once for all
models and kept on the disk between runs. `M`, the program, holds a header, records of fixed width for scores, tallies,
triggers and types of events, lists that these point to, the code of terms, and tables by the code of a value. `S` holds
the state of the lead in hand, and the room for what its limits remember. `K` holds, by column and event, the codes of
values: `ABSENT`, `NULL`, or the place of the value in the column's dictionary.
"""

from __future__ import annotations

ABSENT, NULL, FIRST_CODE = 0, 1, 2
NOTHING = -(1 << 63)
"""Stands for a value that is missing, and for a bound that is not there."""
HUGE = NOTHING + 1
"""Stands in tables for a number that has no room: a lead that meets it is left to the engine for single events."""
NEVER = 1 << 62
ROOM = 1 << 58
"""Points beyond this are left to the other engine."""
SCALE = 6
"""Decimal places of numbers of attributes and properties in terms that look at several."""
DEEPEST = 56
STACK = 64
"""Numbers that code may have in hand; as many more are kept for the sums of groups."""

# --- the header of M --------------------------------------------------------------------------------------------------
(
    H_SCORES, H_SCORE, H_TALLIES, H_TALLY, H_TRIGGERS, H_TRIGGER, H_KIND, H_ATTRS, H_STAGES, H_TAGS, H_WAITS, H_WAIT,
    H_TURNS, H_TURN, H_PATH, H_EDGED, H_EDGED_AT, H_ATTR, H_TIMELESS, H_LIMITS, H_MIDNIGHTS, H_DEGRADING, H_AGEING,
    H_COMPUTED_ORDER, H_LEAD_KIND, H_EMITS, H_LOOKS_AT_SCORES, H_PROFILES, H_QUIET_STEPS,
    X_A, X_RAISED, X_P, X_SHOWN, X_TALLY, X_ENTERED, X_ORDER, X_TAG, X_ATTR, X_STACK, X_CELL, X_CELLS, X_NODE, X_NODES,
    X_HASH, X_HASHES, X_STATE,
) = range(46)  # fmt: skip
HEADER = 64
"""`X_…` are the places of the parts of S."""

# --- records ----------------------------------------------------------------------------------------------------------
(
    SC_LOW, SC_HIGH, SC_VALUE, SC_RULES, SC_RULES_AT, SC_GROUPS, SC_GROUPS_AT, SC_DATED, SC_DEGRADE, SC_AFTER, SC_EVERY,
    SC_POINTS, SC_PART, SC_WHOLE, SC_FLOOR, SC_AGES, SC_EXPIRE, SC_FADE_EVERY, SC_FADE_PART, SC_FADE_WHOLE, SC_OF_FIRST,
    SC_PROFILE, SC_SIZE,
) = range(23)  # fmt: skip
TA_REST, TA_DAYS, TA_SIZE = range(3)
(
    RU_SCORE, RU_POINTS, RU_HOW, RU_COLUMN, RU_TABLE, RU_REST, RU_WHEN, RU_REPEATED, RU_TIMES, RU_WITHIN, RU_BEST,
    RU_BEST_COLUMN, RU_BEST_TABLE, RU_LIMITS, RU_GROUP, RU_PLAIN, RU_SIZE,
) = range(17)  # fmt: skip
"""RU_HOW: 0 fixed points, 1 by a table over a property, 2 by a term, rounded."""
LI_CELL, LI_MOST, LI_PER, LI_COLUMN, LI_TABLE, LI_SIZE = range(6)
TR_BIT, TR_KIND, TR_WHERE, TR_WHEN, TR_LIMITS, TR_ACTIONS, TR_ACTIONS_AT, TR_SIZE = range(8)
AC_WHAT, AC_ONE, AC_TWO, AC_THREE, AC_SIZE = range(5)
DO_MOVE, DO_EMIT, DO_TAG, DO_UNTAG, DO_SET, DO_SET_TERM, DO_SET_FROM_ATTR, DO_SET_FROM_PROP, DO_ADD, DO_RESET = range(
    10
)
KI_PASSIVE, KI_FIELDS, KI_FIELDS_AT, KI_WORDS, KI_MASKS, KI_ROWS_AT, KI_TAKEN, KI_TAKEN_AT, KI_SIMPLE, KI_SIZE = range(
    10
)
FI_ATTR, FI_AT, FI_TABLE, FI_SIZE = range(4)
AT_DIRECT, AT_COLUMN, AT_VALUES, AT_SIZE = range(4)

# --- the code of terms ------------------------------------------------------------------------------------------------
(
    OP_LIT, OP_ATTR_TABLE, OP_PROP_TABLE, OP_ATTR, OP_AND, OP_OR, OP_NOT, OP_TALLY, OP_SCORE, OP_ADD, OP_SUB, OP_MUL,
    OP_MIN, OP_MAX, OP_SCALE, OP_COMPARE, OP_STAGE, OP_STAGE_FOR, OP_TAG, OP_IDLE, OP_QUIET, OP_WINDOW, OP_ROUND,
    OP_TIME, OP_PRESENT, OP_SKIP_FALSE, OP_SKIP_TRUE,
) = range(27)  # fmt: skip
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
WINDOWS = ("last", "next", "ago")

# --- the state of a lead ----------------------------------------------------------------------------------------------
(
    S_FIRST, S_FIRST_ACTIVE, S_ACTIVE, S_STAGE, S_HELD, S_DONE, S_ENTRIES, S_FLAG, S_FREE, S_TOP, S_USED, S_FIRED,
    S_EMITTED, S_BEGAN, S_DIRTY, S_BUDGET, S_FULL, S_DUE,
) = range(18)  # fmt: skip
STATE = 24
CELL = 4
"""A cell: what a limit counts (a count or a sum), its first and last node, how many nodes."""
NODE = 4
"""A node: time or day, what it holds, what it began with, the next one."""
HASH = 2
