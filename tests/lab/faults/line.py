"""Faults of the line in between; all want a world with a delay line."""

from tests.lab.faults.fault import Fault
from tests.lab.instant import Instant, now
from tests.lab.world import World


def _line(name: str, begin: dict[str, float], strength: str) -> Fault:
    def set_line(world: World, settings: dict[str, float]) -> Instant:
        world.line(**settings)
        return now()

    end = dict.fromkeys(begin, 0.0)
    return Fault(
        name, lambda world: set_line(world, begin), lambda world: set_line(world, end), strength
    )


def bursts(burst_s: float, pause_s: float) -> Fault:
    """Lose everything for a while, again and again; times are means."""
    strength = f"{burst_s:.2f} s every {burst_s + pause_s:.1f} s"
    return _line("bursts", {"burst_s": burst_s, "pause_s": pause_s}, strength)


def delay(round_trip_ms: float) -> Fault:
    """Let everything take longer; half of it each way."""
    return _line("delay", {"delay_ms": round_trip_ms / 2}, f"{round_trip_ms:.0f} ms")


def jitter(most_ms: float) -> Fault:
    """Let each packet take up to so much longer, each way, in order."""
    return _line("jitter", {"jitter_ms": most_ms}, f"up to {most_ms:.0f} ms")
