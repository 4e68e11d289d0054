"""`make bench-help`: how long a whole process takes to show its help, against the budget."""

import os
import statistics
import subprocess
import sys
import time

RUNS = 11
BUDGET_MS = 150
ASKED = (("--help",), ("--version",), ("event", "add", "--help"), ("--lang", "zh", "--help"))


def took_ms(arguments: tuple[str, ...]) -> tuple[float, float]:
    """Return one whole process's time by the clock, and of the processor."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-m", "monitor", *arguments], check=True, capture_output=True)
    took_s, after = time.perf_counter() - began, os.times()
    used_s = sum(after[2:4]) - sum(before[2:4])
    return took_s * 1000, used_s * 1000


def main() -> int:
    took_ms(ASKED[0])  # the first one writes the compiled modules
    medians = []
    for arguments in ASKED:
        runs = [took_ms(arguments) for _ in range(RUNS)]
        clock, used = (statistics.median(column) for column in zip(*runs, strict=True))
        medians.append(clock)
        words = f"{clock:.0f} ms by the clock, {used:.0f} ms of the processor"
        sys.stdout.write(f"walletwatch {' '.join(arguments)}: {words} (median of {RUNS})\n")
    return int(medians[0] > BUDGET_MS)


if __name__ == "__main__":
    sys.exit(main())
