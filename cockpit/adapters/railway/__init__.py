"""Railway: GraphQL over HTTP, logs over a websocket (`railway/api.md` says what is known of it)."""

from __future__ import annotations

from cockpit.adapters.railway.platform import Railway

__all__ = ["Railway"]
