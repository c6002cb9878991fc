"""A plan as one HTML document that needs nothing beside itself: tables, pictures, and the statements of the leads that
move most, side by side."""

from __future__ import annotations

from cli.pages.write import laid_out
from cli.plans.answer import Answer
from cli.plans.pictures import alluvials, weeklies
from cli.plans.sections import heading, sections
from cli.plans.text import UNCHANGED
from runtime import wording

MOVERS = 12
"""So many of the largest movers stand in the page with both statements; all of them if everything is asked for."""


def html(answer: Answer, *, whole: bool) -> str:
    """The document; every text in it is escaped."""
    title, over = heading(answer)
    moved = answer.moved
    return laid_out(
        "plan.html",
        title=title,
        over=over,
        answer=answer,
        unchanged=None if moved else UNCHANGED,
        sections=sections(answer, whole=whole) if moved else [],
        alluvials=alluvials(answer) if moved else [],
        weeklies=weeklies(answer) if moved else [],
        details=answer.details if whole else answer.details[:MOVERS],
        score=lambda points: "" if points is None else wording.score(points),
        change=lambda points: "" if points is None else wording.change(points),
    )
