"""The files of the extension fit the language and one another; that it packs is seen by `make vsix`."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import tomllib
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from dsl.parse import machine
from dsl.source import Source
from dsl.tokens import lex
from tests.conftest import ROOT

HOME = ROOT / "editors" / "vscode"
SNIPPETS = json.loads((HOME / "snippets" / "score.json").read_text(encoding="utf-8"))
HOLDER = re.compile(r"\$\{(\d+):((?:[^{}]|\{[^{}]*\})*)\}")


def filled(body: list[str]) -> str:
    """A snippet with what stands in its places, innermost first."""
    text = "\n".join(body)
    while HOLDER.search(text):
        text = HOLDER.sub(lambda found: found[2], text)
    now = datetime.now(UTC)
    names = {"CURRENT_YEAR": f"{now:%Y}", "CURRENT_MONTH": f"{now:%m}", "CURRENT_DATE": f"{now:%d}"}
    for name, value in names.items():
        text = text.replace(f"${name}", value)
    return text.replace("$0", "")


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_a_sentence_of_the_language_as_it_is_inserted(name: str) -> None:
    snippet: dict[str, Any] = SNIPPETS[name]
    text = filled(snippet["body"])
    assert "$" not in text
    lexed = lex(Source(name, text))
    assert lexed.problems == []
    member = snippet["prefix"].split()[0] in ("rule", "group", "degrade", "fade", "note")
    machine().run(lexed.tokens, "score_member" if member else "item")


def test_the_manifest_names_files_that_are_there_and_fit() -> None:
    manifest = json.loads((HOME / "package.json").read_text(encoding="utf-8"))
    contributes = manifest["contributes"]
    (language,), (grammar,) = contributes["languages"], contributes["grammars"]
    for path in (language["configuration"], grammar["path"], contributes["snippets"][0]["path"], manifest["icon"]):
        assert (HOME / path).is_file(), path
    syntax = json.loads((HOME / grammar["path"]).read_text(encoding="utf-8"))
    assert syntax["scopeName"] == grammar["scopeName"]
    assert language["extensions"] == [".score"] == [f".{each}" for each in syntax["fileTypes"]]
    assert grammar["language"] == language["id"] == contributes["snippets"][0]["language"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"]
    assert manifest["license"] == project["license"]
    assert contributes["configuration"]["properties"]["leadscore.path"]["default"] in project["scripts"]
    assert (HOME / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_lock_names_no_registry_and_fits_the_manifest() -> None:
    lock = json.loads((HOME / "package-lock.json").read_text(encoding="utf-8"))
    manifest = json.loads((HOME / "package.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["devDependencies"] == manifest["devDependencies"]
    assert not [name for name, each in lock["packages"].items() if "resolved" in each]
    assert not [name for name, each in lock["packages"].items() if name and "integrity" not in each]


def test_the_icon_is_the_picture_that_its_script_draws() -> None:
    spec = importlib.util.spec_from_file_location("draw_icon", HOME / "draw_icon.py")
    assert spec is not None
    assert spec.loader is not None
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    content = (HOME / "icon.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (128, 128)
    at = content.index(b"IDAT")
    (size,) = struct.unpack(">I", content[at - 4 : at])
    assert zlib.decompress(content[at + 4 : at + 4 + size]) == drawing.rows()
