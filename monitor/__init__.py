"""walletwatch: the flight recorder beside a person's bank wallet.

The house, read along the path of the data (imports only ever go down this list):

    __main__    python -m monitor
    cli/        thin commands: parse, call, print, exit code
    daemon/     composition root: builds every real thing, schedules the jobs, handles signals
    web/        the local live page; a process of its own that only reads the store
    demo/       a synthetic month
    weekly/     a week out of the store: facts, the page, what is due
    hindsight   what the user's word and a newer engine say of the past
    config/     TOML -> frozen settings, or every mistake at once
    pipeline.py READ FIRST: the product in a few plain functions
    phrases.py  the words of all rooms in one hand
    probes/     I/O: measure the network, one file a kind
    device/     I/O: the device's own state, one file a subject, one class a platform
    wallet/     I/O: where disconnects come from: the held session, a watched process, an import
    store/      I/O: SQLite through SQLAlchemy Core; the only door to disk
    detect/     PURE: samples and session states -> episodes and disconnects
    diagnose/   PURE: a disconnect and its window -> ranked causes, one file a cause
    correlate/  PURE: exposure and disconnects -> rate ratios with intervals
    notify/     the notice: policy (pure), D-Bus with buttons, and plyer behind one door
    service/    in the background: the texts (pure) and each system's service manager
    report/     PURE: a week -> summary -> text, html, md, json, csv
    locale/     gettext catalogues and the translator
    stats.py    shared arithmetic (pure)
    clock.py    the only module that reads the time
    model.py    the nouns

Rooms never import rooms; they speak in the nouns of `model`. ARCHITECTURE.md tells the rest.
"""

__version__ = "0.1.0"
