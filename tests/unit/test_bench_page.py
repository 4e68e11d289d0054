"""What a bench measured goes to its place on the page, and nowhere else."""

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the bench reads /proc", allow_module_level=True)

from tests.bench import page

MARKED = """# Cost
<!-- bench: written by make -->
old
<!-- end of bench -->
after
"""


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(MARKED)
    page.write_section("bench", "new\n", file)
    assert file.read_text() == MARKED.replace("old", "new")


def test_a_page_without_the_place_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(MARKED)
    with pytest.raises(ValueError, match="no place for year"):
        page.write_section("year", "new", file)


def test_the_kept_page_has_a_place_for_each_bench() -> None:
    text = page.PAGE.read_text()
    for name in ("bench", "year"):
        assert f"<!-- {name}: written by make -->" in text


def test_a_program_that_is_not_here_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert page.versions(["fping"]) == "fping not installed"
