"""The report's formats: one file and one line each."""

from collections.abc import Callable, Mapping

from monitor.report import csv_format, html, json_format, markdown, text
from monitor.report.interface import WeekSummary, Words

FORMATS: Mapping[str, Callable[[WeekSummary, Words], str]] = {
    "text": text.render,
    "html": html.render,
    "md": markdown.render,
    "json": json_format.render,
    "csv": csv_format.render,
}
"""What `report --format` takes."""
