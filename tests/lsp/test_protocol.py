"""Every answer has the form that the protocol gives it, also where it is built by hand."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import converters, types

from tests.conftest import ROOT
from tests.editor import Editor, Refused, fresh, spot

STORY = ROOT / "examples" / "saas_trial" / "model.score"
ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}}
OPTIONS = {"tabSize": 2, "insertSpaces": True}
MORE: dict[str, dict[str, Any]] = {
    "hover": {}, "definition": {}, "documentHighlight": {}, "completion": {}, "prepareRename": {},
    "references": {"context": {"includeDeclaration": True}}, "rename": {"newName": "heat"},
    "documentSymbol": {}, "foldingRange": {}, "documentLink": {}, "formatting": {"options": OPTIONS},
    "semanticTokens/full": {}, "semanticTokens/range": {"range": ALL}, "inlayHint": {"range": ALL},
    "semanticTokens/full/delta": {"previousResultId": "0"},
    "codeAction": {"range": ALL, "context": {"diagnostics": []}},
}  # fmt: skip


@pytest.fixture(scope="module")
def uri(editor: Editor) -> str:
    opened = editor.open(STORY, STORY.read_text(encoding="utf-8") + "\n\n")
    editor.findings(opened)
    return opened


@pytest.mark.parametrize("name", MORE)
def test_an_answer_has_the_form_of_the_protocol(editor: Editor, uri: str, name: str) -> None:
    method = f"textDocument/{name}"
    place = {"position": dict(zip(("line", "character"), spot(STORY.read_text("utf-8"), "readiness"), strict=True))}
    found = editor.of(method, uri, **({} if "range" in MORE[name] or "Symbol" in name else place), **MORE[name])
    form = types.METHOD_TO_TYPES[method][1]
    answer = converters.get_converter().structure({"id": 1, "jsonrpc": "2.0", "result": found}, form)
    assert answer.result is not None


def test_the_greeting_has_the_form_of_the_protocol_and_names_the_server(editor: Editor) -> None:
    form = types.METHOD_TO_TYPES["initialize"][1]
    answer = converters.get_converter().structure({"id": 1, "jsonrpc": "2.0", "result": editor.greeting}, form)
    assert answer.result.server_info.name == "leadscore"
    capabilities = answer.result.capabilities
    assert capabilities.text_document_sync.change == types.TextDocumentSyncKind.Incremental
    assert capabilities.rename_provider == types.RenameOptions(prepare_provider=True)
    assert capabilities.semantic_tokens_provider.full == types.SemanticTokensFullDelta(delta=True)


def test_findings_and_their_fixes_have_the_form_of_the_protocol(editor: Editor) -> None:
    uri = editor.open(fresh(), "model m { }\nevent e { }\nevent e { }\nlet x == 1\n")
    assert len(editor.findings(uri)) == 2
    message = {"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": editor.told[uri]}
    form = types.METHOD_TO_TYPES["textDocument/publishDiagnostics"][0]
    assert converters.get_converter().structure(message, form).params.diagnostics[0].source == "leadscore"
    found = editor.of("textDocument/codeAction", uri, range=ALL, context={"diagnostics": []})
    form = types.METHOD_TO_TYPES["textDocument/codeAction"][1]
    answer = converters.get_converter().structure({"id": 1, "jsonrpc": "2.0", "result": found}, form)
    assert answer.result[0].edit is not None


def test_files_on_the_disk_are_watched_where_the_editor_can_do_so(editor: Editor, uri: str) -> None:
    (asked,) = [each for each in editor.asked if each["method"] == "client/registerCapability"]
    (registration,) = asked["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    patterns = [each["globPattern"] for each in registration["registerOptions"]["watchers"]]
    assert patterns == ["**/*.score", "**/*.{txt,csv}"]


def test_before_the_greeting_a_question_is_refused_and_all_else_is_passed_over() -> None:
    with Editor(ROOT, greet=False) as editor:
        uri = editor.open(fresh(), "model m { }\n")
        with pytest.raises(Refused) as refused:
            editor.at("textDocument/hover", uri, 0, 0)
        assert refused.value.code == types.ErrorCodes.ServerNotInitialized
        with pytest.raises(Refused) as refused:
            editor.ask("shutdown")
        assert refused.value.code == types.ErrorCodes.ServerNotInitialized
        greeting = editor.ask("initialize", processId=None, rootUri=None, capabilities={})
        assert greeting["serverInfo"]["name"] == "leadscore"
        assert editor.at("textDocument/hover", uri, 0, 0) is None
        assert editor.leave() == 0


def test_a_second_greeting_is_refused(editor: Editor) -> None:
    with pytest.raises(Refused) as refused:
        editor.ask("initialize", processId=None, rootUri=None, capabilities={})
    assert refused.value.code == types.ErrorCodes.InvalidRequest


def test_an_editor_that_leaves_before_it_has_greeted_is_let_go() -> None:
    with Editor(ROOT, greet=False) as editor:
        editor.tell("exit")
        assert editor.process.wait(120) == 1
