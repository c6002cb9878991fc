"""How a command ends when it can't do what it was asked: one clear line, a hint, and an exit status.

Status 1 means that the answer is no (errors in a rule file), 2 that the command was used wrongly or that something
could not be read or written. Status 0 is an ordinary end and needs no exception.
"""

from __future__ import annotations

from collections.abc import Iterable

NO = 1
UNUSABLE = 2


class Problem(Exception):
    """Ends a command with `status`; `message` is one line without a final full stop, `hint` says what to do instead.

    An empty message ends the command silently: what there was to say has been said."""

    def __init__(self, message: str = "", *, hint: str | None = None, status: int = UNUSABLE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


def reason(error: OSError) -> str:
    """What the system says about a failed access, in lower case and without the path."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` if something known is near, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
