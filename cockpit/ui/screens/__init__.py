"""Screens: each shows the run's head and its keys, whatever it is about."""
