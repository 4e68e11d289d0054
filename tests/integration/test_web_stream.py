"""The stream of now: one reading for all, nothing without a change, nothing without a listener."""

import asyncio
from collections.abc import Mapping

from monitor.web.live import Events, Stream, event

EVERY_S = 0.02


class Source:
    """What would be read from the store."""

    def __init__(self) -> None:
        self.text = "one"
        self.read_count = 0

    def __call__(self, languages: frozenset[str]) -> Mapping[str, str]:
        self.read_count += 1
        return {language: f"{language}: {self.text}" for language in languages}

    async def reads(self, more: int) -> None:
        """Wait until it was read so much more often."""
        until = self.read_count + more
        async with asyncio.timeout(5):
            while self.read_count < until:
                await asyncio.sleep(EVERY_S / 4)


def test_all_who_listen_get_their_language_from_one_reading() -> None:
    async def run() -> None:
        source = Source()
        stream = Stream(source, EVERY_S)
        with stream.listening("zh") as first, stream.listening("en") as second:
            assert await first.next(5) == "zh: one"
            assert await second.next(5) == "en: one"
            assert source.read_count == 1

    asyncio.run(run())


def test_what_did_not_change_is_not_sent_again() -> None:
    async def run() -> None:
        source = Source()
        stream = Stream(source, EVERY_S)
        with stream.listening("en") as listener:
            assert await listener.next(5) == "en: one"
            await source.reads(3)
            assert await listener.next(EVERY_S * 3) is None
            source.text = "two"
            assert await listener.next(5) == "en: two"

    asyncio.run(run())


def test_a_slow_one_gets_the_newest_and_no_queue() -> None:
    async def run() -> None:
        source = Source()
        stream = Stream(source, EVERY_S)
        with stream.listening("en") as listener:
            await source.reads(2)
            source.text = "two"
            await source.reads(2)
            source.text = "three"
            await source.reads(2)
            assert await listener.next(5) == "en: three"
            assert await listener.next(EVERY_S) is None

    asyncio.run(run())


def test_nothing_is_read_while_nobody_listens() -> None:
    async def run() -> None:
        source = Source()
        stream = Stream(source, EVERY_S)
        with stream.listening("en") as listener:
            await listener.next(5)
        before = source.read_count
        await asyncio.sleep(EVERY_S * 5)
        assert source.read_count == before
        with stream.listening("en") as listener:
            assert await listener.next(5) == "en: one"

    asyncio.run(run())


def test_silence_is_broken_by_a_comment_and_a_listener_who_leaves_is_forgotten() -> None:
    async def run() -> None:
        stream = Stream(Source(), EVERY_S, heartbeat_s=EVERY_S)
        sent: list[bytes] = []
        gone = asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message.get("body", b""))
            if b": still here\n\n" in sent:
                gone.set()

        async with asyncio.timeout(5):
            await Events(stream, "en")({"type": "http"}, receive, send)
        assert sent[1] == b"data: en: one\n\n"
        assert not stream.is_full and stream._listeners == set()

    asyncio.run(run())


def test_a_reading_that_fails_ends_the_streams_and_the_next_one_reads_anew() -> None:
    async def run() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        is_broken = True

        def read(languages: frozenset[str]) -> Mapping[str, str]:
            if is_broken:
                raise ZeroDivisionError
            return dict.fromkeys(languages, "mended")

        stream = Stream(read, EVERY_S)
        with stream.listening("en") as listener:
            assert await listener.next(5) is None
            assert listener.is_over
        is_broken = False
        with stream.listening("en") as listener:
            assert await listener.next(5) == "mended"
            assert not listener.is_over
        assert len(told) == 1  # it came out in the log

    asyncio.run(run())


def test_one_who_comes_as_the_last_one_goes_is_not_sent_away() -> None:
    async def run() -> None:
        stream = Stream(Source(), EVERY_S)
        with stream.listening("en") as listener:
            assert await listener.next(5) == "en: one"
        with stream.listening("en") as listener:
            assert await listener.next(5) == "en: one"
            await asyncio.sleep(EVERY_S)
            assert not listener.is_over

    asyncio.run(run())


def test_an_event_holds_every_line() -> None:
    assert event("a\nb") == "data: a\ndata: b\n\n"
