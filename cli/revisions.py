"""Rule files as a revision of git has them: they, what they import and the sets they read come from its tree.

Nothing is checked out. A file is read by its path in the repository, and git follows links within the tree; what comes
with leadscore comes from leadscore, whichever revision is looked at.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.problem import UNUSABLE, Problem
from compiler.load import LIBRARY, Files
from dsl import errors
from dsl.parse import Parsed, parse
from dsl.source import Source, source_of

_SECONDS = 60
_NONE = "it is not in this revision"


@dataclass(frozen=True, slots=True)
class Revision:
    """`said` is what the user called it, `hash` the commit (or tree) that it names now, `root` the top of the work
    tree."""

    said: str
    hash: str
    root: Path

    def read(self, path: Path) -> bytes | None:
        """The content of a file by its path on the disk; None if the revision does not have it."""
        inside = os.path.relpath(os.path.normpath(path), self.root).replace(os.sep, "/")
        if inside.startswith("../"):
            return None
        asked = f"{self.hash}:{inside}\n".encode()
        done = _git(["cat-file", "--batch", "--follow-symlinks"], self.root, asked)
        head, _, content = done.stdout.partition(b"\n")
        words = head.split()
        if done.returncode or len(words) != 3 or words[1] != b"blob":
            return None
        return content[: int(words[2])]


class Tree(Files):
    """The files of a revision, in place of those on the disk; each goes by its path there, behind ``REV:``."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision

    def read(self, path: Path, shown: str) -> Source:
        """The file at `path` under the name that diagnostics show."""
        if path.parent == LIBRARY:
            return super().read(path, shown)
        content = self.revision.read(path)
        if content is None:
            return Source(shown, "", (errors.unreadable(shown, _NONE),))
        return source_of(shown, content)

    def parse(self, source: Source) -> Parsed:
        """What a rule file says."""
        return parse(source)


def revision(said: str, beside: Path) -> Revision | None:
    """The revision that a word names in the repository of a folder; None if it names none. Raises Problem if the folder
    is in no repository, or there is no git."""
    root = repository(beside)
    if not said or said.startswith("-"):
        return None
    found = _git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{said}^{{tree}}"], root)
    if found.returncode:
        return None
    named = _git(["rev-parse", "--verify", "--quiet", "--end-of-options", said], root)
    return Revision(said, named.stdout.decode().strip(), root)


def repository(folder: Path) -> Path:
    """The top of the work tree that a folder is in. Raises Problem."""
    known = next((each for each in (folder, *folder.parents) if each.is_dir()), Path())
    found = _git(["rev-parse", "--show-toplevel"], known)
    if found.returncode:
        raise Problem(f"{folder} is in no git repository", hint="name two files, or go to where the rules are kept")
    return Path(os.fsdecode(found.stdout.rstrip(b"\n")))


def _git(args: list[str], folder: Path, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *args],  # noqa: S607 - whichever git the user works with
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Problem("git is not installed, and revisions are read by it", status=UNUSABLE) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(f"git does not answer: {error}", status=UNUSABLE) from None
