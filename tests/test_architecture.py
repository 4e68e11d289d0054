"""The house keeps its plan: nothing forgotten, nothing half done, nothing of one machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "monitor"

ENTRIES = (
    "monitor.__main__",
    "monitor.daemon.__main__",
    "monitor.weekly.__main__",
    "monitor.notify.desktop",
)
"""What is started from outside: the program, its daemon, and the process that shows a notice."""

LIGHT = (
    "monitor.model",
    "monitor.stats",
    "monitor.pipeline",
    "monitor.notify.policy",
    "monitor.notify.ladder",
    "monitor.notify.telling",
    "monitor.notify.asking",
    "monitor.notify.fit",
)
"""What loads nothing but the standard library, beside the rooms below."""
LIGHT_ROOMS = ("monitor.correlate", "monitor.detect", "monitor.diagnose", "monitor.report")

# Brackets keep these patterns from finding themselves.
OTHERS_PLACES = re.compile(
    r"/wor[k]/|/roo[t]/|/opt/whee[l]s|/opt/pyp[i]|\.pyen[v]|/home/(?!user\b)[a-z]"
)
UNFINISHED = re.compile(r"NotImplemented[E]rror|\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b")


def modules() -> dict[str, Path]:
    found = {}
    for file in HOUSE.rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(file: Path) -> Iterator[str]:
    """Every name that a file imports, wherever in it; `from a import b` may mean a module a.b."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "later":
            [place] = node.args  # a command, named by its place to be loaded when it is asked for
            yield f"monitor.cli.{ast.literal_eval(place).partition('.')[0]}"


def reachable(known: dict[str, Path], entries: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting.extend(imported(known[name]))
            waiting.append(name.rpartition(".")[0])
    return found


def tracked() -> list[Path]:
    """The files that a clone would have."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*command, "--exclude-standard"], check=True, capture_output=True, text=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and file.suffix not in (".mo", ".png")]


def test_every_file_is_used_by_the_program() -> None:
    """A probe, reader, source, cause or format that no registry names is not part of it."""
    known = modules()
    assert set(known) - reachable(known, ENTRIES) == set()


def test_every_cause_is_in_its_registry() -> None:
    folder = HOUSE / "diagnose" / "causes"
    files = {file.stem for file in folder.glob("*.py")} - {"__init__", "interface", "registry"}
    named = {name.rpartition(".")[2] for name in imported(folder / "registry.py")}
    assert files - named == set()


def light_modules() -> list[str]:
    inside = tuple(f"{room}." for room in LIGHT_ROOMS)
    interfaces = [name for name in modules() if name.endswith(".interface")]
    rooms = [name for name in modules() if name in LIGHT_ROOMS or name.startswith(inside)]
    return sorted({*LIGHT, *interfaces, *rooms})


def test_what_thinks_loads_no_third_party() -> None:
    code = (
        "import importlib, sys\n"
        "before = set(sys.modules)\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "sys.stdout.write(' '.join(sorted(tops - sys.stdlib_module_names - {'monitor'})))\n"
    )
    command = [sys.executable, "-c", code, *light_modules()]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in tracked()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_place_of_one_machine() -> None:
    assert lines_with(OTHERS_PLACES) == []


def test_nothing_is_left_half_done() -> None:
    assert lines_with(UNFINISHED) == []


@pytest.mark.parametrize(
    "catalogue", sorted((HOUSE / "locale").rglob("*.po")), ids=lambda file: file.stem
)
def test_compiled_catalogues_are_those_of_their_sources(catalogue: Path) -> None:
    with catalogue.open("rb") as source, catalogue.with_suffix(".mo").open("rb") as compiled:
        written, shipped = read_po(source), read_mo(compiled)
    assert words(shipped) == words(written)


def words(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What a catalogue translates; plurals are a list to one reader and a tuple to the other."""
    return {
        forms(message.id): forms(message.string)
        for message in catalogue
        if message.id and any(forms(message.string))
    }


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())
