"""What the daemon's libraries load and it never uses: kept out of its memory and its start.

Imported before them. SQLAlchemy and APScheduler both import `asyncio` for what this program has
none of (coroutines), others what starts further processes, and APScheduler looks through the
metadata of every installed package for plug-ins that are named by strings, which nothing here is.
Together that is a tenth of the daemon's memory and of its start. Whoever does use one of these
modules gets the real one at that moment. What is loaded is loaded without its documentation, which
is another megabyte: the daemon is no place to read it.
"""

import dis
import importlib
import importlib.util
import inspect
import sys
import typing
from concurrent.futures import BrokenExecutor
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType, ModuleType
from typing import Any

OTHER_DRIVERS = ("sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.sqlite.pysqlcipher")
"""SQLAlchemy loads them beside the one for Python's own SQLite; each is only loaded by name."""

FUNCTION = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS
"""What the code of functions has, and of modules and classes has not."""

FIRST_USED = tuple(bytes((op, 0)) for op in dis.hasconst)
"""The steps that take a function's first constant (docs.python.org, `dis`: two bytes a step)."""

IS_FLAGGED = sys.version_info >= (3, 13)
HAS_WORDS = 0x4000000
"""CO_HAS_DOCSTRING (docs.python.org, `inspect`)."""


class StandIn(ModuleType):
    """Stands in `sys.modules` for a module until something is asked of it that it does not know."""

    def __init__(self, name: str, known: dict[str, Any]) -> None:
        super().__init__(name)
        where = None
        if name not in OTHER_DRIVERS:  # to look for these would load what they lie in
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


def not_configured(_name: str) -> None:
    """Return what `sysconfig.get_config_var` says of an option that Python was built without."""


class Undocumented(SourceFileLoader):
    """Loads modules whose functions have no documentation."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code; what lies on the disk stays as it is."""
        code = super().get_code(fullname)
        return None if code is None else without_words(code)


def without_words(code: CodeType) -> CodeType:
    """Return the code without the documentation of the functions in it.

    Up to Python 3.12 the first constant of a function is its documentation, or None; later ones
    have a flag for it, and the constants of those without are left alone, as is documentation
    that is also a value: it stands only once among the constants.
    """
    consts = [without_words(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    is_function = code.co_flags & FUNCTION == FUNCTION and not code.co_name.startswith("<")
    may_have_words = is_function and (not IS_FLAGGED or code.co_flags & HAS_WORDS)
    if may_have_words and consts and isinstance(consts[0], str) and not _uses_first(code):
        consts[0] = None
    return code.replace(co_consts=tuple(consts))


def _uses_first(code: CodeType) -> bool:
    """Tell whether the function may use its first constant; true rather once too often."""
    return any(use in code.co_code for use in FIRST_USED)


def leave_words_out() -> None:
    """Load what is imported from now on without its documentation."""
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (Undocumented, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )
    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def keep_lean() -> None:
    """Put the stand-ins up; called before the libraries are imported."""
    stand_in(
        "asyncio", iscoroutinefunction=inspect.iscoroutinefunction, iscoroutine=inspect.iscoroutine
    )
    for name in ("multiprocessing", "shutil", "tempfile"):
        stand_in(name)
    stand_in("concurrent.futures.process", BrokenProcessPool=BrokenExecutor)
    stand_in("importlib.metadata", version=no_version, entry_points=no_plug_ins)
    stand_in("pickle", HIGHEST_PROTOCOL=5)
    if not IS_FLAGGED:  # later Pythons may be built without their one lock, and are asked
        stand_in("sysconfig", get_config_var=not_configured)
    for name in OTHER_DRIVERS:
        stand_in(name)
    leave_words_out()


def give_way() -> None:
    """Take down the stand-ins that give made-up answers, once the libraries are imported.

    What `typing.overload` has kept of them is for type checkers, and goes as well.
    """
    for name in ("importlib.metadata", "sysconfig"):
        if isinstance(sys.modules.get(name), StandIn):
            del sys.modules[name]
    typing.clear_overloads()


keep_lean()
