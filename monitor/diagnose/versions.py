"""Which of two versions of an app is the older one."""

import re

from monitor.model import StateValue

_NUMBER = re.compile(r"[0-9]{1,9}")


def is_older(installed: StateValue, newest: StateValue) -> bool:
    """Compare dotted versions number by number; what has no number is not compared."""
    if not isinstance(installed, str) or not isinstance(newest, str):
        return False
    numbers = [[int(part) for part in _NUMBER.findall(v)] for v in (installed, newest)]
    return bool(numbers[0]) and bool(numbers[1]) and numbers[0] < numbers[1]
