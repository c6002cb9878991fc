"""`= false` and `!=` on a field that may be missing: they leave out whoever has said nothing.

Nothing is said where the same condition asks whether the field is there, or asks something else of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.errors import asking
from compiler.names import EventNames
from compiler.warnings.facts import Checked, Place, field_of, shown
from compiler.warnings.walking import Leaf, leaves
from dsl import syntax
from dsl.diagnostics import Diagnostic, Edit, Fix
from dsl.syntax import Span


def leaves_out_the_unknown(model: Checked) -> Iterator[Diagnostic]:
    """One finding for each such comparison."""
    for place in model.places:
        field = _tested(model, place, place.leaf)
        if field is not None:
            yield _finding(model, place.event, place.leaf, field)


def _tested(model: Checked, place: Place, leaf: Leaf) -> syntax.Expr | None:
    """The field that a comparison leaves out where it is missing, if it is of that sort and nothing else asks."""
    node = leaf.node
    if leaf.inside_not or not isinstance(node, syntax.Compare) or not _misses(node):
        return None
    for side, other in ((node.left, node.right), (node.right, node.left)):
        found = field_of(model.ctx, place.event, side)
        if found is not None and found.optional and field_of(model.ctx, place.event, other) is None:
            return None if any(_mentions(each, side) for each in leaf.beside) else side
    return None


def _misses(node: syntax.Compare) -> bool:
    if node.op == "=":
        return syntax.Flag(False) in (node.left, node.right)
    return node.op == "!=" and syntax.Ref("stage") not in (node.left, node.right)


def _mentions(condition: syntax.Expr, field: syntax.Expr) -> bool:
    for leaf in leaves(condition):
        match leaf.node:
            case syntax.Compare(left=left, right=right):
                if field in (left, right):
                    return True
            case syntax.Between() | syntax.In() | syntax.TextTest() | syntax.Presence() | syntax.DateWindow() as node:
                if node.operand == field:
                    return True
            case node:
                if node == field:
                    return True
    return False


def _finding(model: Checked, event: EventNames | None, leaf: Leaf, field: syntax.Expr) -> Diagnostic:
    node, name = leaf.node, shown(field)
    assert isinstance(node, syntax.Compare)
    span = node.span
    start, end = Span(span.file, span.start, span.start), Span(span.file, span.end, span.end)
    fixes = (
        Fix(f"add `or {name} is missing`", (Edit(start, "("), Edit(end, f" or {name} is missing)"))),
        Fix(f"add `{name} is present and`", (Edit(start, f"{name} is present and "),)),
    )
    text = model.ctx.loaded.files[span.file].read(span)
    written = " ".join(text.split())
    ways = (f"({written} or {name} is missing)", f"{name} is present and {written}")
    return asking.unknown_is_left_out(name, written, span, _declared(model, event, field), ways, fixes)


def _declared(model: Checked, event: EventNames | None, field: syntax.Expr) -> Span:
    name = (
        field.name.text if isinstance(field, syntax.Qualified) else field.name if isinstance(field, syntax.Ref) else ""
    )
    of_lead = isinstance(field, syntax.Qualified) and field.scope == "lead"
    if event is not None and not of_lead and name in event.properties:
        return event.properties[name].span
    return model.ctx.names.attributes[name].span
