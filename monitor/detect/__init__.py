"""PURE: samples and session states -> episodes and disconnects."""
