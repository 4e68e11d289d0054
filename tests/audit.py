"""`make audit`: has a pinned dependency a known vulnerability? pip-audit asks, this judges.

pip-audit ends well also where nobody knew a single package (a mirror of the index has no
vulnerabilities to tell). That is no good news, and is told as what it is. Exit codes: 0 none is
known, or nobody could be asked (said aloud); 1 a vulnerability is known.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SERVICES = ("pypi", "osv")
"""The services that pip-audit knows, in the order in which they are asked."""
ASKING_S = 120.0
"""Some thirty packages are asked one by one; a service that takes longer does not answer."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a service said."""

    asked: int
    known: tuple[str, ...]
    """The packages that the service knows, with their versions."""
    vulnerable: tuple[str, ...]
    """A line for each vulnerability: package, its name, and the versions that mend it."""


def judged(answer: Mapping[str, Any]) -> Audit:
    """Return what pip-audit's JSON says."""
    packages = answer["dependencies"]
    known = [each for each in packages if "skip_reason" not in each]
    return Audit(
        len(packages),
        tuple(f"{each['name']} {each['version']}" for each in known),
        tuple(
            f"{each['name']} {each['version']}: {found['id']}, mended in"
            f" {', '.join(found['fix_versions']) or 'no version yet'}"
            for each in known
            for found in each["vulns"]
        ),
    )


def ask(service: str, lock: str) -> Audit | str:
    """Return what the service says of the lock file, or why it says nothing."""
    line = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", lock]
    line += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=ASKING_S, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {ASKING_S:.0f} s"
    try:
        return judged(json.loads(done.stdout))
    except ValueError:
        return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def main(arguments: Sequence[str]) -> int:
    """Ask the services in turn until one knows the packages; tell what it says."""
    [lock] = arguments
    for service in SERVICES:
        audit = ask(service, lock)
        if isinstance(audit, str):
            sys.stdout.write(f"audit: {service} could not be asked: {audit}\n")
        elif not audit.known:
            words = f"audit: {service} knows none of the {audit.asked} packages\n"
            sys.stdout.write(words)
        else:
            return told(service, audit)
    sys.stdout.write("audit: NOT DONE: no service could be asked; vulnerabilities are unknown\n")
    return 0


def told(service: str, audit: Audit) -> int:
    """Print what the service said; return the exit code."""
    sys.stdout.writelines(f"audit: {line}\n" for line in audit.vulnerable)
    counts = f"{len(audit.known)} of {audit.asked} packages, {len(audit.vulnerable)} vulnerable"
    sys.stdout.write(f"audit: {service}: {counts}\n")
    if len(audit.known) < audit.asked:
        sys.stdout.write("audit: NOT COMPLETE: the others are unknown to it\n")
    return bool(audit.vulnerable)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
