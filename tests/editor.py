"""An editor as the language server sees one: a process that speaks JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

from cli.lsp.buffers import uri_of

PATIENCE = 180.0
"""Seconds until a missing answer is a failure."""
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
    "textDocument": {
        "rename": {"prepareSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
    },
    "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}},
}


Place = tuple[int, int]
"""Line and UTF-16 unit, both from 0."""


class Refused(Exception):
    """An error that came in place of an answer; `code` is its number."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class Editor:
    """A client that has been greeted, unless `greet` is false. To be used in a `with`."""

    def __init__(self, root: Path, folder: Path | None = None, greet: bool = True, **more: Any) -> None:
        command = [sys.executable, "-m", "cli", "lsp"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, stderr=pipe)
        self.inbox: queue.Queue[Any] = queue.Queue()
        self.told: dict[str, Any] = {}
        self.notified: list[Any] = []
        self.answers: dict[int, Any] = {}
        self.asked: list[Any] = []
        self.errors = b""
        self.next = 0
        self.versions: dict[str, int] = {}
        threading.Thread(target=self._read, daemon=True).start()
        self._drain = threading.Thread(target=self._listen, daemon=True)
        self._drain.start()
        if greet:
            folders = [{"uri": uri_of(str(folder)), "name": folder.name}] if folder is not None else None
            able = more.get("capabilities", CAPABILITIES)
            self.greeting = self.ask(
                "initialize", processId=None, rootUri=None, workspaceFolders=folders, capabilities=able
            )
            self.tell("initialized")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    # --- messages ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        try:
            while header := out.readline():
                size = 0
                while header.strip():
                    name, _, value = header.partition(b":")
                    size = int(value) if name.lower() == b"content-length" else size
                    header = out.readline()
                self.inbox.put(json.loads(out.read(size)))
        except (OSError, ValueError):
            pass
        self.inbox.put(None)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with suppress(OSError, ValueError):
            self.errors = self.process.stderr.read()

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def send_bytes(self, content: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(content)
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def begin(self, method: str, **params: Any) -> int:
        """Ask without waiting; gives the number to wait for."""
        self.next += 1
        self.send({"id": self.next, "method": method, "params": params})
        return self.next

    def ask(self, method: str, **params: Any) -> Any:
        return self.wait(self.begin(method, **params))

    def wait(self, number: int) -> Any:
        """The answer to a question. Raises Refused."""
        end = time.monotonic() + PATIENCE
        while number not in self.answers:
            self._take(end)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def _take(self, end: float) -> None:
        message = self.inbox.get(timeout=max(end - time.monotonic(), 0.001))
        if message is None:
            self.inbox.put(None)
            self._drain.join(60)
            raise EOFError(self.errors.decode())
        if "method" not in message:
            self.answers[message["id"]] = message
        elif "id" in message:
            self.asked.append(message)
            self.send({"id": message["id"], "result": None})
        elif message["method"] == "textDocument/publishDiagnostics":
            self.told[message["params"]["uri"]] = message["params"]
        else:
            self.notified.append(message)

    def leave(self) -> int:
        """Say goodbye as one should; the exit status."""
        self.ask("shutdown")
        self.tell("exit")
        return self.process.wait(PATIENCE)

    # --- files ------------------------------------------------------------------------------------------------------

    def open(self, path: Path | str, text: str | None = None) -> str:
        """Open a file, with what is on the disk unless a text is given; its URI."""
        uri = path if isinstance(path, str) else uri_of(str(path))
        if text is None:
            text = Path(path).read_bytes().decode()
        self.versions[uri] = 1
        self.tell("textDocument/didOpen", textDocument={"uri": uri, "languageId": "score", "version": 1, "text": text})
        return uri

    def change(
        self, uri: str, text: str, start: tuple[int, int] | None = None, end: tuple[int, int] | None = None
    ) -> None:
        """Type: in place of a range, or of everything."""
        self.versions[uri] += 1
        change: dict[str, Any] = {"text": text}
        if start is not None:
            change["range"] = {"start": place(start), "end": place(end or start)}
        document = {"uri": uri, "version": self.versions[uri]}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[change])

    def findings(self, uri: str, version: int | None = None) -> list[Any]:
        """What is said of a file, once its present version has been looked at."""
        end = time.monotonic() + PATIENCE
        wanted = self.versions.get(uri) if version is None else version
        while uri not in self.told or (wanted is not None and self.told[uri].get("version") != wanted):
            self._take(end)
        found: list[Any] = self.told[uri]["diagnostics"]
        return found

    def mistakes(self, uri: str) -> list[Any]:
        """The errors among what is said of a file."""
        return [each for each in self.findings(uri) if each["severity"] == 1]

    def until(self, uri: str, count: int) -> list[Any]:
        """What is said of a file, once that are so many findings."""
        end = time.monotonic() + PATIENCE
        while len(self.told.get(uri, {"diagnostics": [None] * (count + 1)})["diagnostics"]) != count:
            self._take(end)
        found: list[Any] = self.told[uri]["diagnostics"]
        return found

    def at(self, method: str, uri: str, line: int, unit: int, **more: Any) -> Any:
        """Ask about a place."""
        return self.ask(method, textDocument={"uri": uri}, position=place((line, unit)), **more)

    def of(self, method: str, uri: str, **more: Any) -> Any:
        """Ask about a file."""
        return self.ask(method, textDocument={"uri": uri}, **more)


def place(at: tuple[int, int]) -> dict[str, int]:
    return {"line": at[0], "character": at[1]}


def spot(text: str, mark: str, back: int = 0) -> tuple[int, int]:
    """The place of the first `mark` in a text, in UTF-16 units; `back` code points further on."""
    offset = text.index(mark) + back
    before = text[:offset]
    line = before.count("\n")
    column = before[before.rfind("\n") + 1 :]
    return line, len(column.encode("utf-16-le")) // 2


_NUMBERS = count(1)


def fresh() -> str:
    """The URI of a file that was never saved, another one each time."""
    return f"untitled:Untitled-{next(_NUMBERS)}"
