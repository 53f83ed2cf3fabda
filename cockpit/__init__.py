"""Cockpit: a terminal cockpit for production deploys."""

__version__ = "0.1.0"
