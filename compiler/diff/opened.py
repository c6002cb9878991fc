"""A table as a program that can be compared and reasoned about: everything that is shared or indexed is written out.

Two tables are held against each other term by term, so a set, a test or the rows of a match must not hide what they
say. `dead` rules are gone: whether the file still has them changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from compiler.emit import emit
from compiler.passes.arrange import arrange
from compiler.passes.dead import dead
from compiler.passes.expand import expand
from compiler.passes.fold import fold
from compiler.program import Program, Scored, in_program
from compiler.terms import all_of, any_of, rewrite
from runtime.table import Match, Table, Term


def program_of(table: Table) -> Program:
    """The program that a table stands for, with all that it shares written out."""
    parts = {name: getattr(table, name) for name in Program.__dataclass_fields__ if name != "scores"}
    scores = tuple(Scored(key, body) for key, body in table.scores.items())
    return _written_out(Program(**parts, scores=scores))


def opened(program: Program) -> Program:
    """A program as checked, in the form in which two are compared: the canonical one of its table."""
    return program_of(table_of(_written_out(expand(program))))


def table_of(program: Program) -> Table:
    """The table of a program that was written out; nothing in it is shared."""
    return emit(program)


def _written_out(program: Program) -> Program:
    sets, tests = program.sets, program.tests

    def inner(part: Term) -> Term:
        match part:
            case ("set", int(at)):
                return ("list", *sets[at])
            case ("test", int(at)):
                return rewrite(tests[at], inner)
        return part

    program = replace(in_program(program, lambda term: rewrite(term, inner)), sets=(), tests=())
    program = replace(
        program,
        scores=tuple(
            replace(
                each,
                body=replace(each.body, on=tuple(replace(rule, match=_whole(rule.match)) for rule in each.body.on)),
            )
            for each in program.scores
        ),
        tallies={name: replace(tally, match=_whole(tally.match)) for name, tally in program.tallies.items()},
    )
    return arrange(dead(fold(program)))


def _whole(match: Match) -> Match:
    """The match with one condition in place of rows."""
    if match.rows is None:
        return match
    rows = any_of([all_of(list(row)) for row in match.rows])
    return Match(match.on, all_of([rows, *([match.rest] if match.rest is not None else [])]))
