"""From the store to a week: what every format of the report is made from."""

from monitor.weekly.gather import facts, summary

__all__ = ["facts", "summary"]
