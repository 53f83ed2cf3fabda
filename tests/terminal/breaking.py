"""The real program with a screen that breaks when its keys are asked for.

`python -m tests.terminal.breaking run PLAN`.
"""

from __future__ import annotations

import sys

from cockpit.cli import main
from cockpit.ui.app import Cockpit


def _break(_: Cockpit) -> None:
    secret_of_mine = "in-a-local-variable"
    raise ZeroDivisionError(len(secret_of_mine))


if __name__ == "__main__":
    Cockpit.act_help_open = _break  # type: ignore[method-assign,assignment]  # on purpose
    sys.exit(main())
