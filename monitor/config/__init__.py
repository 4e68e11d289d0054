"""Configuration: TOML -> frozen settings, or every mistake at once."""
