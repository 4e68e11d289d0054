"""The live page: a process of its own, on loopback only, that only reads the store."""
