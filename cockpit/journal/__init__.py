"""The record of a run: one SQLite file, and the list of all such files."""
