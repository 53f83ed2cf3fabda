"""Panes of the run screen."""
