"""The server: which message of an editor is answered by what.

Handlers run one at a time in the thread of the loop and are quick; what takes long is in `cli.lsp.watch`. A question
about a file that is not open has no answer, and neither has one about a file that was closed while it waited.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version

from lsprotocol import types as lsp

from cli.lsp.answers import answer
from cli.lsp.protocol import Protocol, Server, is_worth_keeping
from cli.lsp.session import Session


def _version() -> str:
    try:
        return version("leadscore")
    except PackageNotFoundError:
        return "0"


def make() -> tuple[Server, Session]:
    """A server with all that it answers."""
    server = Server("leadscore", _version(), protocol_cls=Protocol)
    session = Session(server)
    _documents(server, session)
    answer(server, session)
    return server, session


def _be_quick() -> None:
    """Trees hold no circles, so looking for them among a million objects at every turn is time lost; and whoever
    answers must not wait long for the thread that compiles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    sys.setswitchinterval(0.002)


def _documents(server: Server, session: Session) -> None:
    on = server.feature

    @on(lsp.INITIALIZED)
    def initialized(params: lsp.InitializedParams) -> None:
        session.initialized()

    @on(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        session.opened(params)

    @on(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        session.changed(params)

    @on(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        session.closed(params)

    @on(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        pass  # what is saved is what is typed

    @on(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        session.folders_changed(params)

    @on(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def disk_changed(params: lsp.DidChangeWatchedFilesParams) -> None:
        session.disk_changed(params)


def serve() -> bool:
    """Talk to an editor over standard input and output until it leaves; whether it took its leave as it should."""
    server, session = make()
    for handler in logging.getLogger().handlers:
        handler.addFilter(is_worth_keeping)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")  # closed when the editor leaves
    sys.stdout = sys.stderr  # nothing else may come between the messages
    _be_quick()
    try:
        server.start_io(sys.stdin.buffer, out)
    finally:
        session.close()
    protocol = server.protocol
    assert isinstance(protocol, Protocol)
    return protocol.was_shut_down
