"""Checks of the program between the passes."""
from compiler.program import Program
def verify(program: Program, after: str) -> None:
    pass
