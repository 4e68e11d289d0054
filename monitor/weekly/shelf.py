"""Where the reports of the weeks are kept: a page each, which only the user may read."""

import os
from pathlib import Path

FOLDER = "reports"
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def place(data_dir: Path, week_name: str) -> Path:
    """Return where a week's page is kept; its folder is made.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = data_dir / FOLDER
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    return folder / f"{week_name}.html"


def keep(data_dir: Path, week_name: str, page: str) -> Path:
    """Write a week's page, whole or not at all, and return where it is.

    Raises:
        OSError: it cannot be written.
    """
    path = place(data_dir, week_name)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # of an earlier one that was cut short
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path
