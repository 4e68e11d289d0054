"""Surroundings of a test's own."""

from collections.abc import Mapping
from pathlib import Path

from monitor.config.settings import Settings
from monitor.doctor.interface import Surroundings, System
from monitor.model import StateValue


def around(
    folder: Path = Path("/nowhere"),
    *,
    settings: Settings | None = None,
    states: Mapping[str, StateValue] | None = None,
    environment: Mapping[str, str] | None = None,
    system: System = System.LINUX,
    language: str = "en",
) -> Surroundings:
    return Surroundings(
        settings=settings or Settings(),
        config=None,
        config_error=None,
        data_dir=folder,
        states=states or {},
        environment=environment or {},
        system=system,
        language=language,
    )
