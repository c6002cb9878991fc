"""The commits that touched a model: its rule file, under whatever name, and what that imported or read then.

The walk goes from the newest commit back along first parents, which is what the branch said at each time. A version
knows the files that it was made of, so git is asked for the newest commit up to it that touched any of them, and only
what these left is compiled. Where the rule file is missing before a commit, that commit named it anew or made it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli.problem import NO, Problem
from cli.revisions import Revision, Tree
from compiler.compile import ALL, Compilation, compile_source
from compiler.load import LIBRARY
from dsl.source import Source, source_of

_SECONDS = 120
_PLAIN = ("-c", "core.quotePath=false", "-c", "log.follow=false", "-c", "log.showSignature=false", "-c",
          "i18n.logOutputEncoding=UTF-8")  # fmt: skip
"""What a user may have set otherwise."""
_FIELDS = "%H%x00%h%x00%cs%x00%ct%x00%aN%x00%s%x00%P"


@dataclass(frozen=True, slots=True)
class Commit:
    """`date` is that of the committer, in the committer's time zone, `time` in seconds since 1970. `who` wrote it, or
    for a merge what it merged. `path` is that of the rule file then, from the top of the repository."""

    hash: str
    short: str
    date: str
    time: int
    who: tuple[str, ...]
    subject: str
    path: str


@dataclass(frozen=True, slots=True)
class Version:
    """A rule file as a commit left it; `commit` is None for what is not committed. `compilation` is None where the file
    was not there; it may hold errors."""

    commit: Commit | None
    compilation: Compilation | None

    @property
    def wrong(self) -> str | None:
        """Why it can't be used: ``3:14: the message``; None if it can."""
        if self.compilation is None:
            return "the file was not there"
        if self.compilation.table is not None:
            return None
        first = next(each for each in self.compilation.diagnostics if each.severity == "error")
        source = self.compilation.files.get(first.span.file)
        where = first.span.file.partition(":")[2] or first.span.file
        if source is not None and source.text:
            line, column = source.position(first.span.start)
            where += f":{line}:{column}"
        return f"{where}: {first.message}"


class _Noting(Tree):
    """The files of a revision, noting which are asked for."""

    def __init__(self, revision: Revision) -> None:
        super().__init__(revision)
        self.asked: list[Path] = []

    def read(self, path: Path, shown: str) -> Source:
        if path.parent != LIBRARY:
            self.asked.append(path)
        return super().read(path, shown)


class _At(Revision):
    """A commit whose hash is known."""

    def __init__(self, top: Path, hash: str) -> None:
        self.name, self.hash, self.top = hash[:8], hash, top


@dataclass(slots=True)
class Past:
    """A rule file in its repository, up to the commit that `revision` names. Raises Problem if there is no history."""

    file: str
    revision: str = "HEAD"
    top: Path = field(init=False)
    path: str = field(init=False)
    head: str = field(init=False)

    def __post_init__(self) -> None:
        folder = Path(self.file).parent
        while not folder.is_dir():
            folder = folder.parent
        self.top = _top(folder, self.file)
        whole = os.path.normpath(folder.resolve() / os.path.relpath(self.file, folder))
        self.path = os.path.relpath(whole, self.top).replace(os.sep, "/")
        if self.path.startswith("../") or "\n" in self.path:
            raise Problem(f"{self.file} is not in the repository {self.top}")
        if git(["rev-parse", "--verify", "--quiet", "HEAD"], self.top) is None:
            raise Problem(f"the repository {self.top} has no commit yet", hint="commit the rule file", status=NO)
        found = None
        if not self.revision.startswith("-"):
            asked = f"{self.revision}^{{commit}}"
            found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", asked], self.top)
        if found is None:
            hint = "`git log --oneline` and `git branch --all` show what there is"
            raise Problem(f"there is no commit `{self.revision}`", hint=hint)
        self.head = found.strip()

    @property
    def shallow(self) -> bool:
        """Whether the clone lacks older commits."""
        return (git(["rev-parse", "--is-shallow-repository"], self.top) or "").strip() == "true"

    def versions(self) -> Iterator[Version]:
        """What each commit made of the file, from the newest back. Raises Problem if no commit has it."""
        start, path, known = self.head, self.path, False
        while True:
            compilation, files = self._compiled(start, path)
            commit, parents = self._newest(start, path, files)
            if commit is None:
                break
            known = True
            yield Version(commit, compilation)
            if not parents:
                break
            start = parents[0]
            if compilation is not None and not self._has(start, path):
                path = self._name_before(start, commit.hash, path)
        if not known:
            raise Problem(
                f"{self.file} is in no commit up to {self.revision}",
                hint="commit it, and its history begins",
                status=NO,
            )

    def _newest(self, start: str, path: str, files: list[str]) -> tuple[Commit | None, list[str]]:
        """The newest commit from a start back that touched any of the files, and its parents."""
        asked = ["log", "-1", "--first-parent", f"--format={_FIELDS}", start, "--", *files]
        told = (git(["--literal-pathspecs", *asked], self.top) or "").strip("\n")
        if not told:
            return None, []
        hash, short, date, time, author, subject, parents = told.split("\0")
        who: tuple[str, ...] = (author,)
        before = parents.split()
        if len(before) > 1:
            merged = ["log", "--no-merges", "--format=%aN", f"{before[0]}..{hash}", "--", *files]
            found = git(["--literal-pathspecs", *merged], self.top) or ""
            who = tuple(dict.fromkeys(reversed(found.splitlines()))) or who
        return Commit(hash, short, date, int(time), who, subject, path), before

    def _compiled(self, commit: str, path: str) -> tuple[Compilation | None, list[str]]:
        """The rule file at a commit, and the files that it is made of; only itself where it is not there."""
        revision = _At(self.top, commit)
        near = os.path.relpath(self.top / path)
        content = revision.read(Path(near))
        if content is None:
            return None, [path]
        disk = _Noting(revision)
        source = source_of(f"{revision.name}:{near}", content)
        return compile_source(source, Path(near).parent, disk, ALL, near), [path, *self._inside(disk.asked)]

    def _inside(self, paths: list[Path]) -> Iterator[str]:
        """Paths from the top of the repository, of those that lie in it."""
        for path in paths:
            inside = os.path.relpath(os.path.normpath(Path.cwd().resolve() / path), self.top).replace(os.sep, "/")
            if not inside.startswith("../"):
                yield inside

    def _has(self, commit: str, path: str) -> bool:
        return git(["cat-file", "-e", f"{commit}:{path}"], self.top) is not None

    def _name_before(self, old: str, new: str, path: str) -> str:
        """What the file was called before it was named anew; its own name if it was not."""
        told = git(["diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", old, new], self.top) or ""
        words = iter(told.split("\0"))
        for _, was, now in zip(words, words, words, strict=False):
            if now == path:
                return was
        return path

    # --- tags ---------------------------------------------------------------------------------------------------------

    def tags(self, commits: list[Commit]) -> tuple[dict[str, list[str]], list[str]]:
        """The tags of this line of commits by the hash of the commit among these that they show, oldest tag first, and
        the tags that lie on no commit of this line."""
        asked = ["for-each-ref", "--sort=creatordate", "--format=%(refname:short)%00%(objectname)%00%(*objectname)"]
        told = [line.split("\0") for line in (git([*asked, "refs/tags"], self.top) or "").splitlines()]
        line = (git(["rev-list", "--first-parent", self.head], self.top) or "").split() if told else []
        places = {hash: at for at, hash in enumerate(line)}
        marks = sorted((places[each.hash], each.hash) for each in commits if each.hash in places)
        found: dict[str, list[str]] = {}
        beside = []
        for name, object, peeled in told:
            at = places.get(peeled or object)
            if at is None:
                beside.append(name)
                continue
            shown = next((hash for place, hash in marks if place >= at), None)
            if shown is not None:
                found.setdefault(shown, []).append(name)
        return found, beside

    def author(self, commit: Commit, path: str, text: str) -> str | None:
        """Who first wrote a text into a file, of those who changed it up to a commit."""
        asked = ["log", "--follow", f"-S{text}", "--format=%aN", commit.hash, "--", path]
        return next(reversed((git(["--literal-pathspecs", *asked], self.top) or "").splitlines()), None)


def _top(folder: Path, file: str) -> Path:
    told = git(["rev-parse", "--show-toplevel"], folder)
    if told is None:
        refused = _refusal(folder)
        if refused is not None:
            raise Problem(f"git does not read the repository of {file}: {refused}")
        raise Problem(
            f"{file} is not in a git repository, so there is no history",
            hint="`git init`, then commit the rule file: its history begins with that",
        )
    return Path(told.rstrip("\n"))


def _refusal(folder: Path) -> str | None:
    """Why git does not read a repository that is there; None if there is none."""
    said = os.fsdecode(_run(["rev-parse", "--show-toplevel"], folder).stderr).strip().splitlines()
    first = said[0].removeprefix("fatal: ") if said else ""
    return None if not first or first.startswith("not a git repository") else first


def git(args: list[str], folder: Path) -> str | None:
    """What git prints; None if it says no. Raises Problem if it is not there or does not answer."""
    done = _run(args, folder)
    return None if done.returncode else os.fsdecode(done.stdout)


def _run(args: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *_PLAIN, *args],  # noqa: S607 - whichever the user has
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise Problem("git is not installed, and history is read from it") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(f"git does not answer: {error}") from None
