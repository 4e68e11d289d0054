"""The job's boundary: where a bug is caught, once, told with its traceback, and the job goes on."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


def guarded(name: str, job: Callable[[], None]) -> Callable[[], None]:
    """Return `job` so that a bug in it is logged and ends neither the thread nor the schedule."""

    def run() -> None:
        try:
            job()
        except Exception:  # the one place: a bug in one job must not end the watch
            log.exception("%s failed; it will be run again at its next turn", name)

    return run
