"""The lock file pins, with hashes, all that pyproject.toml asks for; the audit is judged."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from tests.audit import judged

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; (.*?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.MULTILINE
)


def lock() -> str:
    return (ROOT / "requirements.lock").read_text()


def pinned() -> dict[str, Version]:
    return {found[1]: Version(found[2]) for found in PINNED.finditer(lock())}


def test_every_dependency_is_pinned_within_its_range() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        asked = [Requirement(line) for line in tomllib.load(file)["project"]["dependencies"]]
    locked = pinned()
    assert [str(each) for each in asked if each.name not in locked] == []
    assert [str(each) for each in asked if not each.specifier.contains(locked[each.name])] == []


def test_every_line_of_the_lock_has_its_hashes_and_no_place() -> None:
    lines = [line for line in lock().splitlines() if line and line[0] not in " #"]
    assert len(lines) == len(pinned()) > 20
    assert "://" not in lock()
    assert not re.search(r"^--", lock(), re.MULTILINE)


def test_a_package_that_nobody_knew_is_no_good_news() -> None:
    mend = {"id": "X-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
    answer = {
        "dependencies": [
            {"name": "a", "skip_reason": "not found"},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "version": "1.0", "vulns": [mend]},
        ]
    }
    audit = judged(answer)
    assert (audit.asked, audit.known) == (3, ("b 1.0", "c 1.0"))
    assert audit.vulnerable == ("c 1.0: X-1, mended in 2.0",)
