"""PURE: what the week's pictures are: data in, SVG text out; no picture needs another file."""
