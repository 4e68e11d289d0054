"""SECURITY.md rests on tests: each that it names is there."""

import re
from pathlib import Path

from monitor.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {
        name
        for file in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 30
    assert named - there == set()


def test_every_host_that_is_asked_by_default_is_listed() -> None:
    plain = Settings()
    for host in (*plain.anchors.hosts, *plain.anchors.hosts_v6):
        assert host in PAGE
    assert plain.portal.url.removeprefix("http://") in PAGE


def test_it_invents_no_address_to_write_to() -> None:
    assert re.search(r"\w@\w", PAGE) is None
