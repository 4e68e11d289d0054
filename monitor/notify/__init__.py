"""Notices: what to say (pure), and plyer behind one door."""
