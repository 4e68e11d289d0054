"""PURE: a disconnect and its window -> ranked causes."""
