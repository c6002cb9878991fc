"""How findings list what there is, and guess what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from dsl.diagnostics import Fix, replaced
from dsl.spelling import name_or_text, quoted
from dsl.syntax import Span

_LISTED = 8
_COMPARED = 2000


def listing(names: Iterable[str]) -> str:
    """```a`, `b` and 3 more``: what there is, in the order given and not too much of it."""
    all_names = list(names)
    shown = [f"`{name}`" for name in all_names[:_LISTED]]
    if len(all_names) > _LISTED:
        return f"{', '.join(shown)} and {len(all_names) - _LISTED} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of the names that a slip of the pen would have turned into `name`, if any."""
    folded = {each.casefold(): each for each in islice(names, _COMPARED)}
    near = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def guess(name: str, names: Iterable[str], what: str) -> str | None:
    """The help for a name that is not known: what was meant, or else what there is; `what` is the plural."""
    all_names = list(names)
    near = nearest(name, all_names)
    if near is not None:
        return f"did you mean `{near}`?"
    if len(all_names) == 1:
        return f"of {what} there is only `{all_names[0]}`"
    return f"the {what} are {listing(all_names)}" if all_names else f"there are no {what}"


def meant(name: str, names: Iterable[str], span: Span, text: bool = False) -> tuple[Fix, ...]:
    """The fix that goes with a `guess` at what was meant by the name at `span`; `text` if it stands in quotes."""
    near = nearest(name, names)
    if near is None:
        return ()
    return (replaced(span, quoted(near) if text else name_or_text(near)),)
