"""The specification of who may import whom, read off the source of every module.

    cli  ──►  compiler  ──►  dsl              dsl knows lark, in one file
     │           └───────►  runtime.table     the one thing that compiler and runtime share
     ├──────►  runtime                        knows neither dsl nor compiler
     └──────►  insight  ──►  runtime
    infra packs the runtime alone; tests and benchmarks may import anything

An import inside a function, under `if TYPE_CHECKING` or through importlib counts like any other.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Whose modules a package may import; an entry covers the modules below it.
OWN = {
    "dsl": ("dsl",),
    "compiler": ("compiler", "dsl", "runtime.table"),
    "runtime": ("runtime",),
    "insight": ("insight", "runtime"),
    "cli": ("cli", "compiler", "dsl", "insight", "runtime"),
    "infra": ("infra",),
}
# Where a package from outside may be imported: in one file, or in all of a folder.
OUTSIDE = {
    "aws_lambda_powertools": ("runtime/handlers/",),
    "boto3": ("runtime/dynamo/client.py", "runtime/handlers/clients.py"),
    "botocore": ("runtime/dynamo/client.py", "runtime/handlers/clients.py"),
    "cattrs": ("cli/lsp/",),
    "click": ("cli/",),
    "jinja2": ("cli/looking_back/write.py", "cli/pages/write.py", "cli/sheet/write.py", "cli/reporting/page.py"),
    "jmespath": ("compiler/expressions.py", "runtime/expressions.py"),
    "lark": ("dsl/parse.py",),
    "lsprotocol": ("cli/lsp/",),
    "matplotlib": ("cli/plot.py", "cli/reporting/draw.py", "insight/backtest/charts.py"),
    "msgspec": ("cli/", "insight/", "runtime/"),
    "numba": ("insight/columns/kernel/",),
    "numpy": ("insight/",),
    "openpyxl": ("cli/sheet/write.py",),
    "pyarrow": ("insight/columns/",),
    "pydantic": ("compiler/schema.py",),
    "pygls": ("cli/lsp/",),
    "pyspark": ("insight/columns/spark.py",),
    "rich": ("cli/",),
    "scipy": ("insight/",),
    "sklearn": ("insight/",),
    "threadpoolctl": ("insight/",),
    "z3": ("compiler/prove/solver.py",),
}
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
SHADOWING = {"ast", "types"}


def modules() -> list[Path]:
    return [path for package in OWN for path in sorted((ROOT / package).rglob("*.py"))]


def imports(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Each import of a module's source as (line, dotted name); `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                above = module.split(".")[:-level] if level else []
                yield from ((node.lineno, ".".join([*above, *([base] if base else []), name.name])) for name in names)
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=args):
                first = args[0] if args else None
                known = isinstance(first, ast.Constant) and isinstance(first.value, str)
                yield node.lineno, first.value if known else "?"


def offences(source: str, path: str) -> list[str]:
    """The imports in the module at `path` (from the root, with slashes) that the graph forbids, one text each."""
    package = path.split("/", maxsplit=1)[0]
    found = []
    for line, name in imports(source, path.removesuffix(".py").replace("/", ".")):
        top = name.split(".", maxsplit=1)[0]
        if top in OWN:
            allowed = any(name == own or name.startswith(own + ".") for own in OWN[package])
        elif top in sys.stdlib_module_names:
            allowed = True
        else:
            allowed = any(
                path == place or (place[-1] == "/" and path.startswith(place)) for place in OUTSIDE.get(top, ())
            )
        if not allowed:
            found.append(f"{path}:{line}: imports {name}")
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_the_graph_allows(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()) == []


@pytest.mark.parametrize(
    ("path", "source", "name"),
    [
        ("runtime/fold.py", "import dsl", "dsl"),
        ("runtime/fold.py", "def f():\n    from compiler.compile import compile_file", "compiler.compile.compile_file"),
        ("runtime/fold.py", "import importlib\nimportlib.import_module('lark')", "lark"),
        ("runtime/fold.py", "name = 'lark'\n__import__(name)", "?"),
        ("runtime/handlers/sqs.py", "import pydantic", "pydantic"),
        ("runtime/fold.py", "if TYPE_CHECKING:\n    import boto3", "boto3"),
        ("compiler/emit.py", "from runtime import fold", "runtime.fold"),
        ("compiler/emit.py", "import runtime", "runtime"),
        ("compiler/emit.py", "import pydantic", "pydantic"),
        ("dsl/format.py", "from lark import Lark", "lark.Lark"),
        ("dsl/parse.py", "from .. import cli", "cli"),
        ("insight/report.py", "from dsl.syntax import File", "dsl.syntax.File"),
    ],
)
def test_a_forbidden_import_is_found_wherever_it_hides(path: str, source: str, name: str) -> None:
    line = source.count("\n") + 1
    assert offences(source, path) == [f"{path}:{line}: imports {name}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("compiler/emit.py", "from runtime.table import Table\nfrom runtime import table\nfrom dsl import syntax"),
        ("dsl/parse.py", "import lark\nfrom . import syntax\nfrom .source import Source"),
        ("cli/score.py", "import click\nfrom runtime.fold import fold\nfrom compiler.compile import compile_file"),
        ("runtime/fold.py", "import msgspec\nimport json"),
    ],
)
def test_the_arrows_of_the_graph_are_allowed(path: str, source: str) -> None:
    assert offences(source, path) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}
    graph = {
        name: {
            own for _, target in imports(path.read_text(encoding="utf-8"), name) for own in up(target) if own in names
        }
        for name, path in names.items()
    }
    circles = {name: sorted(needs & graph.keys()) for name, needs in graph.items() if name in reach(graph, name)}
    assert circles == {}, "each of these imports itself by way of another"


def reach(graph: dict[str, set[str]], start: str) -> set[str]:
    """All that a module imports, and what that imports, and so on."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def up(name: str) -> list[str]:
    """`a.b.c` as `a.b.c`, `a.b`: the modules that an imported name may stand for."""
    parts = name.split(".")
    return [".".join(parts[:size]) for size in (len(parts), len(parts) - 1) if size > 1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_named_for_its_idea_and_says_what_it_is_for(path: Path) -> None:
    assert path.stem not in SHAPELESS | SHADOWING
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_init_file_of_a_package_holds_only_a_docstring() -> None:
    for path in (path for path in modules() if path.name == "__init__.py"):
        assert len(ast.parse(path.read_text(encoding="utf-8")).body) == 1, path


def tracked() -> list[Path]:
    """The project's files: what git tracks, and what it would track."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


# Written so that this file does not hold them itself.
FOREIGN = re.compile(
    r"(?<![\w.~-])/(?:work|root)/"  # a path on one machine
    r"|[\w-]*py[p]i\.(?:org|io)|python[h]osted\.org|npm[j]s\.(?:org|com)"  # a registry's host
    r"|--(?:extra-)?index-[u]rl|--trusted-[h]ost|--find-[l]inks"  # an option that names one
)


def test_no_file_names_a_path_of_one_machine_or_the_host_of_a_registry() -> None:
    files = tracked()
    assert ROOT / "pyproject.toml" in files
    texts = ((path, path.read_bytes().decode("utf-8", errors="replace")) for path in files)
    assert [f"{path.relative_to(ROOT)}: {hit[0]}" for path, text in texts for hit in FOREIGN.finditer(text)] == []
