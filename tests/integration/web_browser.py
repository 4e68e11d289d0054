"""A real Chromium without a window, driven through its own pipe: opened, read, clicked, looked at.

The protocol: https://chromedevtools.github.io/devtools-protocol/, one JSON text after another,
each ended by a zero byte, on the browser's file descriptors 3 and 4.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

PROGRAM = next(
    (p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))),
    None,
)
DEADLINE_S = 30.0


class Browser:
    """One page of one browser, in a profile of its own."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self._profile = folder / "chromium"
        self._language = language
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        theirs_in, self._to = (_lifted(fd) for fd in os.pipe())
        self._from, theirs_out = (_lifted(fd) for fd in os.pipe())

        def place() -> None:
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self._process = subprocess.Popen(
            [
                PROGRAM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
                f"--user-data-dir={self._profile}",
                f"--lang={self._language}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=place,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = ""
        [page] = [
            one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"
        ]
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        header = {"Accept-Language": self._language}
        self.call("Network.setExtraHTTPHeaders", headers=header)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(10)
        os.close(self._to)
        os.close(self._from)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Have the browser do something; return what it says."""
        self._number += 1
        asked: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        until_s = time.monotonic() + DEADLINE_S
        while True:
            said = self._next(until_s)
            if said.get("id") == self._number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def _next(self, until_s: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left_s = until_s - time.monotonic()
            ready = select.select([self._from], [], [], max(0.0, left_s))[0]
            assert ready, "the browser says nothing"
            chunk = os.read(self._from, 1 << 16)
            assert chunk, "the browser is gone"
            self._rest += chunk
        text, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(text)
        return said

    def open(self, address: str) -> None:
        """Go there, and wait until the page is whole."""
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str) -> Any:
        """Return what a script in the page comes to."""
        done = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait(self, script: str, within_s: float = 15.0) -> None:
        """Wait until a script in the page comes to true."""
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            try:
                if self.value(f"Boolean({script})"):
                    return
            except AssertionError:
                pass  # between two pages there is nothing to ask
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}\n{self.text()}")

    def text(self) -> str:
        """Return what a reader sees."""
        return str(self.value("document.body.innerText"))

    def click(self, selector: str) -> None:
        """Click as a mouse does, in the middle of what is shown."""
        place = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=place[0],
                y=place[1],
                button="left",
                clickCount=1,
            )

    def look(self, width: int, *, dark: bool = False, height: int = 800) -> None:
        """Give the window a width, and the page light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, to: Path) -> None:
        """Write the whole page as a picture."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        to.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """Return what the browser's console complained of: refused scripts, styles, requests."""
        self.call("Runtime.evaluate", expression="0")
        found = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
            elif event.get("method") == "Runtime.exceptionThrown":
                found.append(str(event["params"]["exceptionDetails"]))
        return found


def _lifted(descriptor: int) -> int:
    """Return the same file under a number that is not 3 or 4."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return high
