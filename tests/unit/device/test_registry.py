"""The registry knows every reader and watcher of the folder."""

import importlib
import inspect
import pkgutil

import monitor.device
from monitor.device import interface
from monitor.device.registry import readers, watchers

PLATFORMS = ("linux", "win32", "darwin")


def classes_with(*names: str) -> set[type]:
    """Return the classes of the folder that have all these attributes, the contract aside."""
    found: set[type] = set()
    for module_info in pkgutil.iter_modules(monitor.device.__path__, "monitor.device."):
        module = importlib.import_module(module_info.name)
        for _, candidate in inspect.getmembers(module, inspect.isclass):
            is_ours = candidate.__module__ == module.__name__ != interface.__name__
            if is_ours and all(hasattr(candidate, name) for name in names):
                found.add(candidate)
    return found


def test_every_reader_of_the_folder_is_listed() -> None:
    listed = {type(reader) for platform in PLATFORMS for reader in readers(platform)}
    assert listed == classes_with("keys", "read")


def test_every_watcher_of_the_folder_is_listed() -> None:
    listed = {type(watcher) for platform in PLATFORMS for watcher in watchers(platform)}
    assert listed == classes_with("start", "stop")


def test_a_key_has_one_reader_on_each_platform() -> None:
    for platform in PLATFORMS:
        keys = [key for reader in readers(platform) for key in reader.keys]
        assert len(keys) == len(set(keys))
        assert all(reader.every_s > 0 for reader in readers(platform))


def test_an_unknown_platform_has_the_readers_that_run_anywhere() -> None:
    for reader in readers("haiku1"):
        assert set(reader.read()) == set(reader.keys)
    assert watchers("haiku1") == []
