"""The live page as a process of its own, for tests: started, asked, ended by its own pid."""

import http.client
import os
import re
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
READY_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


class Web:
    """`python -m monitor web --port 0` over a data directory."""

    def __init__(self, data_dir: Path, *options: str, language: str = "en", **more: str) -> None:
        self._command = [sys.executable, "-m", "monitor", "--data-dir", str(data_dir)]
        self._command += ["web", *(options or ("--port", "0"))]
        self._env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "WALLETWATCH_LANG": language,
            "XDG_CONFIG_HOME": str(data_dir.parent / "config-home"),
            "PYTHONUTF8": "1",
            "TZ": "UTC",
            **more,
        }

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self._env,
        )
        assert self.process.stderr is not None
        ready = select.select([self.process.stderr], [], [], READY_S)[0]
        self.said = self.process.stderr.readline() if ready else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?key=([\w-]+)", self.said)
        if found is None:
            self.process.kill()
            raise AssertionError(f"not ready: {self.said}{self.process.communicate()[1]}")
        self.port = int(found[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.way_in = f"/?key={found[2]}"
        self.cookie = self.ask(self.way_in, Cookie="-").headers["set-cookie"].partition(";")[0]
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send the signal; return the exit code and what else was said."""
        self.process.send_signal(number)
        said = self.process.communicate(timeout=15)[1]
        return self.process.returncode, said

    def refusal(self) -> tuple[int, str]:
        """Start it where it cannot start; return the exit code and what it says."""
        done = subprocess.run(
            self._command, capture_output=True, text=True, timeout=30, env=self._env, check=False
        )
        return done.returncode, done.stderr

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> Answer:
        """Send one request as its user would, with `Sec_Fetch_Site="none"` for such a header.

        The cookie is that of who came in with the key; "-" sends none.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if "Cookie" not in headers:
            headers["Cookie"] = self.cookie
        named = {key.replace("_", "-"): value for key, value in headers.items() if value != "-"}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)
        finally:
            connection.close()

    def secrets(self, path: str = "/disconnects/1") -> tuple[str, str]:
        """Return the token that stands in a page's form, and the cookie of who came in."""
        page = self.ask(path)
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        assert found is not None
        return found[1], self.cookie

    def send(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form as a page of its own would, but for what `headers` says otherwise."""
        token, cookie = self.secrets()
        own = {
            "Content_Type": "application/x-www-form-urlencoded",
            "Origin": self.base,
            "Sec_Fetch_Site": "same-origin",
            "Cookie": cookie,
        }
        sent = own | headers
        return self.ask(path, "POST", urlencode({"token": token} | fields), **sent)

    def stream(self, path: str = "/events?lang=en") -> socket.socket:
        """Open the stream and return its socket."""
        link = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        host = f"127.0.0.1:{self.port}"
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {self.cookie}\r\n\r\n"
        link.sendall(head.encode())
        return link

    def rss_mib(self) -> float:
        """Return the memory that it takes (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


def heard(link: socket.socket, wanted: bytes) -> bytes:
    """Read on until this was said; return all of it."""
    said = b""
    while wanted not in said:
        chunk = link.recv(65536)
        assert chunk, f"ended without {wanted!r}: {said!r}"
        said += chunk
    return said
