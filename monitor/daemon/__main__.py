"""python -m monitor.daemon: the daemon in a process that holds nothing but the daemon.

The command line's own libraries take 17 MB that a daemon never uses again, so `walletwatch run`
becomes this program instead of calling it. Its options are for that command, not for people.
"""

import argparse
import faulthandler
import logging
import os
import sys
from pathlib import Path
from typing import Any

from monitor.config.decode import load
from monitor.config.mistakes import ConfigError
from monitor.daemon import lean  # before what it keeps out
from monitor.daemon.run import StartError, run
from monitor.locale import LANGUAGES, Translator, translator
from monitor.report.harmless import plain, plain_line
from monitor.store.interface import StoreError

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


def main() -> int:
    """Run the daemon as the arguments say; return the exit code."""
    # A program without a console (pythonw) has no such stream.
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    faulthandler.enable()  # a watchdog ends what hangs with SIGABRT: then the log tells where
    os.umask(0o077)  # whatever is made here, a file of a library too, is its user's alone
    lean.give_way()
    wanted = _arguments()
    tr = translator(wanted.lang)
    _log(getattr(logging, wanted.log))
    try:
        settings = load(wanted.config)
        return run(
            settings,
            wanted.data_dir,
            tr=tr,
            duration_s=wanted.duration,
            live=wanted.live,
            config=wanted.config,
        )
    except (ConfigError, StoreError, StartError) as error:
        sys.stderr.write(f"walletwatch: {plain(_sentence(error, tr))}\n")
        return WRONG_INPUT


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="walletwatch run", add_help=False)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--lang", choices=LANGUAGES, required=True)
    parser.add_argument("--duration", type=float)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--log", choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
    return parser.parse_args()


def _sentence(error: ConfigError | StoreError | StartError, tr: Translator) -> str:
    """Return what is wrong in the user's language."""
    if isinstance(error, ConfigError):
        return error.text(tr)
    return tr.filled(error.text, error.values)


def _log(level: int) -> None:
    """Send log lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in LOUD_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
