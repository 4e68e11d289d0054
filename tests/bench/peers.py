"""The programs beside which walletwatch is measured, each asking the same three addresses at 5 s.

A peer is skipped where it is not installed. None of them does all that walletwatch does: the
figures say what the sampling alone costs others.
"""

import os
import shutil
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from monitor.config.settings import Settings

INTERVAL_S = Settings().interval_s
HOSTS = Settings().anchors.hosts


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to measure, and what has to go on beside it."""

    name: str
    command: list[str]
    beside: AbstractContextManager[None]
    place: Path | None = None
    """Where it runs, for one that leaves files there."""


def installed(folder: Path, hosts: Sequence[str] = HOSTS) -> Iterator[Peer | str]:
    """Yield each peer that is installed, or the name of one that is not.

    Each asks `hosts`, and its files go into `folder`.
    """
    for name, is_here, make in PEERS:
        if is_here():
            place = folder / name
            place.mkdir()
            yield make(place, hosts)
        else:
            yield name


def _fping(_folder: Path, hosts: Sequence[str]) -> Peer:
    period_ms = str(round(INTERVAL_S * 1000))
    return Peer("fping", ["fping", "-l", "-p", period_ms, *hosts], nullcontext())


def _blackbox(folder: Path, hosts: Sequence[str]) -> Peer:
    """It measures only when it is asked: something asks it, as Prometheus would."""
    port = _free_port()
    config = folder / "blackbox.yml"
    config.write_text("modules: {icmp: {prober: icmp, timeout: 2s}}\n")
    return Peer(
        "blackbox_exporter",
        [
            "prometheus-blackbox-exporter",
            f"--config.file={config}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        _scraped([f"http://127.0.0.1:{port}/probe?module=icmp&target={host}" for host in hosts]),
    )


def _smokeping_prober(folder: Path, hosts: Sequence[str]) -> Peer:
    """It pings by itself, and keeps a histogram in memory until somebody asks."""
    port = _free_port()
    return Peer(
        "smokeping_prober",
        [
            "prometheus-smokeping-prober",
            f"--config.file={folder / 'none.yml'}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--ping.interval={INTERVAL_S:g}s",
            *(["--privileged"] if os.geteuid() == 0 else []),
            *hosts,
        ],
        _scraped([f"http://127.0.0.1:{port}/metrics"]),
    )


def _smokeping(folder: Path, hosts: Sequence[str]) -> Peer:
    """Its smallest configuration: fping, one packet a step of 5 s."""
    targets = "\n".join(
        f"+ t{number}\nmenu = t{number}\ntitle = t{number}\nhost = {host}"
        for number, host in enumerate(hosts)
    )
    mail = folder / "mail"
    mail.write_text("Subject: none\n")
    page = folder / "page"
    page.write_text("<html></html>\n")
    config = folder / "config"
    config.write_text(
        f"*** General ***\nowner = bench\ncontact = bench@localhost\nmailhost = localhost\n"
        f"sendmail = /bin/true\nimgcache = {folder}\nimgurl = img\ndatadir = {folder}\n"
        f"piddir = {folder}\ncgiurl = http://localhost/\nsmokemail = {mail}\ntmail = {mail}\n"
        f"*** Alerts ***\nto = bench@localhost\nfrom = bench@localhost\n"
        f"*** Database ***\nstep = {INTERVAL_S:g}\npings = 3\nAVERAGE 0.5 1 1008\n"
        f"*** Presentation ***\ntemplate = {page}\n"
        f"+ overview\nwidth = 600\nheight = 50\nrange = 10h\n"
        f'+ detail\nwidth = 600\nheight = 200\nunison_tolerance = 2\n"Last 3 Hours" 3h\n'
        f"*** Probes ***\n+ FPing\nbinary = {shutil.which('fping')}\n"
        f"*** Targets ***\nprobe = FPing\nmenu = Top\ntitle = Top\n{targets}\n"
    )
    return Peer("smokeping", ["smokeping", f"--config={config}", "--nodaemon"], nullcontext())


def _vaping(folder: Path, hosts: Sequence[str]) -> Peer:
    listed = "\n".join(f"          - host: {host}" for host in hosts)
    (folder / "config.yml").write_text(
        f"probes:\n  - name: bench\n    type: std_fping\n    output: []\n"
        f"plugins:\n  - name: std_fping\n    type: fping\n"
        f"    count: 1\n    interval: {INTERVAL_S:g}s\n"
        f"    groups:\n      - name: anchors\n        hosts:\n{listed}\n"
    )
    command = ["vaping", f"--home={folder}", "start", "--no-fork"]
    return Peer("vaping", command, nullcontext(), folder)


PEERS: tuple[tuple[str, Callable[[], bool], Callable[[Path, Sequence[str]], Peer]], ...] = (
    ("fping", lambda: shutil.which("fping") is not None, _fping),
    (
        "blackbox_exporter",
        lambda: shutil.which("prometheus-blackbox-exporter") is not None,
        _blackbox,
    ),
    (
        "smokeping_prober",
        lambda: shutil.which("prometheus-smokeping-prober") is not None,
        _smokeping_prober,
    ),
    ("smokeping", lambda: shutil.which("smokeping") is not None, _smokeping),
    ("vaping", lambda: shutil.which("vaping") is not None, _vaping),
)


@contextmanager
def _scraped(urls: list[str]) -> Iterator[None]:
    """Ask each address once an interval, all together, until the block ends."""
    over = threading.Event()
    threads = [threading.Thread(target=_ask_until, args=(url, over)) for url in urls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _ask_until(url: str, over: threading.Event) -> None:
    while not over.wait(INTERVAL_S):
        try:
            with urllib.request.urlopen(url, timeout=INTERVAL_S) as answer:
                answer.read()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            continue  # it has not started, or has ended: the table shows which


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
