"""`make fuzz`: look for bytes that a parser does not keep its promise over, led by coverage.

    python -m tests.fuzz [--seconds S] [--only NAME ...] [--page]

Each parser gets a process of its own, in which atheris (libFuzzer for Python) changes documents and
keeps those that reach new branches, in build/fuzz/NAME; a later run goes on from there. What
breaks a promise is left in build/fuzz as crash-NAME-…, and ends with exit code 1.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.clock import SystemClock
from tests.fuzz.parsers import BY_NAME, PARSINGS, Parsing

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "build" / "fuzz"
PAGE = REPOSITORY / "docs" / "fuzzing.md"
SECONDS = 60
LONGEST_BYTES = 4096
SLOW_S = 5
"""A document of 4 kB that takes longer is a defect too."""
MEMORY_MIB = 1024
FOUND = 1

HEAD = """# Fuzzing

Written by `make fuzz`; do not edit. Everything that reads what others sent, wrote or printed is fed
changed documents, led by the branches that they reach (atheris {atheris}). A parser keeps its
promise when it returns, or raises the error that it documents, within {slow} s and {memory} MiB;
the same parsers meet hypothesis in every test run (`tests/unit/test_outside_data.py`).

{day}, Python {python}, {seconds} s for each parser.

| parser | who can reach it | documents | a second | branches | kept | broken promises |
| --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What a run over one parser came to."""

    parsing: Parsing
    document_count: int
    per_second: int
    branch_count: int
    kept_count: int
    broken_count: int

    def row(self) -> str:
        """Return the table's line."""
        return (
            f"| {self.parsing.name} | {self.parsing.source} | {self.document_count} "
            f"| {self.per_second} | {self.branch_count} | {self.kept_count} "
            f"| {self.broken_count} |\n"
        )


def main() -> int:
    """Fuzz each parser in turn; return 1 where a promise was broken."""
    asked = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [BY_NAME[name] for name in asked.only] or list(PARSINGS)
    found = []
    for parsing in wanted:
        fuzzed = _fuzzed(parsing, asked.seconds)
        found.append(fuzzed)
        sys.stdout.write(fuzzed.row())
        sys.stdout.flush()
    if asked.page:
        PAGE.write_text(_head(asked.seconds) + "".join(each.row() for each in found))
    return FOUND if any(each.broken_count for each in found) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each parser")
    parser.add_argument("--only", action="append", default=[], choices=[*BY_NAME], metavar="NAME")
    parser.add_argument("--page", action="store_true", help="write docs/fuzzing.md")
    return parser.parse_args()


def _fuzzed(parsing: Parsing, seconds: int) -> Fuzzed:
    """Run a parser's process to its end."""
    corpus, crashes = FOLDER / parsing.name, FOLDER / f"crash-{parsing.name}-"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(parsing.seeds):
        (corpus / f"seed-{number}").write_bytes(seed[:LONGEST_BYTES])
    before = set(FOLDER.glob(f"{crashes.name}*"))
    command = [sys.executable, "-m", "tests.fuzz.inside", parsing.name, str(corpus)]
    command += [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_BYTES}",
        f"-timeout={SLOW_S}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-artifact_prefix={crashes}",
        "-print_final_stats=1",
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=False,
    )
    said = done.stdout + done.stderr
    (FOLDER / f"{parsing.name}.log").write_text(said)
    broken = len(set(FOLDER.glob(f"{crashes.name}*")) - before)
    return Fuzzed(
        parsing,
        _last(said, r"stat::number_of_executed_units:\s+(\d+)"),
        _last(said, r"stat::average_exec_per_sec:\s+(\d+)"),
        _last(said, r"cov: (\d+)"),
        sum(1 for _ in corpus.iterdir()),
        max(broken, int(done.returncode != 0)),
    )


def _last(said: str, pattern: str) -> int:
    """Return the last number that the pattern finds; 0 where there is none."""
    numbers = re.findall(pattern, said)
    return int(numbers[-1]) if numbers else 0


def _head(seconds: int) -> str:
    from importlib.metadata import version

    day = datetime.fromtimestamp(SystemClock().wall_ms() / 1000, UTC).date()
    return HEAD.format(
        atheris=version("atheris"),
        slow=SLOW_S,
        memory=MEMORY_MIB,
        day=day,
        python=sys.version.split()[0],
        seconds=seconds,
    )


if __name__ == "__main__":
    sys.exit(main())
