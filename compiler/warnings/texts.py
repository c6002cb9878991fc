"""Texts that are compared in another way than was meant: parts of words, domains with addresses, stars.

What a field holds is told by its name: a title or role, an address. A part of a word is warned of only if a title is
known that holds it by accident: `TITLES` lists words of titles in which short ones hide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.errors import asking
from compiler.warnings.facts import Checked, field_of, shown, texts_of
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.spelling import quoted
from dsl.syntax import Span

TITLES = (
    "Director", "Contractor", "Inspector", "Doctor", "Conductor", "Instructor", "Collector", "Coordinator", "Editor",
    "Recruiter", "Architect", "Auditor", "Solicitor", "Janitor", "Security", "Facilities", "Quality", "Hospitality",
    "Supervisor", "Operator", "Producer", "Product", "Enterprise", "Partner", "Party", "Department", "Smart",
    "International", "Internist", "Social", "Official", "Commercial", "Financial", "Special", "Specialist",
    "Professor", "Controller", "Comptroller", "Consultant", "Accountant", "Merchant", "Shareholder", "Overhead",
    "Developer", "Human", "Chairman", "Salesman", "Craftsman", "Workshop", "Laptops", "Chrome", "Christian",
    "Engineering", "Pricing", "Warehouse", "Nursing", "Trainer", "Retainer", "Maintenance", "Marketing", "Assistant",
    "Investigator", "Regional", "Provisional", "Assessor", "Student", "Vice president", "Service", "Office", "Officer",
)  # fmt: skip
_ACRONYMS = frozenset({"ceo", "cto", "cfo", "coo", "cio", "cmo", "cso", "vp", "it", "hr", "pr", "intern"})
"""Short for something, or another word than those that begin like it."""
_ABOUT_PEOPLE = frozenset(
    {"title", "role", "position", "job", "function", "department", "occupation", "titel", "rolle", "funktion", "beruf",
     "cargo", "puesto", "poste", "fonction", "ruolo", "qualifica", "stanowisko", "functie"}
)  # fmt: skip
_ADDRESS = frozenset({"email", "mail", "mailbox", "emails", "address", "adresse"})
_NO_ADDRESS = frozenset({"domain", "host", "server", "provider", "domäne"})
_DOMAIN = re.compile(r"@?[\w-]+(\.[\w-]+)+")


def _words(node: syntax.Expr) -> set[str]:
    return set(shown(node).rpartition(".")[2].casefold().split("_"))


def _gap(left: syntax.Expr, right: syntax.Expr) -> Span:
    return Span(left.span.file, left.span.end, right.span.start)


# --- parts of words -------------------------------------------------------------------------------------------------


def part_of_a_word(model: Checked) -> Iterator[Diagnostic]:
    """`title contains "cto"`, which "Director" does."""
    for place in model.places:
        node = place.node
        if not isinstance(node, syntax.TextTest) or node.op != "contains" or not _words(node.operand) & _ABOUT_PEOPLE:
            continue
        found = field_of(model.ctx, place.event, node.operand)
        if found is None or found.kind.name != "text":
            continue
        hits = [(text, word) for text in texts_of(model.ctx, node.argument) if (word := _hides_in(text)) is not None]
        if hits:
            fix = Fix("write `has word`", (Edit(_gap(node.operand, node.argument), " has word "),))
            yield asking.part_of_a_word(shown(node.operand), hits, node.span, (fix,))


def _hides_in(text: str) -> str | None:
    """A word of titles in which a short text stands by accident: not at its beginning, unless the word is another."""
    needle = text.casefold()
    if not 2 <= len(needle) <= 6 or not needle.isalpha():
        return None
    own = 0 if needle in _ACRONYMS else 1
    return next((word for word in TITLES if needle in word.casefold()[own:]), None)


# --- domains and addresses ------------------------------------------------------------------------------------------


def domain_for_address(model: Checked) -> Iterator[Diagnostic]:
    """`email in free_mail`, which no address is."""
    for place in model.places:
        node = place.node
        match node:
            case syntax.In(operand=field, container=other):
                negated = node.negated
            case syntax.Compare(op="=" | "!=", left=field, right=other):
                negated = node.op == "!="
            case _:
                continue
        words = _words(field)
        if not words & _ADDRESS or words & _NO_ADDRESS:
            continue
        domains = texts_of(model.ctx, other)
        if domains and all(map(_DOMAIN.fullmatch, domains)):
            yield _domain(model, field, other, domains[0], negated, node.span)


def _domain(
    model: Checked, field: syntax.Expr, other: syntax.Expr, domain: str, negated: bool, span: Span
) -> Diagnostic:
    name = shown(field)
    edits = [Edit(_gap(field, other), " ends with ")]
    if negated:
        edits.insert(0, Edit(Span(span.file, span.start, span.start), "not "))
    listed = " ".join(model.ctx.loaded.files[span.file].read(other.span).split())
    better = f"{'not ' if negated else ''}{name} ends with {listed}"
    return asking.domain_is_no_address(name, domain, span, negated, better, (Fix(f"write `{better}`", tuple(edits)),))


# --- wildcards ------------------------------------------------------------------------------------------------------


def wildcards(model: Checked) -> Iterator[Diagnostic]:
    """`matches` without a wildcard, and a star where it is taken for a star."""
    for place in model.places:
        node = place.node
        if not isinstance(node, syntax.TextTest | syntax.Compare):
            continue
        operand, argument = (
            (node.operand, node.argument) if isinstance(node, syntax.TextTest) else (node.left, node.right)
        )
        if not isinstance(argument, syntax.Text) or field_of(model.ctx, place.event, operand) is None:
            continue
        if node.op == "matches":
            if "*" not in argument.value and "?" not in argument.value and "{" not in argument.value:
                yield _plain(operand, argument)
        elif (
            node.op in ("=", "starts with", "ends with", "contains")
            and len(argument.value) > 1
            and (argument.value.startswith("*") or argument.value.endswith("*"))
        ):
            yield _starred(node.op, operand, argument)


def _plain(operand: syntax.Expr, argument: syntax.Text) -> Diagnostic:
    fixes = (
        Fix("write `=`", (Edit(_gap(operand, argument), " = "),)),
        Fix("put a `*` at its end", (Edit(Span(argument.span.file, argument.span.end - 1, argument.span.end), '*"'),)),
    )
    return asking.without_wildcard(argument.value, argument.span, shown(operand), fixes)


def _starred(operator: str, operand: syntax.Expr, argument: syntax.Text) -> Diagnostic:
    text = argument.value
    bare = {"starts with": text.rstrip("*"), "ends with": text.lstrip("*"), "contains": text.strip("*")}.get(operator)
    if bare and "*" not in bare:
        better = f"{shown(operand)} {operator} {quoted(bare)}"
        fix = Fix("leave out the `*`", (Edit(argument.span, quoted(bare)),))
    else:
        better = f"{shown(operand)} matches {quoted(text)}"
        fix = Fix("write `matches`", (Edit(_gap(operand, argument), " matches "),))
    return asking.wildcard_taken_literally(operator, text, argument.span, better, (fix,))
