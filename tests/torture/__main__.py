"""`make torture`: every fault for its whole length, and the page with what was measured."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.integration.running import ROOT
from tests.integration.small_disk import mounted
from tests.torture import bed as beds
from tests.torture import crowd, faults, kills, trial
from tests.torture.name_server import NameServer
from tests.torture.page import page

PAGE = ROOT / "docs" / "faults.md"
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Long:
    """A fault in its long form."""

    name: str
    fault: faults.Fault
    disk: str = ""
    """"small": a tmpfs of its own; "image": an ext4 of its own; empty: any."""
    breaks_within: bool = True
    has_names: bool = False
    """The daemon has a system's resolver of the trial's own."""
    lasts_s: float = MINUTE_S


LONG = [
    Long("none", faults.nothing),
    Long("stopped (SIGSTOP)", faults.stopped, breaks_within=False),
    Long("disk full", faults.disk_full, "small"),
    Long("database locked", faults.locked),
    Long("database deleted", faults.deleted),
    Long("data directory deleted", faults.folder_deleted),
    Long("write-ahead log deleted", faults.log_deleted),
    Long("file system read-only", faults.read_only, "image"),
    Long("disk hangs", faults.disk_hung, "image"),
    Long("notification server hung", faults.server_hung),
    Long("D-Bus gone", faults.bus_gone),
    Long("resolver hung", faults.resolver_hung, breaks_within=False, has_names=True),
]


@contextmanager
def bed_for(long: Long, folder: Path) -> Iterator[beds.Bed]:
    """Give a daemon on the disk that the fault is for."""
    with ExitStack() as stack:
        data = None
        bed_folder = folder / "bed"
        bed_folder.mkdir()
        if long.disk:
            disk = folder / "disk"
            if long.disk == "small":
                stack.enter_context(mounted(disk, size_mib=6))
            else:
                stack.enter_context(faults.image_mounted(disk, bed_folder / "disk.img"))
            (disk / "data").mkdir()
            data = folder / "data"
            data.symlink_to(disk / "data")
        names = None
        if long.has_names:
            names = NameServer(bed_folder)
            stack.callback(names.stop)
        yield stack.enter_context(beds.made(bed_folder, data, names=names))


def one(long: Long, lasts_s: float | None) -> trial.Figures:
    """Run one fault in a scratch directory."""
    with tempfile.TemporaryDirectory() as name, bed_for(long, Path(name)) as bed:
        return trial.run(
            long.name,
            bed,
            long.fault,
            long.lasts_s if lasts_s is None else lasts_s,
            breaks_within=long.breaks_within,
        )


def main() -> int:
    """Run what is asked for and write the page; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="make torture")
    parser.add_argument("--only", default="", help="a part of the faults' names")
    parser.add_argument("--lasts", type=float, help="seconds of each fault")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--kills-within", type=float, default=1_800.0, help="seconds for them")
    parser.add_argument("--hosts", type=int, default=250, help="each is two targets; 0: none")
    parser.add_argument("--watched", type=float, default=120.0, help="seconds for the targets")
    parser.add_argument("-o", type=Path, default=PAGE)
    asked = parser.parse_args()
    say = partial(print, file=sys.stderr, flush=True)
    figures = []
    for long in LONG:
        if asked.only in long.name:
            figures.append(one(long, asked.lasts))
            say(json.dumps(asdict(figures[-1])))
    killed, crowds = None, []
    with tempfile.TemporaryDirectory() as name:
        if asked.kills:
            killed = kills.run(Path(name) / "kills", asked.kills, asked.kills_within)
            say(json.dumps(asdict(killed)))
        if asked.hosts:
            crowds.append(crowd.run(Path(name) / "crowd", asked.hosts, asked.watched))
            say(json.dumps(asdict(crowds[-1])))
    machine = f"Machine: {os.cpu_count()} cores, Linux {platform.release()}, Python "
    asked.o.write_text(page(figures, killed, crowds, machine + platform.python_version() + ".\n"))
    is_wrong = any(each.wrong for each in figures) or bool(killed and killed.wrong)
    return int(is_wrong or any(each.missing for each in crowds))


if __name__ == "__main__":
    sys.exit(main())
