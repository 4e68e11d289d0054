"""The stream of the present: read once for all who listen, and sent only when it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

EVERY_S = 2.0
"""The store is read no oftener than this; a round of probes comes every 5 s."""
HEARTBEAT_S = 15.0
"""A comment goes out after so much silence: both ends learn that the other is gone."""
MOST_LISTENERS = 8
"""A browser opens six connections to one place; a storm is refused."""

T = TypeVar("T")


class Listener:
    """One who listens: the newest text that was not sent yet, never a queue of old ones."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._newest = ""
        self._sent = ""
        self._turned = asyncio.Event()
        self.is_over = False

    def offer(self, text: str) -> None:
        """Take what is to be sent next, unless it was sent just now."""
        self._newest = text
        if text != self._sent:
            self._turned.set()

    def end(self) -> None:
        """Let whoever waits go."""
        self.is_over = True
        self._turned.set()

    async def next(self, timeout_s: float) -> str | None:
        """Return a text that was not sent yet; None after `timeout_s` without one."""
        try:
            await asyncio.wait_for(self._turned.wait(), timeout_s)
        except TimeoutError:
            return None
        self._turned.clear()
        if self._newest == self._sent:
            return None
        self._sent = self._newest
        return self._sent


class Stream:
    """Reads while somebody listens, and not at all when nobody does."""

    def __init__(
        self,
        read: Callable[[frozenset[str]], Mapping[str, str]],
        every_s: float = EVERY_S,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        """`read` gives the text for each language; it is called in a thread."""
        self._read = read
        self._every_s = every_s
        self.heartbeat_s = heartbeat_s
        self._listeners: set[Listener] = set()
        self._reading: asyncio.Task[None] | None = None
        self.is_closed = False
        self.read_count = 0

    @property
    def is_full(self) -> bool:
        """True where nobody else may listen."""
        return len(self._listeners) >= MOST_LISTENERS

    @contextmanager
    def listening(self, language: str) -> Iterator[Listener]:
        """Listen for a while."""
        listener = Listener(language)
        self._listeners.add(listener)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_on())
            self._reading.add_done_callback(self._reading_ended)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._reading is not None:
                self._reading.cancel()
                self._reading = None

    def close(self) -> None:
        """Let everybody go; the process ends."""
        self.is_closed = True
        self._let_go()

    def _reading_ended(self, reading: asyncio.Task[None]) -> None:
        """Where it failed nothing would come any more: let all see that it is no longer live."""
        if reading.cancelled():
            return
        trouble = {"message": "the present could not be read", "exception": reading.exception()}
        reading.get_loop().call_exception_handler(trouble)
        self._let_go()

    def _let_go(self) -> None:
        """End every stream: a browser comes back after a while, should we still be there."""
        for listener in self._listeners:
            listener.end()

    async def _read_on(self) -> None:
        """Read and hand out until nobody listens."""
        while True:
            languages = frozenset(one.language for one in self._listeners)
            texts = await asyncio.to_thread(self._read, languages)
            self.read_count += 1
            for listener in self._listeners:
                if listener.language in texts:
                    listener.offer(texts[listener.language])
            await asyncio.sleep(self._every_s)


class Events(Response):
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

    media_type = "text/event-stream"

    def __init__(self, stream: Stream, language: str) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._stream = stream
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the other end goes, or we do."""
        del scope
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        gone = asyncio.create_task(_until_gone(receive))
        try:
            with self._stream.listening(self._language) as listener:
                await send(start)
                gone.add_done_callback(lambda _: listener.end())
                while not (listener.is_over or self._stream.is_closed):
                    text = await listener.next(self._stream.heartbeat_s)
                    more = ": still here\n\n" if text is None else event(text)
                    await send(_body(more, more_body=True))
        finally:
            gone.cancel()
        await send(_body("", more_body=False))


def event(text: str) -> str:
    """Return a text as one event, a `data:` before each of its lines."""
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"


def _body(text: str, *, more_body: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": more_body}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
