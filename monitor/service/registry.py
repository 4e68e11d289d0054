"""The service manager of each system."""

import sys
from collections.abc import Callable, Mapping

from monitor.locale import N_
from monitor.service import launchd, systemd, task_scheduler
from monitor.service.interface import Service, ServiceError

SERVICES: Mapping[str, Callable[[], Service]] = {
    "linux": systemd.this_user,
    "darwin": launchd.this_user,
    "win32": task_scheduler.this_user,
}


def service(platform: str = sys.platform) -> Service:
    """Return this system's manager, for the user who runs this.

    Raises:
        ServiceError: the system has none that we know.
    """
    make = SERVICES.get(platform)
    if make is None:
        raise ServiceError(
            N_(
                "services are known on Linux, macOS and Windows, not on {platform}: "
                "have your system start 'walletwatch run' at log-in"
            ),
            platform=platform,
        )
    return make()
