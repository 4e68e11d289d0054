"""The store: SQLite through SQLAlchemy Core, and the only door to disk."""
