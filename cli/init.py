"""`leadscore init`: write a starter project that is in order from the first minute.

Its files lie beside this module in `starter/`, as they will stand in the project but for two things: the name of the
model, which is the word `starter` where it counts, and the names that begin with a dot, which would have an effect on
leadscore's own sources. Either all of them are written or none.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import click

from cli.findings import counted
from cli.problem import Problem, reason
from cli.visible import visible

FILES: Mapping[str, str] = {
    "model.score": "model.score",
    "vocabulary.score": "vocabulary.score",
    "cases.csv": "cases.csv",
    "lists/free_mail.txt": "lists/free_mail.txt",
    "events.jsonl": "events.jsonl",
    "README.md": "README.md",
    "requirements.txt": "requirements.txt",
    "ci.sh": "ci.sh",
    ".github/workflows/rules.yml": "workflow.yml",
    ".pre-commit-config.yaml": "dot-pre-commit-config.yaml",
    ".gitignore": "dot-gitignore",
    ".gitattributes": "dot-gitattributes",
    ".editorconfig": "dot-editorconfig",
}
"""The files of a project, and what they are called in `starter/`."""
_PROGRAMS = frozenset({"ci.sh"})
_NAMED = {"model.score": "model starter ", "README.md": "# starter: "}
"""Where the name of the model stands, by file."""
_SHOWN = 10


@click.command(
    "init",
    epilog="""\b
Examples:
  leadscore init scoring
  leadscore init scoring --name b2b_saas
  leadscore init""",
)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path())
@click.option("--name", metavar="NAME", help="What the model is called; after the folder if not given.")
def command(folder: str, name: str | None) -> int:
    """Write a starter project to DIR, which is made if it is missing; the folder you are in if not given.

    A model with its vocabulary, lists and tests, events to try it on, hooks for pre-commit and a workflow for GitHub.
    Nothing is overwritten: if one of its files is there already, nothing is written at all."""
    target = Path(folder)
    named = _model_name(target) if name is None else _checked(name)
    _check_free(folder, target)
    contents = {path: _content(given, named) for path, given in FILES.items()}
    _write(target, contents)
    print(f"the model {visible(named)}: {counted(len(contents), 'file')} in {visible(folder)}")
    print("\n".join(["next:", *(f"  {step}" for step in _next_steps(folder))]))
    outer = _repository_above(target)
    if outer is not None:
        print(f"{visible(str(outer))} is a repository: README.md says what to move to its top")
    return 0


# --- the name ---------------------------------------------------------------------------------------------------------


def _checked(name: str) -> str:
    """Raises Problem if a model can't be called so."""
    text = unicodedata.normalize("NFC", name)
    if not text.isidentifier():
        near = _name_of(text)
        hint = "a name is a word of letters, digits and `_` that does not begin with a digit"
        raise Problem(f"a model can't be called `{name}`", hint=f"{hint}: `{near}`" if near else hint)
    return text


def _model_name(folder: Path) -> str:
    return _name_of(folder.resolve().name) or "my_model"


def _name_of(text: str) -> str:
    """The nearest name to a text that the language takes; empty if there is none."""
    chars = (char if f"a{char}".isidentifier() else "_" for char in unicodedata.normalize("NFC", text))
    word = re.sub("_+", "_", "".join(chars)).strip("_")
    return word if not word or word.isidentifier() else f"model_{word}"


# --- the files --------------------------------------------------------------------------------------------------------


def _content(given: str, name: str) -> bytes:
    """A file of the starter, for a model of this name."""
    text = files("cli").joinpath("starter", *given.split("/")).read_text(encoding="utf-8")
    mark = _NAMED.get(given)
    if mark is not None:
        assert text.count(mark) == 1, given
        text = text.replace(mark, mark.replace("starter", name))
    return text.encode()


def _check_free(folder: str, target: Path) -> None:
    """Raises Problem if anything is where the project is to be written."""
    if os.path.lexists(target) and not target.is_dir():
        raise Problem(f"{folder} is there already and is no folder", hint="name another folder")
    inside = [path for path in FILES if os.path.lexists(target / path)]
    blocked = {
        str(parent) for path in FILES for parent in Path(path).parents
        if os.path.lexists(target / parent) and not (target / parent).is_dir()
    }  # fmt: skip
    taken = sorted({*inside, *blocked})
    if taken:
        told = ", ".join(taken[:_SHOWN]) + (" and more" if len(taken) > _SHOWN else "")
        raise Problem(
            f"nothing was written: in the way in {folder}: {told}", hint="name another folder: leadscore init FOLDER"
        )


def _write(target: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files, or none. Raises Problem."""
    made: list[Path] = []
    try:
        for path, content in contents.items():
            _make_folders((target / path).parent, made)
            with (target / path).open("xb") as file:
                made.append(target / path)
                file.write(content)
            if path in _PROGRAMS:
                (target / path).chmod((target / path).stat().st_mode | 0o111)
    except BaseException as error:
        for each in reversed(made):
            each.rmdir() if each.is_dir() else each.unlink()
        if isinstance(error, OSError):
            raise Problem(f"nothing was written: {error.filename or target}: {reason(error)}") from None
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it that are missing, and note which."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir()
        made.append(each)


# --- what is said -----------------------------------------------------------------------------------------------------


def _next_steps(folder: str) -> list[str]:
    from shlex import quote

    steps = [f"cd {quote(folder)}"] if Path(folder).resolve() != Path.cwd() else []
    return [
        *steps,
        "leadscore test . --coverage",
        "leadscore prove .",
        "leadscore score model.score --events events.jsonl",
        "leadscore explain model.score --events events.jsonl --lead mira",
        "leadscore docs model.score -o site",
        "./ci.sh",
    ]


def _repository_above(target: Path) -> Path | None:
    """The top of the repository that the folder is a part of; None if it is in none, or the top itself."""
    return next((each for each in target.resolve().parents if (each / ".git").exists()), None)
