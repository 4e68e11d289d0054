"""Fixtures that several rooms' tests share."""

import sys

if sys.platform == "linux":
    pytest_plugins = ["tests.integration.desktop"]
