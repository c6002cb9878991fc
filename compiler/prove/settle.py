"""The form of a program that is reasoned about: families written out, constants worked out, one spelling for each term.

Nothing is dropped, so every rule that was written is there under its name, and nothing is shared or indexed.
"""

from __future__ import annotations

from compiler.passes.arrange import arrange
from compiler.passes.expand import expand
from compiler.passes.fold import fold
from compiler.program import Program


def settled(program: Program) -> Program:
    """The program as checked, made ready to be reasoned about."""
    return arrange(fold(expand(program)))
