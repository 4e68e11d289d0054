"""PURE: the weekly report as one page: no request to anywhere, readable without its script."""

from monitor.report.html.page import body, render
from monitor.report.html.script import script
from monitor.report.html.style import style

__all__ = ["body", "render", "script", "style"]
