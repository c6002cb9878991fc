"""The protocol of pygls with our own documents in place of its own, which cuts lines where editors don't.

Whatever a client sends by half is answered with an error or passed over; nothing of it ends the server.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from cattrs.errors import ClassValidationError
from lsprotocol import types as lsp
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

logger = logging.getLogger("leadscore.lsp")


class Refusal(JsonRpcException):
    """Why something is not done, for the person who asked."""

    CODE = -32803
    MESSAGE = "refused"


def is_worth_keeping(record: logging.LogRecord) -> bool:
    """Whether a message belongs into the log: a refusal is an answer like any other, and of a request that makes no
    sense one line is enough, without the way through our own code."""
    theirs = sys.exception() if record.name.startswith("pygls") else None
    mistake = record.exc_info[1] if record.exc_info is not None else theirs
    return not isinstance(mistake, Refusal | JsonRpcInvalidParams | ClassValidationError)


class Protocol(LanguageServerProtocol):
    """Hands documents to the server alone, and remembers whether the client has greeted and said goodbye."""

    _was_greeted = False

    @property
    def was_shut_down(self) -> bool:
        return bool(self._shutdown)

    def handle_message(self, message: Any) -> None:
        """Nothing is done before the greeting, and there is no second one: requests are refused, the rest dropped."""
        method = getattr(message, "method", None)
        if method is None or method == lsp.EXIT or (method == lsp.INITIALIZE) != self._was_greeted:
            super().handle_message(message)
        elif hasattr(message, "id") and not self.was_shut_down:
            refusal = JsonRpcInvalidRequest() if self._was_greeted else JsonRpcServerNotInitialized()
            self._send_response(message.id, error=refusal.to_response_error())

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> Any:
        self._was_greeted = True
        if params.capabilities.general is not None:
            params.capabilities.general.position_encodings = None  # UTF-16, which every client knows
        return (yield from super().lsp_initialize(params))

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Any:
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Any:
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Any:
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_CLOSE, params)

    def _hand_on(self, method: str, params: object) -> Any:
        handler = self.fm.features.get(method)
        if handler is not None:
            yield handler, (params,), None

    def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        """What is plain data goes out as it is: looking through it once more takes longer than all the rest."""
        if error is None and _is_plain(result):
            self._result_types.pop(msg_id, None)
            self._send_data({"id": msg_id, "jsonrpc": self.VERSION, "result": result})
        else:
            super()._send_response(msg_id, result, error)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A request that makes no sense, or comes after the goodbye, is answered before it is given up."""
        if self.was_shut_down and "id" in data and "method" in data:
            self._send_response(data["id"], error=JsonRpcInvalidRequest().to_response_error())
        try:
            return super().structure_message(data)
        except JsonRpcException as wrong:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=wrong.to_response_error())
            raise


def _is_plain(result: object) -> bool:
    return isinstance(result, dict) or (isinstance(result, list) and bool(result) and isinstance(result[0], dict))


class Server(LanguageServer):
    """Keeps mistakes of its own in the log: a message on the screen at each keystroke helps nobody."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        if isinstance(error, JsonRpcInvalidParams):
            logger.error("a message that makes no sense is passed over: %s", _why(error))
        elif not isinstance(error, Refusal):
            logger.error("%s: %s", getattr(source, "__name__", source), error)


def _why(error: BaseException) -> str:
    """The innermost reason why a message could not be read."""
    inner = error.__cause__
    while isinstance(inner, ExceptionGroup) and inner.exceptions:
        inner = inner.exceptions[0]
    return str(error if inner is None else inner)
