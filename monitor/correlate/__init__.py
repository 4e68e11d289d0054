"""PURE: a week's states and disconnects -> how each circumstance goes with the disconnects."""
