"""Which question of an editor is answered by what.

Most answers come from the latest look and the text there is now, at once. Those that must not miss a place, such as a
change of a name, come from a look that is brought up to the present text; where it can't be, they wait for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types as lsp

from cli.lsp import actions, colours, completion, folding, hints, navigation, outline, rename
from cli.lsp.buffers import Buffer
from cli.lsp.describe import described
from cli.lsp.desk import Desk
from cli.lsp.protocol import Server
from cli.lsp.session import Session

Reply = Callable[[Desk, Buffer, Any], Any]

QUICK: dict[str, Reply] = {
    lsp.TEXT_DOCUMENT_DEFINITION: navigation.definition,
    lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: navigation.highlights,
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: rename.prepare,
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: lambda desk, buffer, params: outline.outline(desk, buffer),
    lsp.TEXT_DOCUMENT_DOCUMENT_LINK: lambda desk, buffer, params: outline.links(desk, buffer),
    lsp.TEXT_DOCUMENT_INLAY_HINT: hints.hints,
    lsp.TEXT_DOCUMENT_HOVER: lambda desk, buffer, params: _hover(desk, buffer, params),
}
FRESH: dict[str, Reply] = {
    lsp.TEXT_DOCUMENT_REFERENCES: navigation.references,
    lsp.TEXT_DOCUMENT_RENAME: rename.rename,
}


def answer(server: Server, session: Session) -> None:
    """Register all answers."""
    for method, reply in QUICK.items():
        _register(server, session, method, reply, fresh=False)
    for method, reply in FRESH.items():
        _register(server, session, method, reply, fresh=True)

    _colours(server, session)
    _actions(server, session)
    marks = lsp.CompletionOptions(trigger_characters=['"', ".", "[", "/"], resolve_provider=True)

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, marks)
    async def completions(params: lsp.CompletionParams) -> Any:
        def reply(desk: Desk, buffer: Buffer) -> Any:
            return completion.complete(desk, session.lexemes, buffer, params.position, session.snippets)

        return await session.answer(params.text_document.uri, reply)

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def resolved(item: lsp.CompletionItem) -> Any:
        return completion.resolve(session.desk, item)

    @server.feature(lsp.WORKSPACE_SYMBOL)
    def symbols(params: lsp.WorkspaceSymbolParams) -> Any:
        return outline.workspace_symbols(session.desk, params.query)

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    async def formatting(params: lsp.DocumentFormattingParams) -> Any:
        return await session.layout(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folds(params: lsp.FoldingRangeParams) -> Any:
        buffer = session.desk.buffers.get(params.text_document.uri)
        return None if buffer is None else folding.folds(session.lexemes, buffer.text)


def _register(server: Server, session: Session, method: str, reply: Reply, fresh: bool) -> None:
    async def handler(params: Any) -> Any:
        return await session.answer(params.text_document.uri, lambda desk, buffer: reply(desk, buffer, params), fresh)

    server.feature(method)(handler)


def _colours(server: Server, session: Session) -> None:
    delta = lsp.SemanticTokensFullDelta(delta=True)
    full = lsp.SemanticTokensRegistrationOptions(legend=colours.LEGEND, full=delta, range=True)

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, full)
    async def whole(params: lsp.SemanticTokensParams) -> Any:
        def reply(desk: Desk, buffer: Buffer) -> Any:
            return session.palette.whole(buffer.uri, colours.colours(desk, session.lexemes, buffer))

        return await session.answer(params.text_document.uri, reply)

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, full)
    async def changed(params: lsp.SemanticTokensDeltaParams) -> Any:
        def reply(desk: Desk, buffer: Buffer) -> Any:
            data = colours.colours(desk, session.lexemes, buffer)
            return session.palette.changed(buffer.uri, params.previous_result_id, data)

        return await session.answer(params.text_document.uri, reply)

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, full)
    async def part(params: lsp.SemanticTokensRangeParams) -> Any:
        def reply(desk: Desk, buffer: Buffer) -> Any:
            lines = colours.lines_of(buffer.text, params.range)
            return {"data": colours.colours(desk, session.lexemes, buffer, *lines)}

        return await session.answer(params.text_document.uri, reply)


def _actions(server: Server, session: Session) -> None:
    options = lsp.CodeActionOptions(code_action_kinds=actions.KINDS, resolve_provider=True)

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)
    async def offered(params: lsp.CodeActionParams) -> Any:
        def reply(desk: Desk, buffer: Buffer) -> Any:
            return actions.actions(desk, buffer, params)

        return await session.answer(params.text_document.uri, reply)

    @server.feature(lsp.CODE_ACTION_RESOLVE)
    async def resolved(action: lsp.CodeAction) -> Any:
        match action.data:
            case {"uri": str(uri)}:
                edits = await session.layout(uri)
                action.edit = lsp.WorkspaceEdit(changes={uri: edits or []})
            case _:
                pass
        return action


def _hover(desk: Desk, buffer: Buffer, params: lsp.HoverParams) -> lsp.Hover | None:
    found = desk.found(buffer, params.position)
    if found is None:
        return None
    depth = next(iter(desk.depths_of(buffer)), None)
    text = described(found.analysis, found.site.symbol, depth)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), desk.range_of(found.analysis, found.site.span))
