"""Where disconnects come from: the held session, a watched process, the user's own word."""
