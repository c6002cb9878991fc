"""One editor and what it was told: the documents it opens, changes and closes, and the findings that go out to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from lsprotocol import types as lsp

from cli.lsp import findings, layout
from cli.lsp.buffers import Buffer, name_of, real_path
from cli.lsp.colours import Palette
from cli.lsp.desk import Desk
from cli.lsp.lexemes import Lexemes
from cli.lsp.protocol import Server, logger
from cli.lsp.text import Text, difference, edited
from cli.lsp.watch import Listener, Watch
from dsl.layouts import Layouts
from dsl.source import Source

Answer = TypeVar("Answer")


class Session:
    """One editor: what is open, what is known, what it was told."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.desk = Desk()
        self.watch = Watch(self.desk, Listener(self.publish, self.rested, self.deepened, self.failed))
        self.lexemes = Lexemes()
        self.palette = Palette()
        self._layouts = Layouts()
        self._laid: dict[str, tuple[Text, Future[str | None]]] = {}
        self.told: dict[str, list[lsp.Diagnostic]] = {}
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="format")

    def close(self) -> None:
        self.watch.close()
        self._beside.shutdown(wait=False, cancel_futures=True)

    def rested(self) -> None:
        """Lay open files out ahead, so that they are ready when that is asked for."""
        for buffer in self.desk.buffers:
            laid = self._laid.get(buffer.uri)
            if laid is None or laid[0] is not buffer.text:
                self._laid[buffer.uri] = buffer.text, self._laying_out(buffer.text)

    def deepened(self) -> None:
        """Have the editor ask for hints again."""
        able = self.server.client_capabilities.workspace
        if able is not None and able.inlay_hint is not None and able.inlay_hint.refresh_support:
            self.server.workspace_inlay_hint_refresh(None)

    def failed(self, why: BaseException) -> None:
        logger.error("a look has failed", exc_info=why)

    @property
    def snippets(self) -> bool:
        """Whether the editor can put the cursor into what it fills in."""
        able = self.server.client_capabilities.text_document
        item = able.completion.completion_item if able is not None and able.completion is not None else None
        return bool(item is not None and item.snippet_support)

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

    def folders_changed(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Take in the models of folders that were added; what is known of others does no harm."""
        self.desk.roots.search([name_of(each.uri) for each in params.event.added if each.uri.startswith("file:")])
        self.watch.touch(sorted(self.desk.live()))

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        given = params.text_document
        real_path.cache_clear()
        buffer = self.desk.buffers.open(given.uri, given.version, given.text)
        if os.path.isabs(buffer.name):  # noqa: PTH117 - a name may be a URI
            self.desk.roots.search_near(buffer.name)
        self.desk.roots.look(real_path(buffer.name))
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
        self.desk.roots.look(real_path(buffer.name))
        self.watch.touch(list(dict.fromkeys([*self.desk.roots_of(buffer), *before])))

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        buffer = self.desk.buffers.close(params.text_document.uri)
        self._laid.pop(params.text_document.uri, None)
        self.palette.forget(params.text_document.uri)
        if buffer is None:
            return
        names = {buffer.name}.union(*(look.compilation.files for look in self.desk.looks.values()))
        self.desk.roots.look(real_path(buffer.name))
        self.desk.forget_dead()
        self.watch.touch(sorted(self.desk.live()))
        self.publish(names)
        if self.told.pop(buffer.uri, None):
            self.tell(buffer.uri, [], None)

    def disk_changed(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        real_path.cache_clear()
        for each in params.changes:
            name = name_of(each.uri)
            if name.endswith(".score"):
                self.desk.roots.look(real_path(name))
        self.watch.touch(sorted(self.desk.live()))

    # --- findings ---------------------------------------------------------------------------------------------------

    def publish(self, names: set[str]) -> None:
        """Tell what is known of some files: of open ones always."""
        for real in sorted({real_path(name) for name in names}):
            buffer = self.desk.buffers.at(real)
            found = findings.shown(self.desk, findings.findings_of(self.desk, real))
            uri = self.desk.uri(real)
            if buffer is not None or found or self.told.get(uri):
                self.told[uri] = found
                self.tell(uri, found, self.version(buffer))

    def version(self, buffer: Buffer | None) -> int | None:
        """The version that findings are about, if it is the present one; else they are about where that stands now."""
        if buffer is None or any(not self.desk.has_now(look, buffer) for look in self.desk.looks.values()):
            return None
        return buffer.version

    def tell(self, uri: str, found: list[lsp.Diagnostic], version: int | None) -> None:
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    # --- questions --------------------------------------------------------------------------------------------------

    async def answer(self, uri: str, reply: Callable[[Desk, Buffer], Answer], fresh: bool = False) -> Answer | None:
        """What `reply` says of an open file once that is known; `fresh`: as it is now."""
        buffer = self.desk.buffers.get(uri)
        if buffer is None:
            return None
        if fresh and (desk := self.desk.caught_up(buffer)) is not None:
            return reply(desk, buffer)
        await (self.watch.fresh if fresh else self.watch.known)(buffer)
        return reply(self.desk, buffer) if self.desk.buffers.get(uri) is buffer else None

    def _laying_out(self, text: Text) -> Future[str | None]:
        return self._beside.submit(self._layouts.format, Source("", text.text))

    async def layout(self, uri: str) -> list[lsp.TextEdit] | None:
        """What lays an open file out; None if it is not open, has errors or was changed meanwhile."""
        buffer = self.desk.buffers.get(uri)
        if buffer is None:
            return None
        text = buffer.text
        laid = self._laid.get(uri)
        if laid is None or laid[0] is not text:
            self.watch.postpone()
            laid = self._laid[uri] = text, self._laying_out(text)
        new = await asyncio.shield(asyncio.wrap_future(laid[1]))
        return layout.edits(text, new) if new is not None and buffer.text is text else None
