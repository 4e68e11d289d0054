"""The circumstances that are held against the disconnects: one line each in `registry.py`."""
