"""Every probe in the folder stands in the table, under its own kind."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import monitor.probes
from monitor.model import ProbeKind
from monitor.probes.interface import Probe, ProbeError
from monitor.probes.registry import probes


def table() -> dict[ProbeKind, Probe]:
    return probes("www.example.com", "http://portal.example/generate_204", {})


def probe_classes() -> set[type]:
    """Every class with a `kind` and an `ask` that a file of the folder defines."""
    found = set()
    for module_info in pkgutil.iter_modules(monitor.probes.__path__):
        module = importlib.import_module(f"monitor.probes.{module_info.name}")
        for _, each in inspect.getmembers(module, inspect.isclass):
            if each.__module__ == module.__name__ and isinstance(
                getattr(each, "kind", None), ProbeKind
            ):
                found.add(each)
    return found


def test_every_probe_file_is_in_the_table() -> None:
    classes = probe_classes()
    assert len(classes) >= 5
    assert classes == {type(probe) for probe in table().values()}


def test_every_kind_is_there_under_its_own_name() -> None:
    assert {kind: probe.kind for kind, probe in table().items()} == {
        kind: kind for kind in ProbeKind
    }


def test_an_empty_portal_address_switches_the_check_off() -> None:
    assert ProbeKind.HTTP in probes("www.example.com", "", {})


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/",
        "x.example",
        "http://",
        "http://x:99999/",
        "http://x/a b",
        "http://x/\r\nA: b",
        "http://[::1/",
    ],
)
def test_a_portal_address_of_another_kind_is_refused_with_its_mend(url: str) -> None:
    with pytest.raises(ProbeError, match="write http://host/path"):
        probes("www.example.com", url, {})


def test_a_ca_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.pem", tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for path in (missing, empty):
        with pytest.raises(ProbeError, match=f"ca_file {path}: cannot be read"):
            probes("www.example.com", "", {"bank.example": path})
