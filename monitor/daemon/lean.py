"""What the daemon's libraries load and it never uses: kept out of its memory and its start.

Imported before them. SQLAlchemy and APScheduler both import `asyncio` for what this program has
none of (coroutines), others what starts further processes, and APScheduler looks through the
metadata of every installed package for plug-ins that are named by strings, which nothing here is.
Together that is a tenth of the daemon's memory and of its start. Whoever does use one of these
modules gets the real one at that moment.
"""

import importlib
import importlib.util
import inspect
import sys
from concurrent.futures import BrokenExecutor
from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """Stands in `sys.modules` for a module until something is asked of it that it does not know."""

    def __init__(self, name: str, known: dict[str, Any]) -> None:
        super().__init__(name)
        spec = importlib.util.find_spec(name)
        where = None if spec is None else spec.submodule_search_locations
        if where is not None:
            self.__path__ = where
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        """Give way to the real module.

        Raises:
            AttributeError: neither has it.
        """
        if name.startswith("__"):  # asked by the import system itself
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = importlib.import_module(self.__name__)
        return getattr(real, name)


def stand_in(name: str, **known: Any) -> None:
    """Put a stand-in with these names in the place of a module that is not loaded yet."""
    if name not in sys.modules:
        sys.modules[name] = StandIn(name, known)


def no_plug_ins(**_: str) -> tuple[()]:
    """Return what `importlib.metadata.entry_points` finds where no plug-in is installed."""
    return ()


def no_version(_distribution: str) -> str:
    """Return what `importlib.metadata.version` would say; what asks at its import never uses it."""
    return "0"


def keep_lean() -> None:
    """Put the stand-ins up; called before the libraries are imported."""
    stand_in(
        "asyncio", iscoroutinefunction=inspect.iscoroutinefunction, iscoroutine=inspect.iscoroutine
    )
    for name in ("multiprocessing", "shutil", "tempfile"):
        stand_in(name)
    stand_in("concurrent.futures.process", BrokenProcessPool=BrokenExecutor)
    stand_in("importlib.metadata", version=no_version, entry_points=no_plug_ins)


def give_way() -> None:
    """Take down the stand-in that gives made-up answers, once the libraries are imported."""
    sys.modules.pop("importlib.metadata", None)


keep_lean()
