"""The stand-in world: a process of its own that knows nothing of the cockpit that talks to it."""
