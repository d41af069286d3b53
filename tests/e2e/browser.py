"""A headless Chromium, spoken to over a pipe: opens pages, runs scripts in them, and keeps what they complain of."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""How the browser is called, by system."""


class Browser:
    """One browser with one page; `complaints` is what its console and its policies said, `asked` what it fetched."""

    def __init__(self, profile: Path) -> None:
        path = next(found for name in NAMES if (found := shutil.which(name)))
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._number = 0
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()

        def preexec() -> None:
            held = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]
            for number, end in zip((3, 4), held, strict=True):
                os.dup2(end, number)

        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank")  # fmt: skip
        self._process = subprocess.Popen(
            [path, *flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=preexec,
            close_fds=False,
        )
        os.close(to_read)
        os.close(to_write)
        self._unread = b""
        self._loaded = False
        self._session: str | None = None
        targets = self._send("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self._send("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._read)
        os.close(self._write)

    def open(
        self, page: Path, *, width: int = 1200, height: int = 900, dark: bool = False, scripts: bool = True
    ) -> None:
        """Show a page, and wait until it is loaded."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._send("Emulation.setDeviceMetricsOverride", **size)
        self._send("Emulation.setEmulatedMedia", features=scheme)
        self._send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._loaded = False
        self._send("Page.navigate", url=page.as_uri())
        while not self._loaded:
            self._hear(self._receive())

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        ended = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in ended, ended["exceptionDetails"]["exception"].get("description")
        return ended["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key, by its name."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self._send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=_KEYS[key], **text)

    def follow(self, key: str) -> None:
        """Press a key that leads to another page, and wait until that is loaded."""
        self._loaded = False
        self.press(key)
        while not self._loaded:
            self._hear(self._receive())

    def choose(self, selector: str, file: Path) -> None:
        """Give a file to the first element that picks files and that a selector finds, as a user does in the dialog."""
        found = self._send("Runtime.evaluate", expression=f"document.querySelector({selector!r})")["result"]
        self._send("DOM.setFileInputFiles", files=[str(file)], objectId=found["objectId"])

    def picture(self, path: Path) -> None:
        """Write what is in view as a PNG."""
        path.write_bytes(base64.b64decode(self._send("Page.captureScreenshot")["data"]))

    def _send(self, method: str, **given: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])
            self._hear(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            read = os.read(self._read, 1 << 20)
            assert read, "the browser has ended"
            self._unread += read
        first, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(first))

    def _hear(self, event: dict[str, Any]) -> None:
        given = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.complaints.append(given["exceptionDetails"]["text"])
            case "Log.entryAdded":
                self.complaints.append(given["entry"]["text"])
            case "Runtime.consoleAPICalled":
                self.complaints.append(given["type"])
            case "Network.requestWillBeSent":
                self.asked.append(given["request"]["url"])


_KEYS = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
