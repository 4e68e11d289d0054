"""A plan, and a runner that plays a system's manager, for the service's tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.service.interface import Plan, Ran, Sandbox


def plan(
    data_dir: str = "/srv/li/.local/share/walletwatch",
    config: str | None = None,
    sandbox: Sandbox = Sandbox.FULL,
    program: tuple[str, ...] = ("/srv/li/.local/bin/walletwatch",),
    version: str = "1.2.3",
) -> Plan:
    file = None if config is None else Path(config)
    return Plan(version, program, Path(data_dir), "zh", file, sandbox)


class Player:
    """Answers commands by their first words that are known; the longest counts."""

    def __init__(self, answers: Mapping[str, Ran | list[Ran]]) -> None:
        self.answers = {words: [a] if isinstance(a, Ran) else a for words, a in answers.items()}
        self.lines: list[str] = []

    def __call__(self, line: Sequence[str]) -> Ran:
        said = " ".join(line)
        self.lines.append(said)
        known = [words for words in self.answers if said.startswith(words)]
        if not known:
            return Ran(0)
        left = self.answers[max(known, key=len)]
        return left.pop(0) if len(left) > 1 else left[0]

    def did(self, words: str) -> bool:
        return any(line.startswith(words) for line in self.lines)
