"""The command `walletwatch`, and python -m monitor: the door to the command line."""

import signal


def main() -> None:
    """Run the command line; Ctrl-C while it is still loading ends it without a traceback."""
    told_by_python = signal.getsignal(signal.SIGINT)
    if told_by_python is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from monitor.cli.main import main as command_line

    signal.signal(signal.SIGINT, told_by_python)
    command_line()


if __name__ == "__main__":
    main()
