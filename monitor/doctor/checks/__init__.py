"""The checks, one file each; `CHECK` is what `doctor/registry.py` lists."""
