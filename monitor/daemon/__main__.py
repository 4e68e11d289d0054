"""python -m monitor.daemon: the daemon in a process that holds nothing but the daemon.

The command line's own libraries take 17 MB that a daemon never uses again, so `walletwatch run`
becomes this program instead of calling it. Its options are for that command, not for people.
"""

import faulthandler
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.clock import SystemClock
from monitor.config.decode import load
from monitor.config.mistakes import ConfigError
from monitor.config.settings import Settings
from monitor.daemon import lean  # before what it keeps out
from monitor.daemon.first_look import FirstLook, quick_probes
from monitor.locale import Translator, translator
from monitor.report.harmless import plain, plain_line

WRONG_INPUT = 2

LOUD_LIBRARIES = ("apscheduler", "alembic")
"""They speak at every turn; only their warnings are of use."""


class PlainFormatter(logging.Formatter):
    """Writes lines in which no stranger's words command a terminal, or look like a line of ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """Return the line without its traceback, which only holds our own code and an error."""
        return plain_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the traceback."""
        return plain(super().formatException(ei))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    data_dir: Path
    language: str
    log: str
    config: Path | None = None
    duration_s: float | None = None
    live: bool = False


def main() -> int:
    """Run the daemon as the arguments say; return the exit code."""
    # A program without a console (pythonw) has no such stream.
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    faulthandler.enable()  # a watchdog ends what hangs with SIGABRT: then the log tells where
    os.umask(0o077)  # whatever is made here, a file of a library too, is its user's alone
    wanted = _wanted(sys.argv[1:])
    tr = translator(wanted.language)
    _log(getattr(logging, wanted.log))
    try:
        settings = load(wanted.config)
    except ConfigError as error:
        return _refused(error.text(tr))
    look = FirstLook(SystemClock(), quick_probes())
    try:
        look.begin(settings)
        return _run(settings, wanted, tr, look)
    finally:
        look.close()


def _run(settings: Settings, wanted: Wanted, tr: Translator, look: FirstLook) -> int:
    """Load the daemon and run it, while the first look is under way."""
    from monitor.daemon.run import StartError, run
    from monitor.store.interface import StoreError

    lean.give_way()
    try:
        return run(
            settings,
            wanted.data_dir,
            tr=tr,
            duration_s=wanted.duration_s,
            live=wanted.live,
            config=wanted.config,
            look=look,
        )
    except (StoreError, StartError) as error:
        return _refused(tr.filled(error.text, error.values))


def _wanted(words: Sequence[str]) -> Wanted:
    """Read what `walletwatch run` has written (`cli.run.command`): names, each with its value."""
    told = iter(words)
    values = {word: "" if word == "--live" else next(told) for word in told}
    return Wanted(
        data_dir=Path(values["--data-dir"]),
        language=values["--lang"],
        log=values.get("--log", "INFO"),
        config=Path(values["--config"]) if "--config" in values else None,
        duration_s=float(values["--duration"]) if "--duration" in values else None,
        live="--live" in values,
    )


def _refused(sentence: str) -> int:
    """Say what is wrong and return the exit code for it."""
    sys.stderr.write(f"walletwatch: {plain(sentence)}\n")
    return WRONG_INPUT


def _log(level: int) -> None:
    """Send log lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in LOUD_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
