"""Rule files as a revision of git has them: they, what they import and the sets they read come from its tree.

Nothing is checked out. A file is read by its path in the repository, and git follows links within the tree; what comes
with leadscore comes from leadscore, whichever revision is looked at.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from cli.problem import Problem
from compiler.compile import ALL, Compilation, compile_source
from compiler.load import LIBRARY, Files
from dsl import errors
from dsl.parse import Parsed, parse
from dsl.source import Source, source_of

_SECONDS = 60


class Revision:
    """A revision by its `name`, asked for from a `folder` of the work tree, whose top is `top`; `hash` is the commit,
    tag or tree that the name stands for now. Raises Problem if there is none, no repository, or no git."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        top = _git(["rev-parse", "--show-toplevel"], folder)
        if top.returncode:
            here = folder.resolve()
            raise Problem(f"{here} is not in a git repository", hint="name two files: leadscore COMMAND OLD NEW")
        self.top = Path(os.fsdecode(top.stdout.rstrip(b"\n")))
        asked = ["rev-parse", "--verify", "--quiet", "--end-of-options"]
        found = _git([*asked, name], folder)
        if found.returncode or _git([*asked, f"{name}^{{tree}}"], folder).returncode:
            hint = "`git log --oneline` and `git branch --all` show what there is"
            raise Problem(f"there is no revision `{name}`", hint=hint)
        self.hash = found.stdout.decode().strip()

    def read(self, path: Path) -> bytes | None:
        """The content of a file, by its path on the disk; None if the revision does not have it."""
        whole = os.path.normpath(Path.cwd().resolve() / path)
        inside = os.path.relpath(whole, self.top).replace(os.sep, "/")
        if inside.startswith("../") or "\n" in inside:
            return None
        done = _git(["cat-file", "--batch", "--follow-symlinks"], self.top, f"{self.hash}:{inside}\n".encode())
        head, _, content = done.stdout.partition(b"\n")
        words = head.split()
        if done.returncode or len(words) != 3 or words[1] != b"blob":
            return None
        return content[: int(words[2])]


class Tree(Files):
    """The files of a revision, in place of those on the disk."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision

    def read(self, path: Path, shown: str) -> Source:
        """The file at `path` under the name that diagnostics show."""
        if path.parent == LIBRARY:
            return super().read(path, shown)
        content = self.revision.read(path)
        if content is None:
            return Source(shown, "", (errors.unreadable(shown, f"it is not in {self.revision.name}"),))
        return source_of(shown, content)

    def parse(self, source: Source) -> Parsed:
        """What a rule file says."""
        return parse(source)


def compiled_at(revision: Revision, path: str, content: bytes) -> Compilation:
    """A rule file of a revision, compiled with what the revision has; all its files go by ``REV:PATH``."""
    source = source_of(f"{revision.name}:{path}", content)
    return compile_source(source, Path(path).parent, Tree(revision), ALL, path)


def _git(args: list[str], folder: Path, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *args],  # noqa: S607 - whichever git the user works with
            input=b"" if given is None else given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Problem("git is not installed, and it reads revisions") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(f"git does not answer: {error}") from None
