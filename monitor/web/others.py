"""The smaller pages: the fixes, the settings in force, and one sentence where nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.clock import local
from monitor.config.settings import Settings
from monitor.config.toml import as_toml
from monitor.locale import N_
from monitor.model import FixCode, FixMark
from monitor.report.amounts import instant
from monitor.web.door import Pass
from monitor.web.incident import fix_item
from monitor.web.markup import Markup, element
from monitor.web.page import Reader, main


def fixes(marks: Sequence[FixMark], settings: Settings, own: Pass, reader: Reader) -> Markup:
    """Return every fix, when it was carried out, and a button for having done so."""
    tr = reader.tr
    told, seen = tr.text(N_("done {at}")), tr.text(N_("seen {at}"))
    items = []
    for fix in FixCode:
        done = [
            (told if mark.is_told else seen).format(at=instant(local(mark.at_ms)))
            for mark in marks
            if mark.fix is fix
        ]
        items.append(fix_item(fix, settings, own, reader, done, heading="h2"))
    words = tr.text(
        N_("Say what you did, and the weekly report compares the time before with the time after.")
    )
    return main(tr.text(N_("Fixes")), element("p", words), element("ol", items, class_="fixes"))


def settings_page(settings: Settings, file: str | None, data_dir: str, reader: Reader) -> Markup:
    """Return what is in force, and where it comes from."""
    tr = reader.tr
    source = tr.text(N_("There is no file; the defaults are in force."))
    if file is not None:
        source = tr.text(N_("From {file}. A daemon reads it when it starts.")).format(file=file)
    place = tr.text(N_("The data is kept in {folder}.")).format(folder=data_dir)
    return main(
        tr.text(N_("Settings")),
        element("p", source),
        element("p", place),
        element("pre", as_toml(settings), tabindex="0", aria_label=tr.text(N_("Settings"))),
    )


def sentence(title: str, words: str) -> Markup:
    """Return a page of one sentence."""
    return main(title, element("p", words))
