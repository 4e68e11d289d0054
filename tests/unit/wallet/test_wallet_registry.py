"""A source that is forgotten in the registry is found by its file."""

import ast
from pathlib import Path

import monitor.wallet
from monitor.clock import SystemClock
from monitor.wallet.registry import SOURCES, Watched, sources


def _files_with_a_source() -> set[str]:
    folder = Path(monitor.wallet.__path__[0])
    found = set()
    for file in folder.glob("*.py"):
        classes = [
            each for each in ast.parse(file.read_text()).body if isinstance(each, ast.ClassDef)
        ]
        for each in classes:
            methods = {part.name for part in each.body if isinstance(part, ast.FunctionDef)}
            if {"start", "path_returned", "stop"} <= methods and file.stem != "interface":
                found.add(file.stem)
    return found


def test_every_file_with_a_source_has_its_line() -> None:
    assert _files_with_a_source() == set(SOURCES)


def test_a_wallet_without_a_program_has_only_its_session() -> None:
    watched = Watched("icbc", ["127.0.0.1:1"])
    built = sources(watched, SystemClock())
    assert [source.name for source in built] == ["session"]
    for source in built:
        source.stop()


def test_a_wallet_with_a_program_has_both() -> None:
    built = sources(Watched("icbc", ["127.0.0.1:1"], process="wallet"), SystemClock())
    assert [(each.name, each.wallet) for each in built] == [
        ("session", "icbc"),
        ("process", "icbc"),
    ]
    for source in built:
        source.stop()
