"""The server: which message of an editor is answered by what.

Handlers run one at a time in the thread of the loop and are quick; what takes long is in `cli.lsp.watch`. A question
about a file that is not open has no answer, and neither has one about a file that was closed while it waited.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from lsprotocol import types as lsp

from cli.lsp import findings
from cli.lsp.buffers import Buffer, name_of
from cli.lsp.desk import Desk
from cli.lsp.protocol import Protocol, Server, logger
from cli.lsp.text import Text, difference, edited
from cli.lsp.watch import Watch

Answer = TypeVar("Answer")


class Session:
    """One editor: what is open, what is known, what it was told."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.desk = Desk()
        self.watch = Watch(self.desk, self.publish, self.failed)
        self.told: dict[str, list[lsp.Diagnostic]] = {}

    def failed(self, why: BaseException) -> None:
        logger.error("a look has failed", exc_info=why)

    # --- documents --------------------------------------------------------------------------------------------------

    def initialized(self) -> None:
        folders = self.server.workspace.folders
        self.desk.roots.search([name_of(uri) for uri in folders if uri.startswith("file:")])
        capabilities = self.server.client_capabilities.workspace
        watched = capabilities.did_change_watched_files if capabilities is not None else None
        if watched is not None and watched.dynamic_registration:
            watchers = [lsp.FileSystemWatcher("**/*.score"), lsp.FileSystemWatcher("**/*.{txt,csv}")]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = lsp.Registration("files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.server.client_register_capability(lsp.RegistrationParams([registration]))

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        given = params.text_document
        buffer = self.desk.buffers.open(given.uri, given.version, given.text)
        if os.path.isabs(buffer.name):  # noqa: PTH117 - a name may be a URI
            self.desk.roots.search_near(buffer.name)
        self.desk.roots.look(os.path.realpath(buffer.name))
        self.watch.touch(self.desk.roots_of(buffer), now=True)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        buffer = self.desk.buffers.get(params.text_document.uri)
        if buffer is None:
            return
        for each in params.content_changes:
            if isinstance(each, lsp.TextDocumentContentChangePartial):
                start, end = each.range.start, each.range.end
                places = (start.line, start.character), (end.line, end.character)
                buffer.change(*edited(buffer.text, *places, each.text))
            else:
                whole = Text(each.text)
                buffer.change(whole, difference(buffer.text, whole))
        buffer.version = params.text_document.version
        before = self.desk.roots_of(buffer)
        self.desk.roots.look(os.path.realpath(buffer.name))
        self.watch.touch(list(dict.fromkeys([*self.desk.roots_of(buffer), *before])))

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        buffer = self.desk.buffers.close(params.text_document.uri)
        if buffer is None:
            return
        names = {buffer.name}.union(*(look.compilation.files for look in self.desk.looks.values()))
        self.desk.roots.look(os.path.realpath(buffer.name))
        self.desk.forget_dead()
        self.watch.touch(sorted(self.desk.live()))
        self.publish(names)
        if self.told.pop(buffer.uri, None):
            self.tell(buffer.uri, [], None)

    def disk_changed(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        for each in params.changes:
            name = name_of(each.uri)
            if name.endswith(".score"):
                self.desk.roots.look(os.path.realpath(name))
        self.watch.touch(sorted(self.desk.live()))

    # --- findings ---------------------------------------------------------------------------------------------------

    def publish(self, names: set[str]) -> None:
        """Tell what is known of some files, where that is news."""
        for real in sorted({os.path.realpath(name) for name in names}):
            buffer = self.desk.buffers.at(real)
            found = findings.shown(self.desk, findings.findings_of(self.desk, real))
            uri = self.desk.uri(real)
            if found or self.told.get(uri):
                self.told[uri] = found
                self.tell(uri, found, None if buffer is None else buffer.version)
            elif buffer is not None and uri not in self.told:
                self.told[uri] = found
                self.tell(uri, found, buffer.version)

    def tell(self, uri: str, found: list[lsp.Diagnostic], version: int | None) -> None:
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    # --- questions --------------------------------------------------------------------------------------------------

    async def answer(self, uri: str, reply: Callable[[Buffer], Answer], fresh: bool = False) -> Answer | None:
        """What `reply` says of an open file once that is known; `fresh`: as it is now."""
        buffer = self.desk.buffers.get(uri)
        if buffer is None:
            return None
        await (self.watch.fresh if fresh else self.watch.known)(buffer)
        return reply(buffer) if self.desk.buffers.get(uri) is buffer else None


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
    return server, session


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

    @on(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def disk_changed(params: lsp.DidChangeWatchedFilesParams) -> None:
        session.disk_changed(params)


def serve() -> bool:
    """Talk to an editor over standard input and output until it leaves; whether it took its leave as it should."""
    server, session = make()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")  # closed when the editor leaves
    sys.stdout = sys.stderr  # nothing else may come between the messages
    try:
        server.start_io(sys.stdin.buffer, out)
    finally:
        session.watch.close()
    protocol = server.protocol
    assert isinstance(protocol, Protocol)
    return protocol.was_shut_down
