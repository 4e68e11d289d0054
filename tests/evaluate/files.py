"""Where the scenario files lie, and how they are read."""

from pathlib import Path

from tests.evaluate.scenario import Scenario, parse

PLACE = Path(__file__).parents[1] / "scenarios"


def load(only: str = "") -> list[Scenario]:
    """Return the scenarios whose names hold a text, by name.

    Raises:
        ScenarioError: a file is wrong.
    """
    recorded = {file.name: file.read_text("utf-8") for file in PLACE.glob("*.jsonl")}
    files = sorted(PLACE.glob("*.toml"))
    return [parse(f.stem, f.read_text("utf-8"), recorded) for f in files if only in f.stem]
