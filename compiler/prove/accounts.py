"""What a proof leaves open about accounts: how high their scores get, and whether their triggers fire.

Bounds and histories are those of one lead, and an account has as many leads as come to it. Only conditions are looked
at, each by itself: a trigger of which that is enough to know that it never fires is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from compiler.program import Program


def unexamined(
    program: Program, chosen: Callable[[str], bool], never: Container[tuple[str, ...]] = ()
) -> Iterator[str]:
    """Sentences that list the account scores and triggers that are `chosen`; `never` has the declarations whose
    conditions can't hold, named as in `compiler.places`."""
    if program.account is None:
        return
    for name in program.account.scores:
        if chosen(name):
            yield f"how low and how high account score {name} gets: scores of accounts are not examined"
    for trigger in program.account.triggers:
        if chosen(trigger.name) and ("account trigger", trigger.name) not in never:
            yield f"whether account trigger {trigger.name} can fire: triggers of accounts are not examined"
