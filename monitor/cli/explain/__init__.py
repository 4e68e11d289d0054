"""The page that `explain` prints: one disconnect, from what was measured to what to do."""
