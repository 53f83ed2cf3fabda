"""What must be asked and done when: a reading becomes a command, an intent becomes a request.

Plain asyncio, tested without a terminal. The runner decides nothing: `core.agenda` says what is
due, `core.rules` what is allowed, adapters do it.
"""

from cockpit.runner.loop import Runner

__all__ = ["Runner"]
