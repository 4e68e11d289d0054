"""The process in which one parser is fuzzed: `python -m tests.fuzz.inside NAME [FLAGS]`."""

import sys

import atheris

with atheris.instrument_imports(include=["monitor", "jeepney", "tests.fuzz"]):
    from tests.fuzz.parsers import BY_NAME


def main() -> None:
    """Hand the process over to atheris, which ends it."""
    _program, name, *flags = sys.argv
    atheris.Setup([name, *flags], BY_NAME[name].feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
