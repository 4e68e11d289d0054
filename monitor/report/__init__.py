"""PURE: a week -> summary -> text, json."""
