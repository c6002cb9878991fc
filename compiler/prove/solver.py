"""What the prover's own arithmetic leaves open, asked of z3; the only place that knows it.

z3 is the optional extra `prove`. Without it nothing is guessed: such questions stay undecided, and say why.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from compiler.prove.answer import Var
from compiler.prove.elimination import Stuck
from compiler.prove.polynomial import Poly

Rows = Sequence[tuple[Poly, int | None, int | None]]
"""Polynomials of counts of steps, with the least and the most that they are."""
MILLISECONDS = 2_000
"""How long z3 may think about one system."""


def installed() -> bool:
    """Whether z3 is there to be asked."""
    return importlib.util.find_spec("z3") is not None


def solve(rows: Rows, seconds: float) -> dict[Var, int] | None:
    """Integers that satisfy all rows, or None if there are none. Raises Stuck."""
    if not installed():
        raise Stuck("it does arithmetic with several numbers, which needs the extra `leadscore[prove]`")
    import z3  # type: ignore[import-untyped, import-not-found, unused-ignore]  # optional, and without types

    solver: Any = z3.Solver()
    solver.set("timeout", max(1, min(MILLISECONDS, int(seconds * 1000))))
    names: dict[Var, Any] = {}
    for poly, low, high in rows:
        total = _sum(poly, names, z3)
        if low is not None:
            solver.add(total >= low)
        if high is not None:
            solver.add(total <= high)
    found = solver.check()
    if found == z3.unsat:
        return None
    if found != z3.sat:
        raise Stuck("z3 did not decide it in time")
    model = solver.model()
    return {var: model.eval(name, model_completion=True).as_long() for var, name in names.items()}


def _sum(poly: Poly, names: dict[Var, Any], z3: Any) -> Any:
    total = z3.IntVal(0)
    for mono, factor in poly:
        product = z3.IntVal(factor)
        for var in mono:
            if var not in names:
                names[var] = z3.Int(f"v{len(names)}")
            product = product * names[var]
        total = total + product
    return total


def bounds(rows: Mapping[Var, tuple[int | None, int | None]]) -> Rows:
    """Bounds of variables as rows."""
    return [((((var,), 1),), low, high) for var, (low, high) in rows.items()]
