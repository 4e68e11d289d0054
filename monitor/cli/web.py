"""`web`: the live page on loopback."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.context import InputError, here
from monitor.cli.inputs import now_ms
from monitor.locale import N_


def web(
    ctx: typer.Context,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help=N_("The port; 0 takes any.")),
    ] = 8765,
    opened: Annotated[bool, typer.Option("--open", help=N_("Open it in the browser."))] = False,
) -> None:
    """Show the live page until Ctrl-C; only this machine can reach it."""
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
        address = f"http://127.0.0.1:{number}/"
        typer.echo(own.tr.text(N_("The live page: {address}")).format(address=address), err=True)
        if opened:
            import threading
            import webbrowser

            # a browser of the terminal returns only at its end, and we have to answer it
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    serve(listener, site, ready)
