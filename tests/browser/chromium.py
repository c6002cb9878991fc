"""Speaks with a Chromium over its debugging pipe: JSON messages, each ended by a NUL, on the descriptors 3 and 4."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)


def found() -> str | None:
    """The browser that LEADSCORE_CHROMIUM names, or the first on the path."""
    named = os.environ.get("LEADSCORE_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One page of the browser; `seen` are the events that came while answers were waited for."""

    def __init__(self, out: Any, into: Any) -> None:
        self.out, self.into, self.count, self.session = out, into, 0, None
        self.seen: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        given = {"id": self.count, "method": method, "params": params}
        given |= {"sessionId": self.session} if self.session else {}
        self.out.write(json.dumps(given).encode() + b"\0")
        self.out.flush()
        while (answer := self.message()).get("id") != self.count:
            self.seen.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def message(self) -> dict[str, Any]:
        held = bytearray()
        while (byte := self.into.read(1)) != b"\0":
            assert byte, "the browser has gone"
            held += byte
        message: dict[str, Any] = json.loads(held)
        return message

    def open(self, page: Path, fragment: str = "") -> None:
        """Load a page, and wait until it is there."""
        self.seen.clear()
        self.ask("Page.navigate", url=page.as_uri() + fragment)
        while not any(each.get("method") == "Page.loadEventFired" for each in self.seen):
            self.seen.append(self.message())

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def show(self, *, width: int = 1280, dark: bool = False, media: str = "", scripts: bool = True) -> None:
        """How pages are looked at from now on."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.ask("Emulation.setScriptExecutionDisabled", value=not scripts)


@contextmanager
def chromium(binary: str, folder: Path) -> Iterator[Tab]:
    """A browser with one page, which ends with the block."""
    ours, theirs = os.pipe(), os.pipe()

    def arrange() -> None:
        read, write = os.dup(ours[0]), os.dup(theirs[1])
        os.dup2(read, 3)
        os.dup2(write, 4)

    process = subprocess.Popen(
        [binary, *FLAGS, f"--user-data-dir={folder}"],
        preexec_fn=arrange,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(ours[0])
    os.close(theirs[1])
    try:
        with os.fdopen(ours[1], "wb") as out, os.fdopen(theirs[0], "rb") as into:
            tab = Tab(out, into)
            yield tab
            tab.session = None
            tab.ask("Browser.close")
    finally:
        process.terminate()
        process.wait(120)
