"""`web`: the live page on loopback."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.inputs import now_ms
from monitor.locale import N_

WAY_IN = "web.html"


def web(
    ctx: typer.Context,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help=N_("The port; 0 takes any.")),
    ] = 8765,
    opened: Annotated[bool, typer.Option("--open", help=N_("Open it in the browser."))] = False,
) -> None:
    """Show the live page until Ctrl-C; only you, on this machine, can see it."""
    from monitor.cli.explain.moments import moments, together
    from monitor.web.app import Site
    from monitor.web.server import listen, serve
    from monitor.web.shelf import Shelf

    own = here(ctx)
    own.settings()  # a mistake in the file is told now
    try:
        listener = listen(port)
    except OSError as error:
        words = own.tr.text(
            N_("port {port} cannot be used: {reason}; choose another with --port, or --port 0")
        )
        raise InputError(words.format(port=port, reason=error.strerror)) from None
    number = listener.getsockname()[1]
    site = Site(
        shelf=Shelf(own.data_dir),
        settings=own.settings,
        config=own.config,
        language=own.tr.language,
        wall_ms=now_ms,
        timeline=lambda case, tr: together(moments(case, tr)),
        cookie=f"walletwatch-{number}",
    )

    def ready() -> None:
        address = f"http://127.0.0.1:{number}/?key={site.own.key}"
        typer.echo(own.tr.text(N_("The live page: {address}")).format(address=address), err=True)
        if opened:
            import threading
            import webbrowser

            page = _way_in(own.data_dir, address, own)
            # a browser of the terminal returns only at its end, and we have to answer it
            threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()

    try:
        serve(listener, site, ready)
    finally:
        with suppress(OSError):  # where it could not be written, there is none
            (own.data_dir / WAY_IN).unlink(missing_ok=True)


def _way_in(data_dir: Path, address: str, own: Here) -> Path:
    """Write a page that leads to the address, which only the user may read; return where it is.

    Other users of the machine see with what a browser is started, and must not see the key.

    Raises:
        InputError: it cannot be written.
    """
    from monitor.store.place import ensure_folder

    ensure_folder(data_dir)
    path = (data_dir / WAY_IN).absolute()
    lead = f'<meta http-equiv="refresh" content="0; url={address}">'
    page = f'<!doctype html><meta charset="utf-8">{lead}'
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
    except OSError as error:
        words = own.tr.text(N_("{file} cannot be written: {reason}"))
        raise InputError(words.format(file=path, reason=error.strerror or error)) from None
    return path
