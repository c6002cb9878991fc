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
    """`title contains "cto"`, which "Director" does, or `title matches "*cto*"`."""
    for place in model.places:
        node = place.node
        if not isinstance(node, syntax.TextTest) or node.op not in ("contains", "matches"):
            continue
        found = field_of(model.ctx, place.event, node.operand)
        if not _words(node.operand) & _ABOUT_PEOPLE or found is None or found.kind.name != "text":
            continue
        texts = [_sought(node.op, text) for text in texts_of(model.ctx, node.argument)]
        hits = [(text, word) for text in texts if text and (word := _hides_in(text)) is not None]
        if hits:
            yield asking.part_of_a_word(shown(node.operand), node.op, hits, node.span, tuple(_by_words(node)))


def _sought(op: str, text: str) -> str:
    """The text that is looked for anywhere; empty if a pattern asks for more than that."""
    if op == "contains":
        return text
    inner = text.strip("*")
    return inner if text == f"*{inner}*" and "*" not in inner and "?" not in inner else ""


def _by_words(node: syntax.TextTest) -> Iterator[Fix]:
    """The same with `has word`, where all that is looked for is written here."""
    argument = node.argument
    items = argument.items if isinstance(argument, syntax.ListOf) else (argument,)
    edits = [Edit(_gap(node.operand, argument), " has word ")]
    if node.op == "matches":
        texts = [each for each in items if isinstance(each, syntax.Text) and _sought("matches", each.value)]
        if len(texts) < len(items):
            return
        edits += [Edit(each.span, quoted(_sought("matches", each.value))) for each in texts]
    yield Fix("write `has word`", tuple(edits))


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
    for each in other.items if isinstance(other, syntax.ListOf) else (other,):
        if isinstance(each, syntax.Text) and _is_bare(each.value):
            edits.append(Edit(each.span, quoted(f"@{each.value}")))
            listed = listed.replace(quoted(each.value), quoted(f"@{each.value}"))
    better = f"{'not ' if negated else ''}{name} ends with {listed}"
    return asking.domain_is_no_address(name, domain, span, negated, better, (Fix(f"write `{better}`", tuple(edits)),))


def end_of_an_address(model: Checked) -> Iterator[Diagnostic]:
    """`email ends with "gmail.com"`, which an address at notgmail.com does. Of lists that are declared elsewhere
    nothing is said: they are used as they come."""
    for place in model.places:
        node = place.node
        if not isinstance(node, syntax.TextTest) or node.op != "ends with":
            continue
        items = node.argument.items if isinstance(node.argument, syntax.ListOf) else (node.argument,)
        bare = [each for each in items if isinstance(each, syntax.Text) and _is_bare(each.value)]
        words = _words(node.operand)
        if bare and words & _ADDRESS and not words & _NO_ADDRESS:
            fixes = tuple(Fix(f"write `{mark}` before it", tuple(_before(bare, mark))) for mark in ("@", "."))
            yield asking.end_of_another_domain(shown(node.operand), bare[0].value, bare[0].span, fixes)


def _is_bare(text: str) -> bool:
    return not text.startswith("@") and _DOMAIN.fullmatch(text) is not None


def _before(texts: list[syntax.Text], mark: str) -> Iterator[Edit]:
    for each in texts:
        yield Edit(each.span, quoted(f"{mark}{each.value}"))


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
