"""All terms in canonical form, so that what means the same is equal from here on. This pass is needed."""

from __future__ import annotations

from compiler.canonical import canonical
from compiler.program import Program, in_program


def arrange(program: Program) -> Program:
    """The program with each term in canonical form."""
    return in_program(program, canonical)
