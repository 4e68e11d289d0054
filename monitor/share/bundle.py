"""The file that is handed out: a zip of plain texts, the same bytes for the same content."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

FILE_MODE = 0o600
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first instant that a zip can name: when it was packed is nobody's business."""
_UNIX = 3


def packed(files: Mapping[str, str]) -> bytes:
    """Return a zip of these texts, in their order, with nothing of this machine in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as bundle:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = FILE_MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, text.encode())
    return held.getvalue()


def keep(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read; what stands there already is left alone.

    Raises:
        FileExistsError: something stands there, be it a link that leads nowhere.
        OSError: it cannot be written.
    """
    # O_EXCL follows no link either (open(2))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
