"""The composition root: builds every real thing, starts the jobs, handles signals."""
