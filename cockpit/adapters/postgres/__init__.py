"""Postgres: checks that cannot change it, trials that are always rolled back, writes of actions."""

from __future__ import annotations

from cockpit.adapters.postgres.database import Postgres

__all__ = ["Postgres"]
