"""All warnings, in one tuple: pure functions from a checked model to findings.

They run once a model is free of errors, each in time linear in the file, none knowing of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from compiler.context import Context
from compiler.program import Program
from compiler.scenarios import CheckedTest
from compiler.warnings.activity import keeps_warm
from compiler.warnings.allow import without_allowed
from compiler.warnings.beside import never_back
from compiler.warnings.bottom import taken_from_nothing
from compiler.warnings.demotion import sent_back
from compiler.warnings.doubled import adds_nothing, said_twice
from compiler.warnings.each import missing_is_one
from compiler.warnings.facts import Checked, look
from compiler.warnings.fields import never_brought_about, starts_missing
from compiler.warnings.floors import rises_in_silence, without_effect
from compiler.warnings.lifetime import used_up_for_ever
from compiler.warnings.lines import out_of_reach
from compiler.warnings.order import same_pass
from compiler.warnings.profile import held_for_good
from compiler.warnings.progress import paid_again
from compiler.warnings.silent import expects_nothing
from compiler.warnings.texts import domain_for_address, end_of_an_address, part_of_a_word, wildcards
from compiler.warnings.unknown import leaves_out_the_unknown
from dsl.diagnostics import Diagnostic

Check = Callable[[Checked], Iterable[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    paid_again, taken_from_nothing, never_back, used_up_for_ever, keeps_warm, held_for_good, missing_is_one,
    leaves_out_the_unknown, part_of_a_word, domain_for_address, starts_missing, same_pass, sent_back,
    without_effect, rises_in_silence, out_of_reach, adds_nothing, said_twice, wildcards, never_brought_about,
    expects_nothing, end_of_an_address,
)  # fmt: skip


def warned(
    ctx: Context, program: Program, tests: tuple[CheckedTest, ...], found: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """What is said of a model without errors: what was `found` already, and the warnings, but for what is allowed."""
    model = look(ctx, program, tests)
    warnings = [each for check in CHECKS for each in check(model)]
    return list(without_allowed(ctx, [*found, *warnings]))
